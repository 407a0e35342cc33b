#include "ns_mul_s8.h"

#include "ns_requantize.h"

static void mul_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                    uint32_t count, int8_t *output)
{
    const ns_mul_s8 *layer = parameters;
    for (; count > 0; count--) {
        const int32_t product = (*a - layer->a_zero_point) * (*b - layer->b_zero_point);
        const int32_t scaled = ns_requantize(product, layer->multiplier, layer->shift) + layer->output_zero_point;
        *output++ = ns_clamp_s8(scaled, layer->activation_min, layer->activation_max);
        a += stride_a;
        b += stride_b;
    }
}

void ns_mul_s8_run(const ns_mul_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, mul_row, layer, a, b, output);
}
