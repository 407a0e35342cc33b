#include "ns_conv_s8.h"

#include "ns_patch.h"

typedef struct {
    const ns_conv_s8 *layer;
    int16_t *patch;
    uint32_t lane;
    uint32_t tap; /* that is written next */
} gathering;

static void put_zeros(gathering *g, int32_t count)
{
    if (count > 0) {
        ns_patch_fill(g->layer->input_zero_point, (uint32_t)count, g->patch, g->lane, g->tap, g->layer->filters.taps);
        g->tap += (uint32_t)count;
    }
}

static void put(gathering *g, const int8_t *from, int32_t count)
{
    if (count > 0) {
        ns_patch_widen(from, (uint32_t)count, g->patch, g->lane, g->tap, g->layer->filters.taps);
        g->tap += (uint32_t)count;
    }
}

/* One row of the kernel whose taps lie side by side: what is left of the input, within it, right of it. */
static void put_row(gathering *g, const int8_t *row, int32_t x0)
{
    const int32_t depth = g->layer->input_channels;
    const int32_t width = g->layer->kernel_width;
    const int32_t room = g->layer->input_width - x0;
    const int32_t left = x0 < 0 ? (-x0 < width ? -x0 : width) : 0;
    const int32_t end = room < 0 ? 0 : (room < width ? room : width);
    put_zeros(g, left * depth);
    put(g, row + (x0 + left) * depth, (end - left) * depth);
    put_zeros(g, (width - (end > left ? end : left)) * depth);
}

/* One row of the kernel, tap by tap: dilated, or of one group. */
static void put_taps(gathering *g, const int8_t *row, int32_t x0)
{
    const int32_t depth = g->layer->input_channels / g->layer->groups;
    for (int32_t kx = 0; kx < g->layer->kernel_width; kx++) {
        const int32_t x = x0 + kx * g->layer->dilation_x;
        if (x >= 0 && x < g->layer->input_width) {
            put(g, row + x * g->layer->input_channels, depth);
        } else {
            put_zeros(g, depth);
        }
    }
}

/* Gathers what one output position reads of one group; places outside the input hold its zero point. */
static void gather(const ns_conv_s8 *layer, const int8_t *input, uint32_t position, int16_t *patch, uint32_t lane)
{
    gathering g = {layer, patch, lane, 0};
    const int32_t y0 = (int32_t)(position / layer->output_width) * layer->stride_y - layer->pad_top;
    const int32_t x0 = (int32_t)(position % layer->output_width) * layer->stride_x - layer->pad_left;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int32_t y = y0 + ky * layer->dilation_y;
        if (y < 0 || y >= layer->input_height) {
            put_zeros(&g, layer->kernel_width * (layer->input_channels / layer->groups));
            continue;
        }
        const int8_t *row = input + y * layer->input_width * layer->input_channels;
        if (layer->dilation_x == 1 && layer->groups == 1) {
            put_row(&g, row, x0);
        } else {
            put_taps(&g, row, x0);
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
