/* Energies of bands of any number of channels: frames, window, power spectrum, overlapping triangles, logarithm or root.
 * A feature row is one frame, channel after channel; a frame starts every `hop` samples. */
#ifndef NS_SPECTRUM_H
#define NS_SPECTRUM_H

#include <stdint.h>

typedef enum {
    NS_SPECTRUM_LOG,    /* log2(energy + floor) */
    NS_SPECTRUM_ROOT,   /* fourth root of the energy: root of the amplitude */
    NS_SPECTRUM_ENERGY, /* energy + floor, as ns_pcen takes it */
} ns_spectrum_compression;

typedef struct {
    uint16_t channels;
    uint16_t frame;          /* samples in a frame */
    uint16_t hop;            /* samples from the start of one frame to the start of the next */
    uint16_t points;         /* of the FFT: a power of two, at least 32 and `frame`; frames are padded with zeros */
    uint16_t bands;          /* of each channel */
    const float *window;     /* [frame] */
    const float *cosine;     /* [points / 4 + 1]: cos(2 pi i / points) */
    const uint16_t *corners; /* [bands + 2]: bin at or above each corner; band b rises from corner b to b + 1, where it
                                is 1, and falls to corner b + 2 */
    const float *rise;       /* of the bins from corners[0] on: height of the band that rises there, in [0, 1] */
    float floor;             /* added to each energy, above 0 */
    ns_spectrum_compression compression;
} ns_spectrum;

/* A step of ns_front_end. Memory: as ns_frames, whose buffer is the FFT's. */
const float *ns_spectrum_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
