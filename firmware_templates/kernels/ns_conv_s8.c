#include "ns_conv_s8.h"

#include "ns_patch.h"

typedef struct {
    const ns_conv_s8 *layer;
    int16_t *patch;
    uint32_t lane;
    uint32_t tap; /* that is written next */
} gathering;

/* First row and column that an output position reads; in the border where they are below 0. */
typedef struct {
    int32_t y;
    int32_t x;
} corner;

static void put_zeros(gathering *g, int32_t count)
{
    if (count > 0) {
        ns_patch_fill(g->layer->input_zero_point, (uint32_t)count, g->patch, g->lane, g->tap, g->layer->filters.taps);
        g->tap += (uint32_t)count;
    }
}

static void put_inputs(gathering *g, const int8_t *from, int32_t count)
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
    put_inputs(g, row + (x0 + left) * depth, (end - left) * depth);
    put_zeros(g, (width - (end > left ? end : left)) * depth);
}

/* One row of the kernel, tap by tap: dilated, or of one group. */
static void put_taps(gathering *g, const int8_t *row, int32_t x0)
{
    const int32_t depth = g->layer->input_channels / g->layer->groups;
    for (int32_t kx = 0; kx < g->layer->kernel_width; kx++) {
        const int32_t x = x0 + kx * g->layer->dilation_x;
        if (x >= 0 && x < g->layer->input_width) {
            put_inputs(g, row + x * g->layer->input_channels, depth);
        } else {
            put_zeros(g, depth);
        }
    }
}

/* One row of the kernel for one position. */
static __attribute__((noinline)) void put(const ns_conv_s8 *layer, const int8_t *input, corner at, int16_t *patch,
                                          uint32_t lane, uint32_t tap)
{
    gathering g = {layer, patch, lane, tap};
    if (at.y < 0 || at.y >= layer->input_height) {
        put_zeros(&g, layer->kernel_width * (layer->input_channels / layer->groups));
        return;
    }
    const int8_t *row = input + at.y * layer->input_width * layer->input_channels;
    if (layer->dilation_x == 1 && layer->groups == 1) {
        put_row(&g, row, at.x);
    } else {
        put_taps(&g, row, at.x);
    }
}

static inline int is_row_inside(const ns_conv_s8 *layer, corner at)
{
    return at.x >= 0 && at.x + layer->kernel_width <= layer->input_width;
}

/* Gathers what two output positions read of one group; places outside the input hold its zero point. */
static void gather(const ns_conv_s8 *layer, const int8_t *input, corner at0, corner at1, int16_t *patch)
{
    const uint32_t taps = layer->kernel_width * ((uint32_t)layer->input_channels / layer->groups);
    const uint32_t height = layer->input_height;
    const int32_t pitch = layer->input_width * layer->input_channels;
    const int8_t *from0 = input + at0.y * pitch + at0.x * layer->input_channels;
    const int8_t *from1 = input + at1.y * pitch + at1.x * layer->input_channels;
    const int inside =
        layer->dilation_x == 1 && layer->groups == 1 && is_row_inside(layer, at0) && is_row_inside(layer, at1);
    uint32_t tap = 0;
    for (uint32_t ky = layer->kernel_height; ky > 0; ky--) {
        if (inside && (uint32_t)at0.y < height && (uint32_t)at1.y < height) {
            ns_patch_widen_both(from0, from1, taps, patch, tap, layer->filters.taps);
        } else {
            put(layer, input, at0, patch, 0, tap);
            put(layer, input, at1, patch, 1, tap);
        }
        tap += taps;
        at0.y += layer->dilation_y;
        at1.y += layer->dilation_y;
        from0 += layer->dilation_y * pitch;
        from1 += layer->dilation_y * pitch;
    }
}

/* What the position after `at` reads first. */
static corner next(const ns_conv_s8 *layer, corner at)
{
    const int32_t first = -(int32_t)layer->pad_left;
    at.x += layer->stride_x;
    if (at.x >= first + layer->output_width * layer->stride_x) {
        at.x = first;
        at.y += layer->stride_y;
    }
    return at;
}

void ns_conv_s8_run(const ns_conv_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch)
{
    const uint32_t positions = (uint32_t)layer->output_height * layer->output_width;
    const uint32_t channels = layer->filters.channels;
    const uint32_t stride = channels * layer->groups;
    const uint32_t depth = (uint32_t)layer->input_channels / layer->groups;
    memset(patch, 0, 2u * layer->filters.taps * sizeof *patch); /* the taps that round up */
    corner at0 = {-(int32_t)layer->pad_top, -(int32_t)layer->pad_left};
    for (uint32_t position = 0; position < positions; position += 2) {
        const uint32_t second = position + 1 < positions ? 1 : 0; /* an odd last position is computed twice */
        const corner at1 = second ? next(layer, at0) : at0;
        ns_filters_s8 filters = layer->filters;
        for (uint32_t group = 0; group < layer->groups; group++) {
            int8_t *to = output + position * stride + group * channels;
            gather(layer, input + group * depth, at0, at1, patch);
            ns_filters_s8_run2(&filters, patch, to, to + second * stride);
            filters.weights += (channels + 1) / 2 * filters.taps * 2;
            filters.bias += channels;
            filters.multiplier += filters.per_channel * channels;
            filters.shift += filters.per_channel * channels;
        }
        at0 = next(layer, at1);
    }
}
