#include "ns_float_math.h"

#include "ns_strict_float.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

static uint32_t bits_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Exponent plus a polynomial of the mantissa: exact at 1, and continuous at powers of two to within rounding. */
float ns_log2_f32(float value)
{
    static const float factors[6] = {1.442545f, -0.71814507f, 0.4575485f, -0.2779041f, 0.1217969f, -0.025841145f};
    uint32_t bits;
    float fraction;
    float sum = factors[5];

    if (!(value <= FLT_MAX)) {
        value = FLT_MAX; /* infinity, or not a number, whose bits differ from one processor to the next */
    }
    bits = bits_of(value);
    fraction = float_of((bits & 0x007FFFFFu) | 0x3F800000u) - 1.0f;
    for (int i = 4; i >= 0; i--) {
        sum = sum * fraction + factors[i];
    }
    return (float)((int32_t)(bits >> 23) - 127) + sum * fraction;
}

/* A polynomial of the fraction, exact at 0 and at 1, times a power of two that is put together from its exponent. */
float ns_exp2_f32(float value)
{
    static const float factors[5] = {0.6931517f, 0.24015927f, 0.055818677f, 0.008990996f, 0.0018793184f};
    int32_t whole;
    float fraction;
    float sum = factors[4];

    if (!(value > -126.0f)) {
        value = -126.0f;
    }
    if (value > 127.0f) {
        value = 127.0f;
    }
    whole = (int32_t)value;
    if ((float)whole > value) {
        whole--;
    }
    fraction = value - (float)whole;
    for (int i = 3; i >= 0; i--) {
        sum = sum * fraction + factors[i];
    }
    return (sum * fraction + 1.0f) * float_of((uint32_t)(whole + 127) << 23);
}

/* Digit by digit on the mantissa in integers, as fdlibm does: an FPU's instruction gives the same, but not every core has
 * one and the C library sets errno. */
float ns_sqrt_f32(float value)
{
    uint32_t rest;
    uint32_t root = 0;
    uint32_t twice = 0;
    int32_t exponent;

    if (!(value >= FLT_MIN)) {
        return 0.0f;
    }
    if (value > FLT_MAX) {
        return FLT_MAX;
    }
    exponent = (int32_t)(bits_of(value) >> 23) - 127;
    rest = (bits_of(value) & 0x007FFFFFu) | 0x00800000u;
    if ((exponent & 1) != 0) {
        rest *= 2;
        exponent--;
    }
    rest *= 2;
    for (uint32_t digit = 0x01000000u; digit > 0; digit /= 2) {
        const uint32_t taken = twice + digit;

        if (taken <= rest) {
            twice = taken + digit;
            rest -= taken;
            root += digit;
        }
        rest *= 2;
    }
    if (rest != 0) {
        root += root & 1u;
    }
    return float_of((root / 2) + (uint32_t)(exponent / 2 + 126) * 0x00800000u);
}
