#include "ns_conv_mve_s8.h"

#include "ns_mve.h"

/* Taps of the kernel along one dimension that lie within the input: from `first` to below `end`. */
typedef struct {
    int32_t start; /* where tap 0 lies, perhaps outside */
    int32_t first;
    int32_t end;
} span;

static inline span cut(int32_t start, int32_t size, int32_t kernel, int32_t dilation)
{
    span taps = {start, 0, kernel};
    if (start < 0) {
        taps.first = (dilation - 1 - start) / dilation;
    }
    if (start + (kernel - 1) * dilation >= size) {
        taps.end = size <= start ? 0 : (size - start + dilation - 1) / dilation;
    }
    return taps;
}

/* Gathers what one output position reads of one group; places outside the input hold its zero point. */
static inline void gather(const ns_conv_mve_s8 *layer, const int8_t *input, span y, span x, int8_t *patch)
{
    const uint32_t depth = (uint32_t)layer->input_channels / layer->groups;
    const int32_t width = layer->kernel_width;
    if (y.end - y.first < layer->kernel_height || x.end - x.first < width) {
        ns_mve_fill(patch, layer->input_zero_point, layer->filters.taps);
        if (y.end <= y.first || x.end <= x.first) {
            return;
        }
    }
    const uint32_t taps = (uint32_t)(x.end - x.first);
    const uint32_t rows = (uint32_t)(y.end - y.first);
    const uint32_t pitch = (uint32_t)layer->input_width * layer->input_channels;
    const uint32_t row_step = layer->dilation_y * pitch;
    const uint32_t line = (uint32_t)width * depth;
    const uint32_t left = (uint32_t)(x.start + x.first * layer->dilation_x) * layer->input_channels;
    const int8_t *from = input + (uint32_t)(y.start + y.first * layer->dilation_y) * pitch + left;
    int8_t *to = patch + (uint32_t)y.first * line + (uint32_t)x.first * depth;
    if (layer->dilation_x == 1 && layer->groups == 1) {
        ns_mve_copy_rows(to, line, from, row_step, taps * depth, rows);
        return;
    }
    const uint32_t step = (uint32_t)layer->dilation_x * layer->input_channels;
    for (uint32_t row = 0; row < rows; row++) { /* tap by tap: they do not lie side by side */
        ns_mve_copy_rows(to, depth, from, step, depth, taps);
        to += line;
        from += row_step;
    }
}

static void run_group(const ns_conv_mve_s8 *layer, const ns_filters_mve_s8 *filters, const int8_t *input,
                      int8_t *output, int8_t *patch)
{
    const uint32_t stride = (uint32_t)filters->channels * layer->groups;
    const uint32_t taps = filters->taps;
    const int32_t start = -layer->pad_left;
    const int32_t end = layer->output_width * layer->stride_x - layer->pad_left;
    span y = cut(-layer->pad_top, layer->input_height, layer->kernel_height, layer->dilation_y);
    int32_t x = start;
    uint32_t left = (uint32_t)layer->output_height * layer->output_width;
    while (left > 0) {
        const uint32_t count = left < 3 ? left : 3;
        for (uint32_t p = 0; p < count; p++) {
            gather(layer, input, y, cut(x, layer->input_width, layer->kernel_width, layer->dilation_x),
                   patch + p * taps);
            x += layer->stride_x;
            if (x == end) {
                x = start;
                y = cut(y.start + layer->stride_y, layer->input_height, layer->kernel_height, layer->dilation_y);
            }
        }
        const uint32_t second = count > 1 ? 1 : 0; /* positions that do not exist are the last one's */
        const uint32_t third = count > 2 ? 2 : second;
        const int8_t *const from[3] = {patch, patch + second * taps, patch + third * taps};
        int8_t *const to[3] = {output, output + second * stride, output + third * stride};
        ns_filters_mve_s8_run3(filters, from, to);
        output += 3 * stride;
        left -= count;
    }
}

void ns_conv_mve_s8_run(const ns_conv_mve_s8 *layer, const int8_t *input, int8_t *output, int8_t *patch)
{
    if (layer->groups == 1) {
        run_group(layer, &layer->filters, input, output, patch);
        return;
    }
    ns_filters_mve_s8 filters = layer->filters;
    for (uint32_t group = 0; group < layer->groups; group++) {
        run_group(layer, &filters, input, output, patch);
        filters.weights += filters.channels * filters.taps;
        filters.bias += filters.channels;
        filters.multiplier += filters.channels;
        filters.shift += filters.channels;
        input += layer->input_channels / layer->groups;
        output += filters.channels;
    }
}
