/* Floats as integers in a common unit, by their bits: no library call on cores without an FPU. */
#ifndef NS_FIXED_H
#define NS_FIXED_H

#include <stdint.h>
#include <string.h>

#define NS_FIXED_BIAS 150 /* a float with the exponent bits e is an integer of 24 digits times 2^(e - 150) */
#define NS_FIXED_LEAST 25u /* exponent bits of the smallest unit: what is below 2^-126 is 0 in all */

/* A float's bits; infinity, and what is no number, whose sign differs from one processor to the next, as the largest. */
static inline uint32_t ns_finite_bits(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    if (bits << 1 < 0xFF000000u) {
        return bits;
    }
    return bits == 0xFF800000u ? 0xFF7FFFFFu : 0x7F7FFFFFu;
}

static inline uint32_t ns_exponent_of(uint32_t bits)
{
    return (bits << 1) >> 24;
}

/* A float in units of 2^(exponent - NS_FIXED_BIAS), rounded to the nearest, halves away from zero; `exponent` is at least
 * its own and NS_FIXED_LEAST, so that what is below the normal range is 0. */
static inline int32_t ns_fixed(uint32_t bits, uint32_t exponent)
{
    const uint32_t shift = exponent - ns_exponent_of(bits);
    int32_t value;

    if (shift > 24) {
        return 0;
    }
    value = (int32_t)((((0x80000000u | (bits << 8)) >> (7 + shift)) + 1) >> 1);
    return (bits >> 31) != 0 ? -value : value;
}

/* value / 2^digits, rounded to the nearest, halves away from zero; a value of 25 digits by at most 25. */
static inline int32_t ns_fixed_shifted(int32_t value, uint32_t digits)
{
    const int32_t half = (int32_t)((UINT32_C(1) << digits) >> 1);
    const uint32_t magnitude = (uint32_t)(value < 0 ? half - value : half + value) >> digits;

    return value < 0 ? -(int32_t)magnitude : (int32_t)magnitude;
}

#endif
