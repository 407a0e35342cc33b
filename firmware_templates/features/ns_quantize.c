#include "ns_quantize.h"

#include "ns_strict_float.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS 12          /* below 1, of numbers below 2^12 */
#define ONE (1u << DIGITS)
#define DOUBT 8u           /* in units of 2^-12: cut off digits, and two roundings to single precision, are below 6 */
#define PRODUCT_SHIFT 264u /* of 24 digits of a product to DIGITS, where its exponent bits are summed to 0 */
#define OFFSET_SHIFT 138u  /* the same of a single float */

static uint32_t bits_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* By its bits: without an FPU each comparison of floats would be a call. */
static int8_t round_to_int8(float value)
{
    const uint32_t bits = bits_of(value);
    const uint32_t exponent = (bits >> 23) & 0xFFu;
    int32_t twice;

    if (exponent < 126) {
        return 0; /* below a half */
    }
    if (exponent >= 134) { /* from 128 on, infinity, not a number */
        return bits > 0x7F800000u ? -128 : 127;
    }
    twice = (int32_t)(((bits & 0x007FFFFFu) | 0x00800000u) >> (149 - exponent));
    if (bits >> 31 != 0) {
        return (int8_t) - ((twice + 1) / 2);
    }
    return (int8_t)(twice >= 253 ? 127 : (twice + 1) / 2);
}

int8_t ns_quantize_f32(float feature, float gain, float offset)
{
    const float product = feature * gain;

    return round_to_int8(product + offset);
}

/* 24 digits of a product of mantissas of 24, the lowest up to 2 too small. */
static uint32_t product_of(uint32_t a, uint32_t b)
{
    const uint32_t a_high = (a >> 12) & 0xFFFu;
    const uint32_t b_high = (b >> 12) & 0xFFFu;
    const uint32_t middle = a_high * (b & 0xFFFu) + (a & 0xFFFu) * b_high;

    return a_high * b_high + (middle >> 12);
}

static uint32_t mantissa_of(uint32_t bits)
{
    return (bits & 0x007FFFFFu) | 0x00800000u;
}

static int32_t with_sign(uint32_t size, uint32_t bits)
{
    return bits >> 31 != 0 ? -(int32_t)size : (int32_t)size;
}

int8_t ns_quantize_by_bits(float feature, float gain, float offset)
{
    const uint32_t bits = bits_of(feature);
    const uint32_t gain_bits = bits_of(gain);
    const uint32_t offset_bits = bits_of(offset);
    const uint32_t exponent = (bits << 1) >> 24;
    const uint32_t gain_exponent = (gain_bits << 1) >> 24;
    const uint32_t shift = PRODUCT_SHIFT - exponent - gain_exponent;
    const uint32_t offset_shift = OFFSET_SHIFT - ((offset_bits << 1) >> 24);
    int32_t sum = 0;
    uint32_t size;

    /* 0 and below the normal range, infinity and no number, product or offset from 2^12 on: each wraps around */
    if (exponent - 1 >= 254 || gain_exponent == 0 || shift > PRODUCT_SHIFT || offset_shift > OFFSET_SHIFT) {
        return ns_quantize_f32(feature, gain, offset);
    }
    if (shift < 24) {
        sum = with_sign(product_of(mantissa_of(bits), mantissa_of(gain_bits)) >> shift, bits ^ gain_bits);
    }
    if (offset_shift < 24) {
        sum += with_sign(mantissa_of(offset_bits) >> offset_shift, offset_bits);
    }
    size = (uint32_t)(sum < 0 ? -sum : sum) + ONE / 2;
    if ((size + DOUBT) % ONE < 2 * DOUBT) {
        return ns_quantize_f32(feature, gain, offset); /* too close to a half */
    }
    size /= ONE;
    if (sum < 0) {
        return (int8_t)(size > 128 ? -128 : -(int32_t)size);
    }
    return (int8_t)(size > 127 ? 127 : size);
}
