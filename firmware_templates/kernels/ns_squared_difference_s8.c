#include "ns_squared_difference_s8.h"

#include "ns_requantize.h"

static void squared_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                        uint32_t count, int8_t *output)
{
    const ns_squared_difference_s8 *layer = parameters;
    for (; count > 0; count--) {
        const int32_t left = ns_requantize((*a - layer->a_zero_point) * 128, layer->a_multiplier, layer->a_shift);
        const int32_t right = ns_requantize((*b - layer->b_zero_point) * 128, layer->b_multiplier, layer->b_shift);
        const int32_t difference = left - right;
        const int32_t square = ns_requantize(difference * difference, layer->output_multiplier, layer->output_shift);
        *output++ = ns_clamp_s8(square + layer->output_zero_point, INT8_MIN, INT8_MAX);
        a += stride_a;
        b += stride_b;
    }
}

void ns_squared_difference_s8_run(const ns_squared_difference_s8 *layer, const int8_t *a, const int8_t *b,
                                  int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, squared_row, layer, a, b, output);
}
