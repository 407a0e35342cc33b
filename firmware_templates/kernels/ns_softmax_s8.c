#include "ns_softmax_s8.h"

#include "ns_requantize.h"

/* 1 / (1 + x) in Q0.31 for x in Q0.31, 0 <= x < 1: three Newton-Raphson steps on Q2.29, as in gemmlowp's
 * one_over_one_plus_x_for_x_in_0_1. */
static int32_t reciprocal(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t y = 1515870810 + ns_multiply_high(half_denominator, -1010580540);
    for (int step = 0; step < 3; step++) {
        const int32_t error = (1 << 29) - ns_multiply_high(y, half_denominator);
        y += ns_multiply_high(y, error) * 4;
    }
    return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

/* Leading zeros of x > 0. */
static int32_t leading_zeros(uint32_t x)
{
    int32_t zeros = 0;
    for (; x < UINT32_C(0x80000000); x <<= 1) {
        zeros++;
    }
    return zeros;
}

void ns_softmax_s8_run(const ns_softmax_s8 *layer, const int8_t *input, int8_t *output)
{
    for (uint32_t row = 0; row < layer->rows; row++) {
        int32_t largest = INT8_MIN;
        for (int32_t c = 0; c < layer->depth; c++) {
            largest = input[c] > largest ? input[c] : largest;
        }
        uint32_t sum = 0; /* Q12.19 */
        for (int32_t c = 0; c < layer->depth; c++) {
            const int32_t difference = largest - input[c];
            if (difference < layer->length) {
                sum += (uint32_t)ns_rounding_shift(layer->exponentials[difference], 12);
            }
        }
        const int32_t zeros = leading_zeros(sum);
        const int32_t scale = reciprocal((int32_t)((sum << zeros) - UINT32_C(0x80000000)));
        for (int32_t c = 0; c < layer->depth; c++) {
            const int32_t difference = largest - input[c];
            int32_t share = 0;
            if (difference < layer->length) {
                share = ns_rounding_shift(ns_multiply_high(layer->exponentials[difference], scale), 35 - zeros);
            }
            output[c] = ns_clamp_s8(share - 128, INT8_MIN, INT8_MAX);
        }
        input += layer->depth;
        output += layer->depth;
    }
}
