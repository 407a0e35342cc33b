/* Numbers above 0 of any size, their logarithms and powers, in 32-bit integers: for cores without an FPU, where a float's
 * sum costs a hundred instructions. Nothing here rounds otherwise on one core than on another. */
#ifndef NS_INTEGER_MATH_H
#define NS_INTEGER_MATH_H

#include <stdint.h>

/* mantissa * 2^exponent, the mantissa's highest bit set; 0 has the mantissa 0. */
typedef struct {
    uint32_t mantissa;
    int32_t exponent;
} ns_scaled;

/* Digits of a number: 0 for 0, 32 from 2^31 on. */
uint32_t ns_bits_u32(uint32_t value);

/* Without the sign. */
uint64_t ns_size_i64(int64_t value);

/* value * 2^exponent; digits beyond 32 are cut off. */
ns_scaled ns_scaled_of(uint64_t value, int32_t exponent);

ns_scaled ns_scaled_sum(ns_scaled a, ns_scaled b);

/* Cut off to 32 digits. */
ns_scaled ns_scaled_product(ns_scaled a, ns_scaled b);

/* value * share / 2^16, share up to 2^16 - 1. */
ns_scaled ns_scaled_share(ns_scaled value, uint32_t share_q16);

/* value * share, cut off towards 0; the value within -2^62 and 2^62, the share from 2^-32 to 1. */
int64_t ns_share_i64(int64_t value, ns_scaled share);

/* log2 of a number above 0, in 2^-16; its error stays below 6e-5. Exponents from -16,000 to 16,000. */
int32_t ns_log2_q16(ns_scaled value);

/* 2^(value / 2^16); its relative error stays below 4e-5. */
ns_scaled ns_exp2_q16(int32_t value_q16);

/* The square root; its relative error stays below 5e-5. */
ns_scaled ns_scaled_root(ns_scaled value);

/* Cut off to 24 digits; 0 below the normal range, the largest float above it. */
float ns_scaled_to_float(ns_scaled value);

/* value * 2^exponent, likewise. */
float ns_fixed_to_float(int64_t value, int32_t exponent);

/* Exact; 0 for what is below the normal range or negative. */
ns_scaled ns_scaled_from_float(float value);

/* value / 2^16, exact below 2^24. */
float ns_q16_to_float(int32_t value_q16);

/* value * 2^16, cut off towards 0, within -2^30 and 2^30. */
int32_t ns_float_to_q16(float value);

#endif
