#include "ns_add_s8.h"

#include "ns_requantize.h"

static inline int32_t scaled(int32_t difference, int32_t multiplier, int32_t shift)
{
    return ns_rounding_shift(ns_multiply_high(difference * (1 << 20), multiplier), -shift);
}

static inline int8_t finish(const ns_add_s8 *layer, int32_t sum)
{
    sum = ns_rounding_shift(ns_multiply_high(sum, layer->output_multiplier), -layer->output_shift);
    return ns_clamp_s8(sum + layer->output_zero_point, layer->activation_min, layer->activation_max);
}

static void add_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                    uint32_t count, int8_t *output)
{
    const ns_add_s8 *layer = parameters;
    for (; count > 0; count--) {
        const int32_t x = scaled(*a - layer->a_zero_point, layer->a_multiplier, layer->a_shift);
        const int32_t y = scaled(*b - layer->b_zero_point, layer->b_multiplier, layer->b_shift);
        *output++ = finish(layer, x + y);
        a += stride_a;
        b += stride_b;
    }
}

static void sub_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                    uint32_t count, int8_t *output)
{
    const ns_add_s8 *layer = parameters;
    for (; count > 0; count--) {
        const int32_t x = scaled(*a - layer->a_zero_point, layer->a_multiplier, layer->a_shift);
        const int32_t y = scaled(*b - layer->b_zero_point, layer->b_multiplier, layer->b_shift);
        *output++ = finish(layer, x - y);
        a += stride_a;
        b += stride_b;
    }
}

void ns_add_s8_run(const ns_add_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, add_row, layer, a, b, output);
}

void ns_sub_s8_run(const ns_add_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, sub_row, layer, a, b, output);
}
