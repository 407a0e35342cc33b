/* Octave bands by the undecimated quadratic spline wavelet (Mallat and Zhong 1992; of ECG: Martinez et al. 2004,
 * https://doi.org/10.1109/TBME.2003.821031): at each level a low-pass (1 3 3 1) / 8 and a difference, taps 2^level apart.
 * Its responses are finite: unlike a bank of recursive filters, a row depends on its own window's samples alone. */
#ifndef NS_WAVELET_H
#define NS_WAVELET_H

#include <stdint.h>

typedef enum {
    NS_WAVELET_VALUE,  /* of each band at every hop-th sample */
    NS_WAVELET_ENERGY, /* log2 of each band's mean square over `hop` samples, + floor */
} ns_wavelet_measure;

typedef struct {
    uint16_t channels;
    uint16_t levels; /* at least 1; columns of a channel: details from fine to coarse, then what is left */
    uint16_t hop;    /* samples from one row to the next */
    int32_t support; /* 3 * (2^levels - 1) samples before the first whole response */
    int32_t cycle;   /* a multiple of hop and of 3 * 2^(levels - 1) */
    float share;     /* 1 / hop */
    float floor;
    ns_wavelet_measure measure;
} ns_wavelet;

/* A step of ns_front_end. Memory: float[channels][support], a row of channels * (levels + 1), and float[channels]. */
const float *ns_wavelet_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
