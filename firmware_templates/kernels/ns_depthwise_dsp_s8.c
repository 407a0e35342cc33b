#include "ns_depthwise_dsp_s8.h"

#include "ns_clamp_dsp.h"
#include "ns_requantize_dsp.h"

/* What turns a channel's doubled sums into outputs, in the order in which assembly loads it. */
typedef struct {
    int32_t multiplier;
    int32_t shift;
    int32_t rounding; /* (2 * zero point + 1) * 2**shift */
    int32_t bias;     /* doubled */
} scale;

/* What all groups of four channels share. */
typedef struct {
    const ns_depthwise_dsp_s8 *layer;
    int32_t *sums;
    int16_t *weights; /* [4][kernel_height][pairs][2], doubled */
    int16_t *ring;    /* [ring_height][4][ring_width] */
    uint32_t pairs;   /* of taps in a row of the kernel; an odd last tap is paired with 0 */
    int32_t is_3x3;   /* weights of a row are then (0, 1) and (1, 2) */
} workspace;

#if NS_DSP_CORE

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* assembly reads them where they are passed */

/* One row of a 3x3 kernel for two neighboring outputs. */
#define TWO_OUTPUTS(row, w01, w12)                                                                                    \
    "ldrd r10, r11, [" row "], #4\n\t"                                                                                \
    "smlad r12, r10, " w01 ", r12\n\t"                                                                                \
    "smlatb lr, r10, " w01 ", lr\n\t"                                                                                 \
    "smlabt r12, r11, " w12 ", r12\n\t"                                                                               \
    "smlad lr, r11, " w12 ", lr\n\t"

/* The sums of one output row of a 3x3 kernel, stride 1, two at a time up to `end`. */
static NS_ASSEMBLY void sum_3x3(int32_t *sums, const int16_t *row0, const int16_t *row1, const int16_t *row2,
                                const int16_t *weights, const int32_t *end)
{
    __asm__("push {r4-r11, lr}\n\t"
            "ldr r12, [sp, #36]\n\t"
            "ldmia r12, {r4-r9}\n"
            "1:\n\t"
            "ldrd r10, r11, [r1], #4\n\t"
            "smuad r12, r10, r4\n\t"
            "smultb lr, r10, r4\n\t"
            "smlabt r12, r11, r5, r12\n\t"
            "smlad lr, r11, r5, lr\n\t" TWO_OUTPUTS("r2", "r6", "r7") TWO_OUTPUTS("r3", "r8", "r9")
            "strd r12, lr, [r0], #8\n\t"
            "ldr r10, [sp, #40]\n\t"
            "cmp r0, r10\n\t"
            "bcc 1b\n\t"
            "pop {r4-r11, pc}");
}

/* The same for stride 2, one at a time. */
static NS_ASSEMBLY void sum_3x3_stride2(int32_t *sums, const int16_t *row0, const int16_t *row1, const int16_t *row2,
                                        const int16_t *weights, const int32_t *end)
{
    __asm__("push {r4-r11, lr}\n\t"
            "ldr r12, [sp, #36]\n\t"
            "ldr lr, [sp, #40]\n\t"
            "ldmia r12, {r4-r9}\n"
            "1:\n\t"
            "ldrd r10, r11, [r1], #4\n\t"
            "smuad r12, r10, r4\n\t"
            "smlabt r12, r11, r5, r12\n\t"
            "ldrd r10, r11, [r2], #4\n\t"
            "smlad r12, r10, r6, r12\n\t"
            "smlabt r12, r11, r7, r12\n\t"
            "ldrd r10, r11, [r3], #4\n\t"
            "smlad r12, r10, r8, r12\n\t"
            "smlabt r12, r11, r9, r12\n\t"
            "str r12, [r0], #4\n\t"
            "cmp r0, lr\n\t"
            "bcc 1b\n\t"
            "pop {r4-r11, pc}");
}

#define ROUND(sum)                                                                                                    \
    "add " sum ", " sum ", r7\n\t"                                                                                    \
    "add r12, r6, " sum ", asr #31\n\t"                                                                               \
    "smmlar " sum ", " sum ", r4, r12\n\t"                                                                            \
    "asr " sum ", " sum ", r5\n\t"                                                                                    \
    "ssat " sum ", #8, " sum ", asr #1\n\t"

