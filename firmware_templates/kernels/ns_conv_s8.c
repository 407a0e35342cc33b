#include "ns_conv_s8.h"

#include "ns_patch.h"

/* Gathers what one output position reads of one group; places outside the input hold its zero point. */
static void gather(const ns_conv_s8 *layer, const int8_t *input, uint32_t position, int16_t *patch, uint32_t lane)
{
    const uint32_t depth = (uint32_t)layer->input_channels / layer->groups;
    const uint32_t taps = layer->filters.taps;
    const int32_t y0 = (int32_t)(position / layer->output_width) * layer->stride_y - layer->pad_top;
    const int32_t x0 = (int32_t)(position % layer->output_width) * layer->stride_x - layer->pad_left;
    const int32_t x_end = x0 + layer->kernel_width;
    const int whole_rows = layer->dilation_x == 1 && layer->groups == 1 && x0 >= 0 && x_end <= layer->input_width;
    uint32_t tap = 0;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int32_t y = y0 + ky * layer->dilation_y;
        const int inside = y >= 0 && y < layer->input_height;
        const int8_t *row = input + y * layer->input_width * layer->input_channels;
        if (inside && whole_rows) {
            ns_patch_widen(row + x0 * layer->input_channels, depth * layer->kernel_width, patch, lane, tap, taps);
            tap += depth * layer->kernel_width;
            continue;
        }
        for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
            const int32_t x = x0 + kx * layer->dilation_x;
            if (inside && x >= 0 && x < layer->input_width) {
                ns_patch_widen(row + x * layer->input_channels, depth, patch, lane, tap, taps);
            } else {
                ns_patch_fill(layer->input_zero_point, depth, patch, lane, tap, taps);
            }
            tap += depth;
        }
    }
}

void ns_conv_s8_run(const ns_conv_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch)
{
    const uint32_t positions = (uint32_t)layer->output_height * layer->output_width;
    const uint32_t channels = layer->filters.channels;
    const uint32_t stride = channels * layer->groups;
    const uint32_t depth = (uint32_t)layer->input_channels / layer->groups;
    memset(patch, 0, 2u * layer->filters.taps * sizeof *patch); /* the taps that round up */
    for (uint32_t position = 0; position < positions; position += 2) {
        const uint32_t second = position + 1 < positions ? 1 : 0; /* an odd last position is computed twice */
        ns_filters_s8 filters = layer->filters;
        for (uint32_t group = 0; group < layer->groups; group++) {
            int8_t *to = output + position * stride + group * channels;
            gather(layer, input + group * depth, position, patch, 0);
            gather(layer, input + group * depth, position + second, patch, 1);
            ns_filters_s8_run2(&filters, patch, to, to + second * stride);
            filters.weights += (channels + 1) / 2 * filters.taps * 2;
            filters.bias += channels;
            filters.multiplier += filters.per_channel * channels;
            filters.shift += filters.per_channel * channels;
        }
    }
}
