#include "ns_depthwise_conv_s8.h"

#include "ns_requantize.h"

/* One channel's widened weights and its requantization. */
typedef struct {
    const int16_t *weights; /* [kernel_height][pairs][2] */
    uint32_t taps;          /* in a row of the kernel */
    uint32_t pairs;         /* of them; an odd last tap is paired with 0 */
    int32_t bias;
    int32_t multiplier;
    int32_t shift;
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

#if NS_DSP

static inline int32_t dot_pair(const int16_t *x, const int16_t *w, int32_t sum)
{
    return ns_dot2(ns_load_word(x), ns_load_word(__builtin_assume_aligned(w, 4)), sum);
}

/* Adds `pairs` pairs of neighboring taps to the sums of one output row. */
static inline void add_pairs(int32_t *restrict sums, const int16_t *restrict x, const int16_t *restrict weights,
                             uint32_t count, uint32_t stride, uint32_t pairs)
{
    int16_t w[8];
    memcpy(w, weights, pairs * 4);
    for (; count > 0; count--) {
        int32_t sum = *sums;
        for (uint32_t pair = 0; pair < pairs; pair++) {
            sum = dot_pair(x + 2 * pair, w + 2 * pair, sum);
        }
        *sums++ = sum;
        x += stride;
    }
}

/* Adds one row of the kernel, at most eight taps at a time. */
static void add_row(int32_t *sums, const int16_t *x, const channel *c, const int16_t *weights, uint32_t count,
                    uint32_t stride)
{
    uint32_t left = c->pairs;
    for (; left > 4; left -= 4) {
        add_pairs(sums, x, weights, count, stride, 4);
        x += 8;
        weights += 8;
    }
    switch (left) {
    case 4:
        add_pairs(sums, x, weights, count, stride, 4);
        break;
    case 3:
        add_pairs(sums, x, weights, count, stride, 3);
        break;
    case 2:
        add_pairs(sums, x, weights, count, stride, 2);
        break;
    default:
        add_pairs(sums, x, weights, count, stride, 1);
        break;
    }
}

#else

/* Adds up to four neighboring taps, held in registers, to the sums of one output row. */
#define ADD_TAPS(expression)                                                                                          \
    for (; count > 0; count--) {                                                                                      \
        *sums++ += (expression);                                                                                      \
        x += stride;                                                                                                  \
    }

static void add_four(int32_t *restrict sums, const int16_t *restrict x, const int16_t *weights, uint32_t count,
                     uint32_t stride)
{
    const int32_t w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
    ADD_TAPS(x[0] * w0 + x[1] * w1 + x[2] * w2 + x[3] * w3)
}

static void add_three(int32_t *restrict sums, const int16_t *restrict x, const int16_t *weights, uint32_t count,
                      uint32_t stride)
{
    const int32_t w0 = weights[0], w1 = weights[1], w2 = weights[2];
    ADD_TAPS(x[0] * w0 + x[1] * w1 + x[2] * w2)
}

static void add_one(int32_t *restrict sums, const int16_t *restrict x, int32_t weight, uint32_t count, uint32_t stride)
{
    ADD_TAPS(*x * weight)
}

/* Adds one row of the kernel. */
static void add_row(int32_t *sums, const int16_t *x, const channel *c, const int16_t *weights, uint32_t count,
                    uint32_t stride)
{
    uint32_t left = c->taps;
    for (; left > 3; left -= 4) {
        add_four(sums, x, weights, count, stride);
        x += 4;
        weights += 4;
    }
    if (left == 3) {
        add_three(sums, x, weights, count, stride);
        return;
    }
    for (; left > 0; left--) {
        add_one(sums, x++, *weights++, count, stride);
    }
}

/* The sums of one output row of a 3x3 kernel, without the bias: weights and sum stay in registers. */
static void row_3x3(int32_t *restrict sums, const int16_t *restrict row0, uint32_t pitch, const int16_t *weights,
                    uint32_t count, uint32_t stride)
{
    const int16_t *row1 = row0 + pitch;
    const int16_t *row2 = row1 + pitch;
    const int32_t a0 = weights[0], a1 = weights[1], a2 = weights[2];
    const int32_t b0 = weights[4], b1 = weights[5], b2 = weights[6];
    const int32_t c0 = weights[8], c1 = weights[9], c2 = weights[10];
    for (; count > 0; count--) {
        int32_t sum = row0[0] * a0 + row0[1] * a1 + row0[2] * a2;
        sum += row1[0] * b0 + row1[1] * b1 + row1[2] * b2;
        sum += row2[0] * c0 + row2[1] * c1 + row2[2] * c2;
        *sums++ = sum;
        row0 += stride;
        row1 += stride;
        row2 += stride;
    }
}

#endif

static void add_dilated_row(int32_t *sums, const int16_t *x, const ns_depthwise_conv_s8 *layer, const int16_t *weights)
{
    for (uint32_t tap = 0; tap < layer->kernel_width; tap++) {
        const int32_t weight = weights[tap];
        for (uint32_t i = 0; i < layer->output_width; i++) {
            sums[i] += x[i * layer->stride_x] * weight;
        }
        x += layer->dilation_x;
    }
}

#if NS_DSP_CORE

/* One output of a 3x3 kernel: nine products in twelve instructions; `next` moves on by the stride. */
#define OUTPUT_3X3(next)                                                                                              \
    "ldr %[x], [%[row0], #4]\n\t"                                                                                     \
    "smuad %[sum], %[x], %[w1]\n\t"                                                                                   \
    "ldr %[x], [%[row0]], " next "\n\t"                                                                               \
    "smlad %[sum], %[x], %[w0], %[sum]\n\t"                                                                           \
    "ldr %[x], [%[row1], #4]\n\t"                                                                                     \
    "smlad %[sum], %[x], %[w3], %[sum]\n\t"                                                                           \
    "ldr %[x], [%[row1]], " next "\n\t"                                                                               \
    "smlad %[sum], %[x], %[w2], %[sum]\n\t"                                                                           \
    "ldr %[x], [%[row2], #4]\n\t"                                                                                     \
    "smlad %[sum], %[x], %[w5], %[sum]\n\t"                                                                           \
    "ldr %[x], [%[row2]], " next "\n\t"                                                                               \
    "smlad %[sum], %[x], %[w4], %[sum]\n\t"                                                                           \
    "str %[sum], [%[sums]], #4\n\t"

#define ROW_3X3(next)                                                                                                 \
    __asm__ volatile("1:\n\t" OUTPUT_3X3(next) "subs %[count], %[count], #1\n\t"                                      \
                     "bne 1b"                                                                                         \
                     : [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [sums] "+r"(sums),                    \
                       [count] "+r"(count), [sum] "=&r"(sum), [x] "=&r"(x)                                            \
                     : [w0] "r"(w[0]), [w1] "r"(w[1]), [w2] "r"(w[2]), [w3] "r"(w[3]), [w4] "r"(w[4]), [w5] "r"(w[5]) \
                     : "cc", "memory")

/* One output row of a 3x3 kernel with stride 1 or 2, without the bias. */
static __attribute__((noinline)) void row_3x3(int32_t *sums, const int16_t *row0, uint32_t pitch,
                                              const int16_t *weights, uint32_t count, uint32_t stride)
{
    const int16_t *row1 = row0 + pitch;
    const int16_t *row2 = row1 + pitch;
    int32_t w[6];
    int32_t sum, x;
    memcpy(w, weights, sizeof w);
    if (stride == 1) {
        ROW_3X3("#2");
    } else {
        ROW_3X3("#4");
    }
}

#endif

#if NS_DSP_CORE || !NS_DSP
static int is_3x3(const ns_depthwise_conv_s8 *layer)
{
    return layer->kernel_height == 3 && layer->kernel_width == 3 && layer->dilation_x == 1 && layer->stride_x <= 2;
}
#endif

/* The sums of one output row, without the bias. */
static void sum_row(const ns_depthwise_conv_s8 *layer, const channel *c, const int16_t *plane, int32_t *sums)
{
    const uint32_t pitch = (uint32_t)layer->dilation_y * layer->plane_width;
    const int16_t *weights = c->weights;
#if NS_DSP_CORE || !NS_DSP
    if (is_3x3(layer)) {
        row_3x3(sums, plane, pitch, weights, layer->output_width, layer->stride_x);
        return;
    }
#endif
    for (uint32_t i = 0; i < layer->output_width; i++) {
        sums[i] = 0;
    }
    for (uint32_t ky = 0; ky < layer->kernel_height; ky++) {
        if (layer->dilation_x == 1) {
            add_row(sums, plane, c, weights, layer->output_width, layer->stride_x);
        } else {
            add_dilated_row(sums, plane, layer, weights);
        }
        plane += pitch;
        weights += 2 * c->pairs;
    }
}

static void finish_row(const ns_depthwise_conv_s8 *layer, const channel *c, const int32_t *restrict sums,
                       int8_t *restrict output)
{
    const uint32_t step = (uint32_t)layer->input_channels * layer->depth_multiplier;
    const int32_t bias = c->bias;
    const int32_t multiplier = c->multiplier;
    const int32_t shift = c->shift;
    const int32_t zero = layer->output_zero_point;
    const int32_t low = layer->activation_min;
    const int32_t high = layer->activation_max;
    const int32_t clamps = low > INT8_MIN || high < INT8_MAX;
    uint32_t count = layer->output_width;
    if (layer->narrow && !clamps) {
        for (; count > 0; count--) {
            *output = ns_activate_s8(ns_requantize_narrow(*sums++ + bias, multiplier, shift, zero), 0, low, high);
            output += step;
        }
    } else {
        for (; count > 0; count--) {
            *output = ns_activate_s8(ns_requantize(*sums++ + bias, multiplier, shift) + zero, 1, low, high);
            output += step;
        }
    }
}

void ns_depthwise_conv_s8_run(const ns_depthwise_conv_s8 *layer, const int8_t *input, int8_t *output, int32_t *scratch)
{
    const uint32_t channels = (uint32_t)layer->input_channels * layer->depth_multiplier;
    const uint32_t kernel_size = (uint32_t)layer->kernel_height * layer->kernel_width;
    const uint32_t pairs = (layer->kernel_width + 1u) / 2;
    int32_t *sums = scratch;
    int16_t *weights = (int16_t *)(void *)(sums + layer->output_width);
    int16_t *plane = weights + 2 * layer->kernel_height * pairs;
    for (uint32_t i = 0; i < channels; i++) {
        const uint32_t scale = layer->per_channel ? i : 0;
        const channel c = {weights, layer->kernel_width, pairs, layer->bias[i], layer->multiplier[scale], layer->shift[scale]};
        if (i % layer->depth_multiplier == 0) {
            copy_plane(layer, input + i / layer->depth_multiplier, plane);
        }
        widen_weights(layer, layer->weights + i * kernel_size, weights);
        const int16_t *from = plane;
        int8_t *to = output + i;
        for (uint32_t y = 0; y < layer->output_height; y++) {
            sum_row(layer, &c, from, sums);
            finish_row(layer, &c, sums, to);
            from += layer->stride_y * layer->plane_width;
            to += layer->output_width * channels;
        }
    }
}