static NS_ASSEMBLY void finish_row(const int32_t *sums, const int32_t *end, int8_t *output, uint32_t step,
                                   const scale *how)
{
    __asm__("ldr r12, [sp]\n\t"
            "push {r4-r9}\n\t"
            "ldmia r12, {r4-r7}\n\t"
            "sub r1, r1, r0\n\t"
            "lsrs r1, r1, #3\n\t" /* pairs; the carry says that one is left over, which goes first */
            "bcc 1f\n\t"
            "ldr r8, [r0], #4\n\t" ROUND("r8") "strb r8, [r2]\n\t"
            "add r2, r2, r3\n"
            "1:\n\t"
            "cbz r1, 3f\n"
            "2:\n\t"
            "ldrd r8, r9, [r0], #8\n\t" ROUND("r8") ROUND("r9") "strb r8, [r2]\n\t"
            "strb r9, [r2, r3]\n\t"
            "add r2, r2, r3, lsl #1\n\t"
            "subs r1, r1, #1\n\t"
            "bne 2b\n"
            "3:\n\t"
            "pop {r4-r9}\n\t"
            "bx lr");
}

#pragma GCC diagnostic pop

/* The low halfword of x and that of y. */
static inline int32_t low_halves(int32_t x, int32_t y)
{
    int32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(x), "r"(y));
    return pair;
}

static inline int32_t high_halves(int32_t x, int32_t y)
{
    int32_t pair;
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(pair) : "r"(x), "r"(y));
    return pair;
}

#else

static void sum_rows(int32_t *sums, const int16_t *const rows[3], const int16_t *weights, const int32_t *end,
                     uint32_t stride)
{
    for (uint32_t i = 0; sums < end; i += stride) {
        int32_t sum = 0;
        for (uint32_t ky = 0; ky < 3; ky++) {
            const int16_t *x = rows[ky] + i;
            const int16_t *w = weights + 4 * ky;
            sum += x[0] * w[0] + x[1] * w[1] + x[2] * w[3];
        }
        *sums++ = sum;
    }
}

static void sum_3x3(int32_t *sums, const int16_t *row0, const int16_t *row1, const int16_t *row2,
                    const int16_t *weights, const int32_t *end)
{
    sum_rows(sums, (const int16_t *const[3]){row0, row1, row2}, weights, end, 1);
}

static void sum_3x3_stride2(int32_t *sums, const int16_t *row0, const int16_t *row1, const int16_t *row2,
                            const int16_t *weights, const int32_t *end)
{
    sum_rows(sums, (const int16_t *const[3]){row0, row1, row2}, weights, end, 2);
}

static void finish_row(const int32_t *sums, const int32_t *end, int8_t *output, uint32_t step, const scale *how)
{
    for (; sums < end; sums++) {
        *output = ns_round_dsp(*sums + how->bias, how->multiplier, how->shift, how->rounding);
        output += step;
    }
}

static inline int32_t low_halves(int32_t x, int32_t y)
{
    return (int32_t)(((uint32_t)x & 0xffffu) | (uint32_t)y << 16);
}

static inline int32_t high_halves(int32_t x, int32_t y)
{
    return (int32_t)((uint32_t)x >> 16 | ((uint32_t)y & 0xffff0000u));
}

#endif

static void fill(int16_t *to, int16_t value, uint32_t count)
{
    for (; count > 0; count--) {
        *to++ = value;
    }
}

static inline void put_pixel(int16_t *to, uint32_t pitch, const int8_t *from)
{
    to[0] = from[0];
    to[pitch] = from[1];
    to[2 * pitch] = from[2];
    to[3 * pitch] = from[3];
}

static inline void put_pair(int16_t *to, int32_t pair)
{
    memcpy(__builtin_assume_aligned(to, 4), &pair, sizeof pair);
}

/* Spreads a row of the input over four planes, two pixels at a time where the planes are aligned. */
static void spread(const ns_depthwise_dsp_s8 *layer, const int8_t *from, int16_t *row)
{
    const uint32_t pitch = layer->ring_width;
    const uint32_t step = layer->input_step_x;
    const uint32_t left = layer->pad_left < pitch ? layer->pad_left : pitch;
    uint32_t count = pitch - left < layer->input_width ? pitch - left : layer->input_width;
    int16_t *c0 = row + left;
    if ((left & 1) && count > 0) {
        put_pixel(c0, pitch, from);
        c0++;
        from += step;
        count--;
    }
    int16_t *c1 = c0 + pitch;
    int16_t *c2 = c1 + pitch;
    int16_t *c3 = c2 + pitch;
    for (; count >= 2; count -= 2) {
        const int32_t first = ns_load_word(from);
        const int32_t second = ns_load_word(from + step);
        const int32_t even0 = ns_even_bytes(first), odd0 = ns_odd_bytes(first);
        const int32_t even1 = ns_even_bytes(second), odd1 = ns_odd_bytes(second);
        put_pair(c0, low_halves(even0, even1));
        put_pair(c1, low_halves(odd0, odd1));
        put_pair(c2, high_halves(even0, even1));
        put_pair(c3, high_halves(odd0, odd1));
        c0 += 2;
        c1 += 2;
        c2 += 2;
        c3 += 2;
        from += 2 * step;
    }
    if (count > 0) {
        put_pixel(c0, pitch, from);
    }
}

