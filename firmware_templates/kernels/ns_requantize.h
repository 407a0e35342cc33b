/* Fixed-point scaling of int32 accumulators, rounding twice: bit-exact with the reference kernels of TensorFlow Lite
 * Micro (MultiplyByQuantizedMultiplier of its double-rounding build; gemmlowp's SaturatingRoundingDoublingHighMul and
 * RoundingDivideByPOT). Right shifts of negative numbers are arithmetic, as GCC and Clang define them. */
#ifndef NS_REQUANTIZE_H
#define NS_REQUANTIZE_H

#include "ns_dsp.h"

/* round(x * multiplier / 2**31), halves up. */
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1 || (defined(NS_HALF_PRODUCTS) && NS_HALF_PRODUCTS)
/* Cores without a 64-bit product: from those of halfwords. `upper` and `middle` are the product's upper word and the
 * halfword below it; what is lower never reaches the rounding. */
static __attribute__((noinline, unused)) int32_t ns_multiply_high(int32_t x, int32_t multiplier)
{
    const int32_t x_high = x >> 16, high = multiplier >> 16;
    const int32_t x_low = x & 0xffff, low = multiplier & 0xffff;
    const int32_t lower = x_high * low + (int32_t)((uint32_t)x_low * (uint32_t)low >> 16);
    const int32_t middle = x_low * high + (lower & 0xffff);
    const uint32_t upper = (uint32_t)(x_high * high + (lower >> 16) + (middle >> 16));
    return (int32_t)(upper * 2u + ((((uint32_t)middle >> 14 & 3u) + 1u) >> 1));
}
#else
static inline int32_t ns_multiply_high(int32_t x, int32_t multiplier)
{
    return (int32_t)(((int64_t)x * multiplier + (INT64_C(1) << 30)) >> 31);
}
#endif

/* round(x / 2**exponent), halves away from zero; 0 <= exponent <= 31. */
static inline int32_t ns_rounding_shift(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1u);
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/* round(x * multiplier * 2**(shift - 31)); -31 <= shift <= 30, positive shifts left. */
static inline int32_t ns_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t shifted = (int32_t)((uint32_t)x << left);
    return ns_rounding_shift(ns_multiply_high(shifted, multiplier), left - shift);
}

/* zero_point + ns_requantize(x, multiplier, shift) for |x| < 2**30 and shift < 0. Halves go away from zero: all but the
 * last bit are shifted out first, the last one together with the rounding. */
static inline int32_t ns_requantize_narrow(int32_t x, int32_t multiplier, int32_t shift, int32_t zero_point)
{
#if NS_DSP || (defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 2)
    const int32_t high = ns_high_word(x * 2, multiplier);
#else
    const int32_t high = ns_multiply_high(x, multiplier);
#endif
    return (((high + (high >> 31)) >> ~shift) + (2 * zero_point + 1)) >> 1;
}

static inline int8_t ns_clamp_s8(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : (x > high ? high : x));
}

/* The same where the limits are those of int8 in most layers, which `clamps` denies. */
static inline int8_t ns_activate_s8(int32_t x, int32_t clamps, int32_t low, int32_t high)
{
#if NS_DSP || defined(__ARM_FEATURE_SAT)
    if (!clamps) {
        return (int8_t)ns_saturate_s8(x);
    }
#else
    (void)clamps;
#endif
    return ns_clamp_s8(x, low, high);
}

#endif
