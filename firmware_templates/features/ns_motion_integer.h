/* ns_motion in integers, for cores without an FPU: the same gravity, body and magnitudes, other bits.
 *
 * A triple's sample becomes three integers of 15 digits with one exponent when it comes; for a row they are shifted to
 * the largest exponent of its low-pass, so that it depends on the samples of its low-pass alone. */
#ifndef NS_MOTION_INTEGER_H
#define NS_MOTION_INTEGER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint16_t triples;
    uint16_t taps;              /* 2 * lag + 1 */
    const uint16_t *axes;       /* [triples][3]: channels of x, y, z */
    const uint16_t *window_q15; /* [taps], symmetric, sums to 2^15 */
    bool raw;                   /* all channels, then of each triple: */
    bool gravity;               /* x, y, z */
    bool body;                  /* x, y, z without gravity */
    bool magnitude;             /* length of (x, y, z), and without gravity */
} ns_motion_integer;

#define NS_MOTION_INTEGER_FLOATS 2 /* words kept of a triple's sample */

/* A step of ns_front_end. Memory: words[taps][triples][NS_MOTION_INTEGER_FLOATS], float[taps][channels] where `raw` is
 * asked for, and a row. */
const float *ns_motion_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
