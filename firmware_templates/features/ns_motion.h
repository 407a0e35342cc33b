/* Accelerometers: gravity (low-passed x, y, z), what is left of it, and magnitudes, beside the channels themselves.
 *
 * The low-pass is a symmetric window of 2 * lag + 1 samples, so that a window's features depend on its own samples alone
 * and nothing is shifted in time: every feature is that of the sample `lag` steps ago. */
#ifndef NS_MOTION_H
#define NS_MOTION_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint16_t triples;
    uint16_t taps;        /* 2 * lag + 1 */
    const uint16_t *axes; /* [triples][3]: channels of x, y, z */
    const float *window;  /* [taps], symmetric, sums to 1 */
    bool raw;             /* all channels, then of each triple: */
    bool gravity;         /* x, y, z */
    bool body;            /* x, y, z without gravity */
    bool magnitude;       /* length of (x, y, z), and without gravity */
} ns_motion;

/* A step of ns_front_end. Memory: float[taps][channels], and a row. */
const float *ns_motion_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
