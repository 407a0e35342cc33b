#include "ns_depthwise_conv_s8.h"

#include "ns_requantize.h"

/* What one channel's outputs are made with. */
typedef struct {
    const int16_t *weights; /* [kernel_height][pairs][2] */
    uint32_t pairs;         /* of taps in a row of the kernel; an odd last tap is paired with 0 */
    int32_t bias;
    int32_t multiplier;
    int32_t shift;
    int32_t clamps;
} channel;

static int16_t *fill(int16_t *to, int16_t value, int32_t count)
{
    for (; count > 0; count--) {
        *to++ = value;
    }
    return to;
}

static void copy_plane(const ns_depthwise_conv_s8 *layer, const int8_t *from, int16_t *plane)
{
    const int16_t zero = layer->input_zero_point;
    const int32_t width = layer->plane_width;
    const int32_t left = layer->pad_left < width ? layer->pad_left : width;
    const int32_t room = width - left;
    const int32_t middle = room < layer->input_width ? room : layer->input_width;
    const int32_t step = layer->input_channels;
    for (int32_t row = 0; row < layer->plane_height; row++) {
        const int32_t y = row - layer->pad_top;
        if (y < 0 || y >= layer->input_height) {
            plane = fill(plane, zero, width);
            continue;
        }
        plane = fill(plane, zero, left);
        const int8_t *pixel = from;
        for (int32_t count = middle; count > 0; count--) {
            *plane++ = *pixel;
            pixel += step;
        }
        plane = fill(plane, zero, room - middle);
        from += layer->input_width * step;
    }
    *plane = 0; /* what the last odd tap is paired with */
}

static void widen_weights(const ns_depthwise_conv_s8 *layer, const int8_t *weights, int16_t *to)
{
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
            *to++ = *weights++;
        }
        if (layer->kernel_width & 1) {
            *to++ = 0;
        }
    }
}

static inline int32_t dot_pair(const int16_t *x, const int16_t *w, int32_t sum)
{
#if NS_DSP
    return ns_dot2(ns_load_word(x), ns_load_word(__builtin_assume_aligned(w, 4)), sum);
#else
    return sum + x[0] * w[0] + x[1] * w[1];
#endif
}

static int32_t sum_dilated(const ns_depthwise_conv_s8 *layer, const channel *c, const int16_t *corner)
{
    const int16_t *w = c->weights;
    int32_t sum = c->bias;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int16_t *x = corner;
        for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
            sum += *x * w[kx];
            x += layer->dilation_x;
        }
        corner += layer->dilation_y * layer->plane_width;
        w += 2 * c->pairs;
    }
    return sum;
}

static inline int32_t sum_pairs(const channel *c, const int16_t *corner, uint32_t rows, uint32_t pitch)
{
    const int16_t *w = c->weights;
    int32_t sum = c->bias;
    for (; rows > 0; rows--) {
        const int16_t *x = corner;
        for (uint32_t pair = c->pairs; pair > 0; pair--) {
            sum = dot_pair(x, w, sum);
            x += 2;
            w += 2;
        }
        corner += pitch;
    }
    return sum;
}

static inline int8_t finish(const ns_depthwise_conv_s8 *layer, const channel *c, int32_t sum)
{
    const int32_t zero = layer->output_zero_point;
    const int32_t x = layer->narrow ? ns_requantize_narrow(sum, c->multiplier, c->shift, zero)
                                    : ns_requantize(sum, c->multiplier, c->shift) + zero;
    return ns_activate_s8(x, c->clamps, layer->activation_min, layer->activation_max);
}

static void run_any(const ns_depthwise_conv_s8 *layer, const channel *c, const int16_t *plane, int8_t *output)
{
    const int32_t step = layer->input_channels * layer->depth_multiplier;
    const uint32_t pitch = (uint32_t)layer->dilation_y * layer->plane_width;
    for (int32_t y = layer->output_height; y > 0; y--) {
        const int16_t *corner = plane;
        for (int32_t x = layer->output_width; x > 0; x--) {
            const int32_t sum = layer->dilation_x == 1 ? sum_pairs(c, corner, layer->kernel_height, pitch)
                                                       : sum_dilated(layer, c, corner);
            *output = finish(layer, c, sum);
            output += step;
            corner += layer->stride_x;
        }
        plane += layer->stride_y * layer->plane_width;
    }
}

#if NS_DSP

/* 3x3 without dilation: the weights stay in registers. */
static void run_3x3(const ns_depthwise_conv_s8 *layer, const channel *c, const int16_t *plane, int8_t *output)
{
    const int32_t step = layer->input_channels * layer->depth_multiplier;
    const int32_t pitch = layer->plane_width;
    const int32_t stride = layer->stride_x;
    const int32_t zero = layer->output_zero_point;
    int32_t w[6];
    memcpy(w, c->weights, sizeof w);
    for (int32_t y = layer->output_height; y > 0; y--) {
        const int16_t *x0 = plane;
        const int16_t *x1 = plane + pitch;
        const int16_t *x2 = x1 + pitch;
        for (int32_t x = layer->output_width; x > 0; x--) {
            int32_t sum = ns_dot2(ns_load_word(x0), w[0], c->bias);
            sum = ns_dot2(ns_load_word(x0 + 2), w[1], sum);
            sum = ns_dot2(ns_load_word(x1), w[2], sum);
            sum = ns_dot2(ns_load_word(x1 + 2), w[3], sum);
            sum = ns_dot2(ns_load_word(x2), w[4], sum);
            sum = ns_dot2(ns_load_word(x2 + 2), w[5], sum);
            const int32_t scaled = ns_requantize_narrow(sum, c->multiplier, c->shift, zero);
            *output = ns_activate_s8(scaled, c->clamps, layer->activation_min, layer->activation_max);
            output += step;
            x0 += stride;
            x1 += stride;
            x2 += stride;
        }
        plane += layer->stride_y * pitch;
    }
}

#endif

static void run_channel(const ns_depthwise_conv_s8 *layer, const channel *c, const int16_t *plane, int8_t *output)
{
#if NS_DSP
    if (layer->kernel_height == 3 && layer->kernel_width == 3 && layer->dilation_x == 1 && layer->dilation_y == 1 &&
        layer->narrow) {
        run_3x3(layer, c, plane, output);
        return;
    }
#endif
    run_any(layer, c, plane, output);
}

void ns_depthwise_conv_s8_run(const ns_depthwise_conv_s8 *layer, const int8_t *input, int8_t *output, int16_t *scratch)
{
    const uint32_t channels = (uint32_t)layer->input_channels * layer->depth_multiplier;
    const uint32_t kernel_size = (uint32_t)layer->kernel_height * layer->kernel_width;
    channel c = {
        .weights = scratch,
        .pairs = (layer->kernel_width + 1u) / 2,
        .clamps = layer->activation_min > INT8_MIN || layer->activation_max < INT8_MAX,
    };
    int16_t *plane = scratch + 2 * layer->kernel_height * c.pairs;
    for (uint32_t i = 0; i < channels; i++) {
        const uint32_t scale = layer->per_channel ? i : 0;
        if (i % layer->depth_multiplier == 0) {
            copy_plane(layer, input + i / layer->depth_multiplier, plane);
        }
        widen_weights(layer, layer->weights + i * kernel_size, scratch);
        c.bias = layer->bias[i];
        c.multiplier = layer->multiplier[scale];
        c.shift = layer->shift[scale];
        run_channel(layer, &c, plane, output + i);
    }
}
