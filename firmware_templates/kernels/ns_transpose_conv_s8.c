#include "ns_transpose_conv_s8.h"

#include "ns_requantize.h"

/* The sum of one input position and one tap over all input channels. */
static int32_t dot(const int8_t *x, const int8_t *weights, uint32_t depth, int32_t zero_point)
{
    int32_t sum = 0;
    for (; depth > 0; depth--) {
        sum += (*x++ - zero_point) * *weights++;
    }
    return sum;
}

/* The input index whose window puts `tap` at `place`, or -1. */
static int32_t source(int32_t place, int32_t tap, int32_t stride, int32_t size)
{
    const int32_t ahead = place - tap;
    return ahead >= 0 && ahead % stride == 0 && ahead / stride < size ? ahead / stride : -1;
}

static int32_t accumulate(const ns_transpose_conv_s8 *layer, const int8_t *input, const int8_t *weights, int32_t y,
                          int32_t x)
{
    const uint32_t depth = layer->input_channels;
    int32_t sum = 0;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int32_t row = source(y + layer->pad_top, ky, layer->stride_y, layer->input_height);
        for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
            const int32_t column = source(x + layer->pad_left, kx, layer->stride_x, layer->input_width);
            if (row >= 0 && column >= 0) {
                const uint32_t position = (uint32_t)row * layer->input_width + (uint32_t)column;
                sum += dot(input + position * depth, weights, depth, layer->input_zero_point);
            }
            weights += depth;
        }
    }
    return sum;
}

void ns_transpose_conv_s8_run(const ns_transpose_conv_s8 *layer, const int8_t *input, int8_t *output)
{
    const uint32_t taps = (uint32_t)layer->kernel_height * layer->kernel_width * layer->input_channels;
    for (int32_t y = 0; y < layer->output_height; y++) {
        for (int32_t x = 0; x < layer->output_width; x++) {
            for (uint32_t c = 0; c < layer->output_channels; c++) {
                const uint32_t at = c * layer->per_channel;
                const int32_t sum = layer->bias[c] + accumulate(layer, input, layer->weights + c * taps, y, x);
                const int32_t scaled = ns_requantize(sum, layer->multiplier[at], layer->shift[at]);
                *output++ = ns_clamp_s8(scaled + layer->output_zero_point, layer->activation_min, layer->activation_max);
            }
        }
    }
}