/* Doubled weights of one channel. */
static int16_t *widen_weights(const workspace *work, const int8_t *weights, int16_t *to)
{
    const uint32_t width = work->layer->kernel_width;
    for (uint32_t ky = work->layer->kernel_height; ky > 0; ky--) {
        if (work->is_3x3) {
            to[0] = (int16_t)(weights[0] * 2);
            to[1] = to[2] = (int16_t)(weights[1] * 2);
            to[3] = (int16_t)(weights[2] * 2);
            to += 4;
            weights += 3;
            continue;
        }
        for (uint32_t kx = width; kx > 0; kx--) {
            *to++ = (int16_t)(*weights++ * 2);
        }
        if (width & 1) {
            *to++ = 0;
        }
    }
    return to;
}

/* Adds `pairs` pairs of neighboring taps to the sums of one output row. */
static inline void add_pairs(int32_t *restrict sums, const int16_t *restrict x, const int16_t *restrict weights,
                             uint32_t count, uint32_t stride, uint32_t pairs)
{
    int32_t w[4];
    memcpy(w, __builtin_assume_aligned(weights, 4), pairs * 4);
    for (; count > 0; count--) {
        int32_t sum = *sums;
#pragma GCC unroll 4
        for (uint32_t pair = 0; pair < pairs; pair++) {
            sum = ns_dot2(ns_load_word(x + 2 * pair), w[pair], sum);
        }
        *sums++ = sum;
        x += stride;
    }
}

/* Adds one row of the kernel, at most eight taps at a time. */
static void add_row(const workspace *work, const int16_t *x, const int16_t *weights)
{
    const uint32_t count = work->layer->output_width;
    const uint32_t stride = work->layer->stride_x;
    uint32_t left = work->pairs;
    for (; left >= 4; left -= 4) {
        add_pairs(work->sums, x, weights, count, stride, 4);
        x += 8;
        weights += 8;
    }
    switch (left) {
    case 3:
        add_pairs(work->sums, x, weights, count, stride, 3);
        break;
    case 2:
        add_pairs(work->sums, x, weights, count, stride, 2);
        break;
    case 1:
        add_pairs(work->sums, x, weights, count, stride, 1);
        break;
    default:
        break;
    }
}

static void add_dilated_row(const workspace *work, const int16_t *x, const int16_t *weights)
{
    for (uint32_t tap = 0; tap < work->layer->kernel_width; tap++) {
        for (uint32_t i = 0; i < work->layer->output_width; i++) {
            work->sums[i] += x[i * work->layer->stride_x] * weights[tap];
        }
        x += work->layer->dilation_x;
    }
}

/* The row of the ring that is `down` rows below `slot`, at the first of the four channels. */
static inline const int16_t *ring_row(const workspace *work, uint32_t slot, uint32_t down)
{
    const uint32_t height = work->layer->ring_height;
    uint32_t row = slot + down;
    row -= row >= height ? height : 0;
    return work->ring + row * 4 * work->layer->ring_width;
}

/* The sums of one output row of one channel, without the bias; `slot` is where its first row stands in the ring. */
static void sum_row(const workspace *work, uint32_t slot, uint32_t channel)
{
    const ns_depthwise_dsp_s8 *layer = work->layer;
    const int16_t *weights = work->weights + channel * layer->kernel_height * work->pairs * 2;
    for (uint32_t i = 0; i < layer->output_width; i++) {
        work->sums[i] = 0;
    }
    for (uint32_t ky = 0; ky < layer->kernel_height; ky++) {
        const int16_t *row = ring_row(work, slot, ky * layer->dilation_y) + channel * layer->ring_width;
        if (layer->dilation_x == 1) {
            add_row(work, row, weights);
        } else {
            add_dilated_row(work, row, weights);
        }
        weights += 2 * work->pairs;
    }
}

