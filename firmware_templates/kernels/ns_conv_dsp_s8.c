#include "ns_conv_dsp_s8.h"

#include "ns_clamp_dsp.h"
#include "ns_dsp.h"

/* First row and column that an output position reads; in the border where below 0. */
typedef struct {
    int32_t y;
    int32_t x;
} corner;

/* Where the positions that are computed together gather what they read. */
typedef struct {
    const ns_conv_dsp_s8 *layer;
    const int8_t *input;
    int16_t *patch;
    int8_t *spare; /* room for bytes that don't lie side by side */
    int32_t row;   /* bytes of one row of the kernel */
} gathering;

static inline int8_t *copy(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count >= 4; count -= 4) {
        memcpy(to, from, 4);
        to += 4;
        from += 4;
    }
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}

static inline int8_t *fill(int8_t *to, int8_t value, int32_t count)
{
    for (; count > 0; count--) {
        *to++ = value;
        __asm__ volatile("" : : : "memory"); /* no call of memset for a few bytes */
    }
    return to;
}

static inline const int8_t *pixel(const gathering *g, int32_t y, int32_t x)
{
    return g->input + (y * g->layer->input_width + x) * g->layer->input_channels;
}

static int8_t *copy_taps(const gathering *g, int32_t y, int32_t x, int8_t *to)
{
    const int32_t depth = g->layer->input_channels;
    for (uint32_t tap = g->layer->kernel_width; tap > 0; tap--) {
        if (x >= 0 && x < g->layer->input_width) {
            to = copy(to, pixel(g, y, x), depth);
        } else {
            to = fill(to, g->layer->input_zero_point, depth);
        }
        x += g->layer->dilation_x;
    }
    return to;
}

/* Copies what one position reads of row y; places outside the input hold its zero point. */
static int8_t *copy_row(const gathering *g, int32_t y, int32_t x, int8_t *to)
{
    const ns_conv_dsp_s8 *layer = g->layer;
    const int32_t depth = layer->input_channels;
    const int8_t zero = layer->input_zero_point;
    int32_t left = 0;
    int32_t middle = layer->kernel_width;
    int32_t right = 0;
    if (y < 0 || y >= layer->input_height) {
        return fill(to, zero, g->row);
    }
    if (layer->dilation_x != 1) {
        return copy_taps(g, y, x, to);
    }
    if (x < 0) {
        left = -x < middle ? -x : middle;
        middle -= left;
    }
    const int32_t beyond = x + layer->kernel_width - layer->input_width;
    if (beyond > 0) {
        right = beyond < middle ? beyond : middle;
        middle -= right;
    }
    to = fill(to, zero, left * depth);
    to = copy(to, pixel(g, y, x + left), middle * depth);
    return fill(to, zero, right * depth);
}

/* Whether all that a position reads lies in the input, row by row. */
static int is_inside(const ns_conv_dsp_s8 *layer, corner at)
{
    return layer->dilation_x == 1 && at.x >= 0 && at.x + layer->kernel_width <= layer->input_width && at.y >= 0 &&
           at.y + (layer->kernel_height - 1) * layer->dilation_y < layer->input_height;
}

/* Widens one position alone, in place of ns_filters_dsp_widen3. */
static __attribute__((noinline)) int16_t *widen1(int16_t *patch, const int8_t *from, uint32_t quads)
{
    for (; quads > 0; quads--) {
        const int32_t word = ns_load_word(from);
        const int32_t even = ns_even_bytes(word);
        const int32_t odd = ns_odd_bytes(word);
        memcpy(__builtin_assume_aligned(patch, 4), &even, sizeof even);
        memcpy(__builtin_assume_aligned(patch + 6, 4), &odd, sizeof odd);
        patch += 12;
        from += 4;
    }
    return patch;
}

/* Rows of whole quads are widened one by one, others are collected first. */
static void gather1(const gathering *g, corner at, uint32_t lane)
{
    const int32_t quads_only = g->row % 4 == 0;
    const int32_t inside = is_inside(g->layer, at);
    int16_t *patch = g->patch + 2 * lane;
    int8_t *to = g->spare;
    for (uint32_t ky = g->layer->kernel_height; ky > 0; ky--) {
        if (!quads_only) {
            to = inside ? copy(to, pixel(g, at.y, at.x), g->row) : copy_row(g, at.y, at.x, to);
        } else if (inside) {
            patch = widen1(patch, pixel(g, at.y, at.x), (uint32_t)g->row / 4);
        } else {
            (void)copy_row(g, at.y, at.x, to);
            patch = widen1(patch, to, (uint32_t)g->row / 4);
        }
        at.y += g->layer->dilation_y;
    }
    if (!quads_only) {
        (void)widen1(patch, g->spare, g->layer->filters.taps / 4u);
    }
}

static void gather3(const gathering *g, const corner at[3])
{
    const ns_conv_dsp_s8 *layer = g->layer;
    if (g->row % 4 != 0 || !(is_inside(layer, at[0]) && is_inside(layer, at[1]) && is_inside(layer, at[2]))) {
        for (uint32_t lane = 0; lane < 3; lane++) {
            gather1(g, at[lane], lane);
        }
        return;
    }
    const int8_t *x0 = pixel(g, at[0].y, at[0].x);
    const int8_t *x1 = pixel(g, at[1].y, at[1].x);
    const int8_t *x2 = pixel(g, at[2].y, at[2].x);
    const int32_t pitch = layer->dilation_y * layer->input_width * layer->input_channels;
    int16_t *patch = g->patch;
    int32_t offset = 0;
    for (uint32_t ky = layer->kernel_height; ky > 0; ky--) {
        patch = ns_filters_dsp_widen3(patch, x0 + offset, x1 + offset, x2 + offset, (uint32_t)g->row / 4);
        offset += pitch;
    }
}

static corner next(const ns_conv_dsp_s8 *layer, corner at, uint32_t position)
{
    at.x += layer->stride_x;
    if (position % layer->output_width == 0) {
        at.x = -(int32_t)layer->pad_left;
        at.y += layer->stride_y;
    }
    return at;
}

void ns_conv_dsp_s8_run(const ns_conv_dsp_s8 *layer, const int8_t *input, int8_t *output, int16_t *scratch)
{
    const uint32_t positions = (uint32_t)layer->output_height * layer->output_width;
    const uint32_t channels = layer->filters.channels;
    const uint32_t taps = layer->filters.taps;
    const gathering g = {layer, input, scratch, (int8_t *)(scratch + 3 * taps),
                         layer->kernel_width * layer->input_channels};
    if (g.row % 4 != 0) {
        memset(g.spare, 0, taps); /* the taps that round up */
    }
    corner at[3] = {{-(int32_t)layer->pad_top, -(int32_t)layer->pad_left}};
    int8_t *to = output;
    for (uint32_t position = 0; position < positions; position += 3) {
        const uint32_t second = position + 1 < positions ? 1 : 0; /* missing ones are computed as the last, again */
        const uint32_t third = position + 2 < positions ? 2 : second;
        at[1] = second ? next(layer, at[0], position + 1) : at[0];
        at[2] = third == 2 ? next(layer, at[1], position + 2) : at[1];
        gather3(&g, at);
        ns_filters_dsp_run3(&layer->filters, scratch, to, second * channels, third * channels);
        at[0] = next(layer, at[2], position + 3);
        to += 3 * channels;
    }
    ns_clamp_dsp(output, positions * channels, layer->filters.activation_min, layer->filters.activation_max);
}
