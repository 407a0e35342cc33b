/* The int16 inputs of two output positions, in the order in which the multiply-accumulate core eats them.
 *
 * With NS_DSP, four taps of both positions are four words: taps (0, 2) of position 0, of position 1, taps (1, 3) of
 * position 0, of position 1. Without, each tap is a little-endian word x0 + 65536 * x1, x0 its inputs at position 0 and x1
 * at position 1: the upper half is 1 less where x0 is negative. So lane 0 must be written before lane 1. */
#ifndef NS_PATCH_H
#define NS_PATCH_H

#include "ns_dsp.h"

/* Where tap `tap` of position `lane` (0 or 1) stands; `taps` is a multiple of 4. */
static inline uint32_t ns_patch_index(uint32_t lane, uint32_t tap, uint32_t taps)
{
#if NS_DSP
    (void)taps;
    return (tap >> 2) * 8 + (tap & 1u) * 4 + lane * 2 + (tap >> 1 & 1u);
#else
    (void)taps;
    return tap * 2 + lane;
#endif
}

/* Writes `count` int8 values from tap `tap` on. */
void ns_patch_widen(const int8_t *from, uint32_t count, int16_t *patch, uint32_t lane, uint32_t tap, uint32_t taps);

/* Writes `count` int8 values of both positions from tap `tap` on. */
void ns_patch_widen_both(const int8_t *from0, const int8_t *from1, uint32_t count, int16_t *patch, uint32_t tap,
                         uint32_t taps);

/* Writes one value `count` times from tap `tap` on. */
void ns_patch_fill(int8_t value, uint32_t count, int16_t *patch, uint32_t lane, uint32_t tap, uint32_t taps);

#endif
