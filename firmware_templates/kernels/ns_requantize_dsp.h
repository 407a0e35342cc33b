/* Requantization in five instructions of cores with SMMLAR: bit-exact with ns_requantize.h. */
#ifndef NS_REQUANTIZE_DSP_H
#define NS_REQUANTIZE_DSP_H

#include "ns_requantize.h"

/* addend + round(x * y / 2**32), halves up. */
static inline int32_t ns_high_word_add(int32_t x, int32_t y, int32_t addend)
{
#if NS_DSP_CORE
    int32_t high;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(x), "r"(y), "r"(addend));
    return high;
#else
    return addend + (int32_t)(((int64_t)x * y + (INT64_C(1) << 31)) >> 32);
#endif
}

/* zero_point + ns_requantize(doubled / 2, multiplier, -1 - shift), saturated to int8, for |doubled| < 2**31 and 0 <=
 * shift <= 21; `rounding` is (2 * zero_point + 1) * 2**shift. Halves go away from zero because one is taken from
 * what is rounded where the sum is below zero. (Where the product then rounds up to zero, that changes nothing: the
 * half that `rounding` holds is at least 1.) */
static inline int8_t ns_round_dsp(int32_t doubled, int32_t multiplier, int32_t shift, int32_t rounding)
{
    int32_t x = ns_high_word_add(doubled, multiplier, rounding + (doubled >> 31)) >> shift;
#if NS_DSP_CORE
    __asm__("ssat %0, #8, %0, asr #1" : "+r"(x));
#else
    x = ns_saturate_s8(x >> 1);
#endif
    return (int8_t)x;
}

#endif
