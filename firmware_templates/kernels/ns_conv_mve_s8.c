#include "ns_conv_mve_s8.h"

#include "ns_mve.h"

/* One row of the kernel whose taps lie side by side: what is left of the input, within it, right of it. */
static int8_t *put_row(const ns_conv_mve_s8 *layer, const int8_t *row, int32_t x0, int8_t *to)
{
    const int32_t depth = layer->input_channels;
    const int32_t width = layer->kernel_width;
    const int32_t room = layer->input_width - x0;
    if (x0 >= 0 && width <= room) {
        ns_mve_copy(to, row + x0 * depth, (uint32_t)(width * depth));
        return to + width * depth;
    }
    const int32_t left = x0 < 0 ? (-x0 < width ? -x0 : width) : 0;
    const int32_t inside = room < 0 ? 0 : (room < width ? room : width);
    const int32_t end = inside > left ? inside : left;
    ns_mve_fill(to, layer->input_zero_point, (uint32_t)(left * depth));
    ns_mve_copy(to + left * depth, row + (x0 + left) * depth, (uint32_t)((end - left) * depth));
    ns_mve_fill(to + end * depth, layer->input_zero_point, (uint32_t)((width - end) * depth));
    return to + width * depth;
}

/* One row of the kernel, tap by tap: dilated, or of one group. */
static int8_t *put_taps(const ns_conv_mve_s8 *layer, const int8_t *row, int32_t x0, int8_t *to)
{
    const int32_t depth = layer->input_channels / layer->groups;
    for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
        const int32_t x = x0 + kx * layer->dilation_x;
        if (x >= 0 && x < layer->input_width) {
            ns_mve_copy(to, row + x * layer->input_channels, (uint32_t)depth);
        } else {
            ns_mve_fill(to, layer->input_zero_point, (uint32_t)depth);
        }
        to += depth;
    }
    return to;
}

/* Gathers what one output position reads of one group; places outside the input hold its zero point. */
static void gather(const ns_conv_mve_s8 *layer, const int8_t *input, int32_t y0, int32_t x0, int8_t *patch)
{
    const int32_t pitch = layer->input_width * layer->input_channels;
    const int32_t is_plain = layer->dilation_x == 1 && layer->groups == 1;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int32_t y = y0 + ky * layer->dilation_y;
        if (y < 0 || y >= layer->input_height) {
            const uint32_t taps = (uint32_t)(layer->kernel_width * (layer->input_channels / layer->groups));
            ns_mve_fill(patch, layer->input_zero_point, taps);
            patch += taps;
        } else if (is_plain) {
            patch = put_row(layer, input + y * pitch, x0, patch);
        } else {
            patch = put_taps(layer, input + y * pitch, x0, patch);
        }
    }
}

void ns_conv_mve_s8_run(const ns_conv_mve_s8 *layer, const int8_t *input, int8_t *output, int8_t *patch)
{
    const uint32_t positions = (uint32_t)layer->output_height * layer->output_width;
    const uint32_t channels = layer->filters.channels;
    const uint32_t stride = channels * layer->groups;
    const uint32_t depth = (uint32_t)layer->input_channels / layer->groups;
    const uint32_t taps = layer->filters.taps;
    int32_t y = -layer->pad_top;
    int32_t x = -layer->pad_left;
    const int32_t end = x + layer->output_width * layer->stride_x;
    for (uint32_t position = 0; position < positions; position += 3) {
        const uint32_t count = positions - position < 3 ? positions - position : 3;
        int32_t ys[3];
        int32_t xs[3];
        for (uint32_t p = 0; p < count; p++) {
            ys[p] = y;
            xs[p] = x;
            x += layer->stride_x;
            if (x == end) {
                x = -layer->pad_left;
                y += layer->stride_y;
            }
        }
        const uint32_t second = count > 1 ? 1 : 0; /* positions that do not exist are the last one's */
        const uint32_t third = count > 2 ? 2 : second;
        const int8_t *const from[3] = {patch, patch + second * taps, patch + third * taps};
        ns_filters_mve_s8 filters = layer->filters;
        for (uint32_t group = 0; group < layer->groups; group++) {
            int8_t *base = output + position * stride + group * channels;
            int8_t *const to[3] = {base, base + second * stride, base + third * stride};
            for (uint32_t p = 0; p < count; p++) {
                gather(layer, input + group * depth, ys[p], xs[p], patch + p * taps);
            }
            ns_filters_mve_s8_run3(&filters, from, to);
            filters.weights += channels * taps;
            filters.bias += channels;
            filters.multiplier += filters.per_channel * channels;
            filters.shift += filters.per_channel * channels;
        }
    }
}