/* One output row of four channels. */
static void run_row(const workspace *work, uint32_t slot, int8_t *output, const scale *scales)
{
    const ns_depthwise_dsp_s8 *layer = work->layer;
    int32_t *sums = work->sums;
    const int32_t *end = sums + layer->output_width;
    const uint32_t step = layer->output_step_x;
    if (!work->is_3x3) {
        for (uint32_t channel = 0; channel < 4; channel++) {
            sum_row(work, slot, channel);
            finish_row(sums, end, output + channel, step, scales + channel);
        }
        return;
    }
    const int16_t *row0 = ring_row(work, slot, 0);
    const int16_t *row1 = ring_row(work, slot, layer->dilation_y);
    const int16_t *row2 = ring_row(work, slot, 2u * layer->dilation_y);
    const int16_t *weights = work->weights;
    const uint32_t pitch = layer->ring_width;
    const uint32_t stride = layer->stride_x;
    for (const int8_t *last = output + 4; output != last; output++) {
        if (stride == 1) {
            sum_3x3(sums, row0, row1, row2, weights, end);
        } else {
            sum_3x3_stride2(sums, row0, row1, row2, weights, end);
        }
        finish_row(sums, end, output, step, scales++);
        row0 += pitch;
        row1 += pitch;
        row2 += pitch;
        weights += 12;
    }
}

/* Weights and scales of the four channels from `channel` on. */
static void prepare(const workspace *work, uint32_t channel, scale scales[4])
{
    const ns_depthwise_dsp_s8 *layer = work->layer;
    const uint32_t size = (uint32_t)layer->kernel_height * layer->kernel_width;
    const int8_t *weights = layer->weights + channel * size;
    int16_t *to = work->weights;
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t at = layer->per_channel ? channel + i : 0;
        scales[i].multiplier = layer->multiplier[at];
        scales[i].shift = layer->shift[at];
        scales[i].rounding = (2 * layer->output_zero_point + 1) * (1 << scales[i].shift);
        scales[i].bias = layer->bias[channel + i] * 2;
        to = widen_weights(work, weights, to);
        weights += size;
    }
}

/* Four channels. */
static void run_group(const workspace *work, const int8_t *input, int8_t *output, const scale scales[4])
{
    const ns_depthwise_dsp_s8 *layer = work->layer;
    const uint32_t height = layer->ring_height;
    const uint32_t row_size = 4u * layer->ring_width;
    int32_t y = -(int32_t)layer->pad_top; /* of the input, that is loaded next */
    uint32_t load_slot = 0;
    uint32_t slot = 0; /* of the first row that the output row reads */
    uint32_t missing = height;
    for (uint32_t left = layer->output_height; left > 0; left--) {
        for (; missing > 0; missing--) {
            int16_t *row = work->ring + load_slot * row_size;
            if (y < 0 || y >= layer->input_height) {
                fill(row, layer->input_zero_point, row_size);
            } else {
                spread(layer, input + (uint32_t)y * layer->input_step_y, row);
            }
            load_slot = load_slot + 1 < height ? load_slot + 1 : 0;
            y++;
        }
        run_row(work, slot, output, scales);
        output += layer->output_step_y;
        missing = layer->stride_y;
        slot = (slot + missing) % height;
    }
}

void ns_depthwise_dsp_s8_run(const ns_depthwise_dsp_s8 *layer, const int8_t *input, int8_t *output, int32_t *scratch)
{
    const uint32_t pairs = (layer->kernel_width + 1u) / 2;
    int16_t *weights = (int16_t *)(void *)(scratch + ((layer->output_width + 1u) & ~1u));
    const workspace work = {
        .layer = layer,
        .sums = scratch,
        .weights = weights,
        .ring = weights + 8 * layer->kernel_height * pairs,
        .pairs = pairs,
        .is_3x3 = layer->kernel_height == 3 && layer->kernel_width == 3 && layer->dilation_x == 1 &&
                  layer->stride_x <= 2,
    };
    fill(work.ring, layer->input_zero_point, 4u * layer->ring_height * layer->ring_width); /* the borders stay */
    for (uint32_t channel = 0; channel < layer->channels; channel += 4) {
        scale scales[4];
        prepare(&work, channel, scales);
        run_group(&work, input + channel, output + channel, scales);
    }
    ns_clamp_dsp(output, (uint32_t)layer->output_height * layer->output_width * layer->channels, layer->activation_min,
                 layer->activation_max);
}
