#include "ns_depthwise_conv_s8.h"

#include "ns_requantize.h"

static void copy_plane(const ns_depthwise_conv_s8 *layer, const int8_t *channel, int16_t *plane)
{
    for (int32_t row = 0; row < layer->plane_height; row++) {
        const int32_t y = row - layer->pad_top;
        const int8_t *from = channel + y * layer->input_width * layer->input_channels;
        for (int32_t column = 0; column < layer->plane_width; column++) {
            const int32_t x = column - layer->pad_left;
            const int inside = y >= 0 && y < layer->input_height && x >= 0 && x < layer->input_width;
            *plane++ = inside ? from[x * layer->input_channels] : layer->input_zero_point;
        }
    }
}

static int32_t window_sum(const ns_depthwise_conv_s8 *layer, const int8_t *weights, const int16_t *corner)
{
    int32_t sum = 0;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int16_t *x = corner + ky * layer->dilation_y * layer->plane_width;
        for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
            sum += *x * *weights++;
            x += layer->dilation_x;
        }
    }
    return sum;
}

void ns_depthwise_conv_s8_run(const ns_depthwise_conv_s8 *layer, const int8_t *input, int8_t *output, int16_t *plane)
{
    const int32_t channels = layer->input_channels * layer->depth_multiplier;
    const int32_t kernel_size = layer->kernel_height * layer->kernel_width;
    for (int32_t c = 0; c < channels; c++) {
        const int32_t scale = layer->per_channel ? c : 0;
        int8_t *to = output + c;
        if (c % layer->depth_multiplier == 0) {
            copy_plane(layer, input + c / layer->depth_multiplier, plane);
        }
        for (int32_t y = 0; y < layer->output_height; y++) {
            for (int32_t x = 0; x < layer->output_width; x++) {
                const int16_t *corner = plane + y * layer->stride_y * layer->plane_width + x * layer->stride_x;
                const int32_t sum = layer->bias[c] + window_sum(layer, layer->weights + c * kernel_size, corner);
                const int32_t scaled = ns_requantize(sum, layer->multiplier[scale], layer->shift[scale]);
                *to = ns_clamp_s8(scaled + layer->output_zero_point, layer->activation_min, layer->activation_max);
                to += channels;
            }
        }
    }
}
