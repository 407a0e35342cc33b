/* Log energies of mel bands of a one-channel signal: window, power spectrum, overlapping triangles, log2.
 * A feature row is one frame; a frame starts every `hop` samples. */
#ifndef NS_LOG_MEL_H
#define NS_LOG_MEL_H

#include <stdint.h>

typedef struct {
    uint16_t frame;          /* samples in a frame */
    uint16_t hop;            /* samples from the start of one frame to the start of the next */
    uint16_t points;         /* of the FFT: a power of two, at least 32 and `frame`; frames are padded with zeros */
    uint16_t bands;
    const float *window;     /* [frame] */
    const float *cosine;     /* [points / 4 + 1]: cos(2 pi i / points) */
    const uint16_t *corners; /* [bands + 2]: bin at or above each corner; band b rises from corner b to b + 1, where it
                                is 1, and falls to corner b + 2 */
    const float *rise;       /* of the bins from corners[0] on: height of the band that rises there, in [0, 1] */
    float floor;             /* added to each energy, above 0 */
} ns_log_mel;

/* A step of ns_front_end. Memory: max(0, frame - hop) + max(points, points / 2 + 1 + bands) floats. */
const float *ns_log_mel_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
