/* ns_statistics in integers, for cores without an FPU: the same statistics, other bits.
 *
 * A sample becomes an integer of 24 digits below the largest one of its block, its difference to the first one of
 * 15 (ns_sums.h). Sums of differences and their squares are exact, those of cubes and fourth powers are of squares of
 * 15 digits. A float is put together for each feature. */
#ifndef NS_STATISTICS_INTEGER_H
#define NS_STATISTICS_INTEGER_H

#include "ns_integer_math.h"
#include "ns_statistics.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint16_t frame; /* samples in a block, from 2 to 2^15 */
    uint16_t count; /* statistics of a channel */
    const uint16_t *statistics; /* [count], each an ns_statistic */
    bool has_shape;             /* skew or kurtosis is among them */
    uint32_t share_mantissa;    /* 1 / frame and 1 / (frame - 1) as ns_scaled */
    int32_t share_exponent;
    uint32_t step_share_mantissa;
    int32_t step_share_exponent;
    uint32_t floor_mantissa; /* of what is added to an energy before its logarithm, likewise */
    int32_t floor_exponent;
} ns_statistics_integer;

#define NS_STATISTICS_INTEGER_FLOATS 16 /* words kept of each channel */

/* A step of ns_front_end. Memory: that of each channel, and a row of channels * count. */
const float *ns_statistics_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
