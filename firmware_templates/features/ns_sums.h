/* Sums of a series that comes value by value, in integers and about its first value: for cores without an FPU.
 *
 * Values are integers in a unit 24 digits below the largest one so far, their differences to the first value integers of
 * 15 digits; where a larger one comes, units widen and what was summed is shifted. All of it begins anew with each
 * block, so that nothing depends on what came before. */
#ifndef NS_SUMS_H
#define NS_SUMS_H

#include "ns_fixed.h"

#include <stdint.h>

#define NS_SUMS_DIGITS 15 /* of a difference, rounded: at most 2^15 */

typedef struct {
    uint16_t exponent;   /* values are in units of 2^(exponent - NS_FIXED_BIAS) */
    uint16_t shift;      /* differences in units of 2^shift of these */
    int32_t first;       /* value */
    int32_t sum;         /* of differences, at most 65,535 of them */
    uint32_t squares[2]; /* low and high word of the sum of their squares */
} ns_sums;

/* Adds to a sum in two words. */
static inline void ns_add_u64(uint32_t *sum, uint64_t value)
{
    const uint64_t all = (((uint64_t)sum[1] << 32) | sum[0]) + value;

    sum[0] = (uint32_t)all;
    sum[1] = (uint32_t)(all >> 32);
}

static inline uint64_t ns_get_u64(const uint32_t *sum)
{
    return ((uint64_t)sum[1] << 32) | sum[0];
}

/* Whether a difference of values has more than 15 digits. */
static inline int ns_sums_is_wide(const ns_sums *sums, int32_t difference)
{
    return ((uint32_t)(difference < 0 ? -difference : difference) >> sums->shift) >> NS_SUMS_DIGITS != 0;
}

/* Adds a difference that fits, in the sums' units. */
static inline void ns_sums_add(ns_sums *sums, int32_t difference)
{
    sums->sum += difference;
    ns_add_u64(sums->squares, (uint32_t)(difference * difference));
}

/* Starts with the first value. */
void ns_sums_begin(ns_sums *sums, uint32_t bits);

/* Widens the unit of values to 2^(exponent - NS_FIXED_BIAS); returns by how many digits that of differences widened. */
uint32_t ns_sums_widen(ns_sums *sums, uint32_t exponent);

/* Widens the unit of differences until this one fits; returns by how many digits. */
uint32_t ns_sums_coarsen(ns_sums *sums, int32_t difference);

/* value / 2^digits, rounded to the nearest, by any number of digits. */
int32_t ns_widened(int32_t value, uint32_t digits);

/* Cut off towards 0. */
uint64_t ns_coarser_u64(uint64_t value, uint32_t digits);
int64_t ns_coarser_i64(int64_t value, uint32_t digits);

/* `count` squared times the variance of `count` values, the first among them, in units of differences squared; exact but
 * for what was shifted out. */
uint64_t ns_sums_spread(const ns_sums *sums, uint32_t count);

#endif
