/* ns_spectrum in integers, for cores without an FPU: the same frames, window, bands and compressions, other bits.
 *
 * A frame's floats become integers by their bits, 15 digits below the largest of them, so that a band 70 dB below
 * the frame's loudest one is right to a decibel; the rest is 32-bit integers, and a float is put together for each feature. */
#ifndef NS_SPECTRUM_INTEGER_H
#define NS_SPECTRUM_INTEGER_H

#include "ns_spectrum.h"

#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint16_t frame;             /* samples in a frame */
    uint16_t hop;               /* samples from the start of one frame to the start of the next */
    uint16_t points;            /* of the FFT: a power of two, at least 32 and `frame`; frames are padded with zeros */
    uint16_t bands;             /* of each channel */
    const uint16_t *window_q15; /* [frame], at most 2^15 */
    const uint16_t *cosine_q14; /* [points / 4 + 1]: cos(2 pi i / points) */
    const uint16_t *corners;    /* [bands + 2]: bin at or above each corner; band b rises from corner b to b + 1, where it
                                   is 1, and falls to corner b + 2 */
    const uint16_t *rise_q16;   /* of the bins from corners[0] on: height of the band that rises there, in [0, 1) */
    int32_t norm_q16;           /* log2 of the squared sum of the window */
    uint32_t floor_mantissa;    /* of what is added to each energy times the squared sum of the window, as ns_scaled; */
    int32_t floor_exponent;     /* the mantissa is 0 where nothing is */
    ns_spectrum_compression compression;
} ns_spectrum_integer;

/* A step of ns_front_end. Memory: as ns_frames, whose buffer is the FFT's. */
const float *ns_spectrum_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
