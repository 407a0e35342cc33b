#include "ns_prelu_s8.h"

#include "ns_requantize.h"

static void prelu_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                      uint32_t count, int8_t *output)
{
    const ns_prelu_s8 *layer = parameters;
    for (; count > 0; count--) {
        const int32_t x = *a - layer->input_zero_point;
        const int32_t scaled =
            x >= 0 ? ns_requantize(x, layer->positive_multiplier, layer->positive_shift)
                   : ns_requantize(x * (*b - layer->slope_zero_point), layer->negative_multiplier, layer->negative_shift);
        *output++ = ns_clamp_s8(scaled + layer->output_zero_point, INT8_MIN, INT8_MAX);
        a += stride_a;
        b += stride_b;
    }
}

void ns_prelu_s8_run(const ns_prelu_s8 *layer, const int8_t *input, const int8_t *slopes, int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, prelu_row, layer, input, slopes, output);
}
