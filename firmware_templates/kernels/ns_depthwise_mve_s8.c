#include "ns_depthwise_mve_s8.h"

#include <stddef.h>

#include "ns_requantize_mve.h"

#define BLOCK 16u

/* What one call walks: a row of outputs of one block of channels. The assembly knows the places of the fields. */
typedef struct {
    const int8_t *weights; /* [kernel_height][kernel_width][16] */
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t low;
    int32_t high;
    uint32_t lanes;       /* channels that exist, at most 16 */
    const int8_t *ring;   /* the block's part of the first slot */
    const uint32_t *rows; /* [kernel_height]: bytes from there to the row of each row of the kernel */
} block;

static uint32_t blocks_of(const ns_depthwise_mve_s8 *layer)
{
    return (layer->channels + BLOCK - 1) / BLOCK;
}

/* `count` pixels of one block of channels; `lanes` of them exist. */
static int8_t *copy_pixels(int8_t *to, const int8_t *from, uint32_t count, uint32_t step, uint32_t lanes)
{
#if NS_MVE
    const mve_pred16_t exists = vctp8q(lanes);
    for (; count > 0; count--) {
        vstrbq_s8(to, vldrbq_z_s8(from, exists));
        to += BLOCK;
        from += step;
    }
#else
    for (; count > 0; count--) {
        memset(to, 0, BLOCK);
        memcpy(to, from, lanes < BLOCK ? lanes : BLOCK);
        to += BLOCK;
        from += step;
    }
#endif
    return to;
}

/* The same where several channels of the output read one of the input. */
static int8_t *repeat_pixels(int8_t *to, const int8_t *from, uint32_t count, uint32_t first, uint32_t lanes,
                             uint32_t times, uint32_t step)
{
    for (; count > 0; count--) {
        for (uint32_t lane = 0; lane < BLOCK; lane++) {
            *to++ = lane < lanes ? from[(first + lane) / times] : 0;
        }
        from += step;
    }
    return to;
}

/* Row y of the input, or of the padding, into a slot of the ring: [blocks][row_width][16]. */
static void copy_row(const ns_depthwise_mve_s8 *layer, const int8_t *input, int32_t y, int8_t *to)
{
    const uint32_t width = layer->row_width;
    if (y < 0 || y >= layer->input_height) {
        ns_mve_fill(to, layer->input_zero_point, blocks_of(layer) * width * BLOCK);
        return;
    }
    const uint32_t depth = (uint32_t)layer->channels / layer->depth_multiplier;
    const uint32_t left = layer->pad_left < width ? layer->pad_left : width;
    const uint32_t middle = width - left < layer->input_width ? width - left : layer->input_width;
    const int8_t *row = input + (uint32_t)y * layer->input_width * depth;
    for (uint32_t channel = 0; channel < layer->channels; channel += BLOCK) {
        const uint32_t lanes = layer->channels - channel;
        ns_mve_fill(to, layer->input_zero_point, left * BLOCK);
        to += left * BLOCK;
        if (layer->depth_multiplier == 1) {
            to = copy_pixels(to, row + channel, middle, depth, lanes);
        } else {
            to = repeat_pixels(to, row, middle, channel, lanes, layer->depth_multiplier, depth);
        }
        ns_mve_fill(to, layer->input_zero_point, (width - left - middle) * BLOCK);
        to += (width - left - middle) * BLOCK;
    }
}

#if NS_MVE

_Static_assert(offsetof(block, weights) == 0 && offsetof(block, multiplier) == 8 && offsetof(block, low) == 16, "places");

typedef struct {
    int32x4_t part[4];
} sums;

/* One tap, whose products are added to the sums at once: q4 input, q5 weights, q6 and q7 products. */
#define PRODUCTS "vmullb.s8 q6, q4, q5\n\tvmullt.s8 q7, q4, q5\n\t"
#define WIDEN                       \
    "vmovlb.s16 q4, q6\n\t"         \
    "vadd.i32 %q0, %q0, q4\n\t"     \
    "vmovlt.s16 q5, q6\n\t"         \
    "vadd.i32 %q1, %q1, q5\n\t"     \
    "vmovlb.s16 q4, q7\n\t"         \
    "vadd.i32 %q2, %q2, q4\n\t"     \
    "vmovlt.s16 q5, q7\n\t"         \
    "vadd.i32 %q3, %q3, q5\n\t"
/* A second tap at `x`, whose products are added to those of the first: two of them fit 16 bits. */
#define SECOND(x)                   \
    "vldrb.8 q4, " x "\n\t"         \
    "vldrb.8 q5, [%4], #16\n\t"     \
    "vmullb.s8 q4, q4, q5\n\t"      \
    "vadd.i16 q6, q6, q4\n\t"       \
    "vldrb.8 q4, " x "\n\t"         \
    "vmullt.s8 q4, q4, q5\n\t"      \
    "vadd.i16 q7, q7, q4\n\t"
#define FIRST(x) "vldrb.8 q4, " x "\n\tvldrb.8 q5, [%4], #16\n\t" PRODUCTS

/* A row of outputs of a 3 x 3 kernel whose taps lie side by side, narrow sums. Named as FIRST and the others want it:
 * q0 to q3 are the sums, %4 walks the weights, %5, %6 and %7 the rows; q6 and q7 end as the limits. */
static void run_row_3x3(const ns_depthwise_mve_s8 *layer, const block *part, int8_t *output)
{
    const int8_t *weights;
    const int8_t *a = part->ring + part->rows[0];
    const int8_t *b = part->ring + part->rows[1];
    const int8_t *c = part->ring + part->rows[2];
    const void *constants;
    register int32x4_t q0 __asm__("q0");
    register int32x4_t q1 __asm__("q1");
    register int32x4_t q2 __asm__("q2");
    register int32x4_t q3 __asm__("q3");
    register uint32_t left __asm__("lr") = layer->output_width;
    __asm__ volatile(
        "vctp.8 %15\n\t"
        "dls lr, lr\n"
        "1:\n\t"
        "ldrd %4, %8, [%11]\n\t" /* weights, bias */
        "vldrw.32 %q0, [%8]\n\t"
        "vldrw.32 %q1, [%8, #16]\n\t"
        "vldrw.32 %q2, [%8, #32]\n\t"
        "vldrw.32 %q3, [%8, #48]\n\t" FIRST("[%5]") SECOND("[%5, #16]") WIDEN /* */
        FIRST("[%5, #32]") SECOND("[%6]") WIDEN                                /* */
        FIRST("[%6, #16]") SECOND("[%6, #32]") WIDEN                           /* */
        FIRST("[%7]") SECOND("[%7, #16]") WIDEN                                /* */
        FIRST("[%7, #32]") WIDEN "ldrd %8, %4, [%11, #8]\n\t" /* multiplier, shift */
        "add %5, %5, %12\n\t"
        "add %6, %6, %12\n\t"
        "add %7, %7, %12\n\t"
        "vldrw.32 q4, [%8]\n\t"
        "vqrdmulh.s32 %q0, %q0, q4\n\t"
        "vldrw.32 q5, [%8, #16]\n\t"
        "vqrdmulh.s32 %q1, %q1, q5\n\t"
        "vldrw.32 q4, [%8, #32]\n\t"
        "vqrdmulh.s32 %q2, %q2, q4\n\t"
        "vldrw.32 q5, [%8, #48]\n\t"
        "vqrdmulh.s32 %q3, %q3, q5\n\t"
        "vshr.s32 q4, %q0, #31\n\t"
        "vadd.i32 %q0, %q0, q4\n\t"
        "vshr.s32 q5, %q1, #31\n\t"
        "vadd.i32 %q1, %q1, q5\n\t"
        "vshr.s32 q4, %q2, #31\n\t"
        "vadd.i32 %q2, %q2, q4\n\t"
        "vshr.s32 q5, %q3, #31\n\t"
        "vadd.i32 %q3, %q3, q5\n\t"
        "vldrb.s32 q4, [%4]\n\t"
        "vrshl.s32 %q0, %q0, q4\n\t"
        "vldrb.s32 q5, [%4, #4]\n\t"
        "vrshl.s32 %q1, %q1, q5\n\t"
        "vldrb.s32 q4, [%4, #8]\n\t"
        "vrshl.s32 %q2, %q2, q4\n\t"
        "vldrb.s32 q5, [%4, #12]\n\t"
        "vrshl.s32 %q3, %q3, q5\n\t"
        "vqmovnb.s32 %q0, %q0\n\t" /* even bytes to q0, odd ones to q2, 16 bits each; then all to q0 */
        "vqmovnt.s32 %q0, %q1\n\t"
        "vqmovnb.s32 %q2, %q2\n\t"
        "vqmovnt.s32 %q2, %q3\n\t"
        "ldrd %8, %4, [%11, #16]\n\t" /* limits */
        "vqadd.s16 %q0, %q0, %14\n\t"
        "vqadd.s16 %q2, %q2, %14\n\t"
        "vdup.8 q6, %8\n\t"
        "vqmovnb.s16 %q0, %q0\n\t"
        "vqmovnt.s16 %q0, %q2\n\t"
        "vmax.s8 %q0, %q0, q6\n\t"
        "vdup.8 q7, %4\n\t"
        "vmin.s8 %q0, %q0, q7\n\t"
        "vpst\n\t"
        "vstrbt.8 %q0, [%9]\n\t"
        "add %9, %9, %13\n\t"
        "le lr, 1b"
        : "=&w"(q0), "=&w"(q1), "=&w"(q2), "=&w"(q3), "=&l"(weights), "+r"(a), "+r"(b), "+r"(c), "=&r"(constants),
          "+r"(output), "+r"(left)
        : "r"(part), "r"(layer->stride_x * BLOCK), "r"((uint32_t)layer->channels),
          "r"((int32_t)layer->output_zero_point), "r"(part->lanes)
        : "q4", "q5", "q6", "q7", "p0", "cc", "memory");
}

/* Any kernel: pairs of taps in each row, then an odd last one. */
static inline sums sum_taps(const ns_depthwise_mve_s8 *layer, const block *part, uint32_t at)
{
    const int8_t *weights = part->weights;
    const uint32_t *rows = part->rows;
    const int8_t *x;
    uint32_t left = layer->kernel_height;
    register int32x4_t s0 __asm__("q0") = vldrwq_s32(part->bias);
    register int32x4_t s1 __asm__("q1") = vldrwq_s32(part->bias + 4);
    register int32x4_t s2 __asm__("q2") = vldrwq_s32(part->bias + 8);
    register int32x4_t s3 __asm__("q3") = vldrwq_s32(part->bias + 12);
    __asm__ volatile("1:\n\t"
                     "ldr %7, [%5], #4\n\t"
                     "add %7, %7, %8\n\t"
                     "wls lr, %10, 3f\n"
                     "2:\n\t" FIRST("[%7]") "add %7, %7, %9\n\t" SECOND("[%7]") "add %7, %7, %9\n\t" WIDEN
                     "le lr, 2b\n"
                     "3:\n\t"
                     "cmp %11, #0\n\t"
                     "beq 4f\n\t" FIRST("[%7]") WIDEN
                     "4:\n\t"
                     "subs %6, %6, #1\n\t"
                     "bne 1b"
                     : "+w"(s0), "+w"(s1), "+w"(s2), "+w"(s3), "+r"(weights), "+r"(rows), "+r"(left), "=&r"(x)
                     : "r"(part->ring + at), "r"(layer->dilation_x * BLOCK), "r"(layer->kernel_width / 2u),
                       "r"(layer->kernel_width & 1u)
                     : "lr", "cc", "q4", "q5", "q6", "q7", "memory");
    const sums result = {{s0, s1, s2, s3}};
    return result;
}

static inline int32x4_t scaled(int32x4_t x, const block *part, uint32_t number, uint32_t narrow)
{
    const int32x4_t multiplier = vldrwq_s32(part->multiplier + 4 * number);
    const int32x4_t shift = vldrbq_s32(part->shift + 4 * number);
    return narrow ? ns_scale_narrow_mve(x, multiplier, shift) : ns_scale_mve(x, multiplier, shift);
}

static inline void finish(const ns_depthwise_mve_s8 *layer, const block *part, sums x, uint32_t narrow, int8_t *output)
{
    int16x8_t even = vqmovnbq_s32(vuninitializedq_s16(), scaled(x.part[0], part, 0, narrow));
    even = vqaddq_n_s16(vqmovntq_s32(even, scaled(x.part[1], part, 1, narrow)), layer->output_zero_point);
    int16x8_t odd = vqmovnbq_s32(vuninitializedq_s16(), scaled(x.part[2], part, 2, narrow));
    odd = vqaddq_n_s16(vqmovntq_s32(odd, scaled(x.part[3], part, 3, narrow)), layer->output_zero_point);
    int8x16_t bytes = vqmovntq_s16(vqmovnbq_s16(vuninitializedq_s8(), even), odd);
    bytes = vmaxq_s8(bytes, vdupq_n_s8(layer->activation_min));
    bytes = vminq_s8(bytes, vdupq_n_s8(layer->activation_max));
    vstrbq_p_s8(output, bytes, vctp8q(part->lanes));
}

static void run_row(const ns_depthwise_mve_s8 *layer, const block *part, int8_t *output)
{
    if (layer->kernel_height == 3 && layer->kernel_width == 3 && layer->dilation_x == 1 && layer->narrow) {
        run_row_3x3(layer, part, output);
        return;
    }
    const uint32_t end = layer->output_width * layer->stride_x * BLOCK;
    for (uint32_t at = 0; at < end; at += layer->stride_x * BLOCK) {
        const sums x = sum_taps(layer, part, at);
        if (layer->narrow) {
            finish(layer, part, x, 1, output);
        } else {
            finish(layer, part, x, 0, output);
        }
        output += layer->channels;
    }
}

#else

static void run_row(const ns_depthwise_mve_s8 *layer, const block *part, int8_t *output)
{
    static const uint8_t lane_of[16] = {0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15};
    for (uint32_t x = 0; x < layer->output_width; x++) {
        const int8_t *weights = part->weights;
        int32_t total[16] = {0};
        for (uint32_t ky = 0; ky < layer->kernel_height; ky++) {
            const int8_t *pixel = part->ring + part->rows[ky] + x * layer->stride_x * BLOCK;
            for (uint32_t kx = 0; kx < layer->kernel_width; kx++) {
                for (uint32_t lane = 0; lane < BLOCK; lane++) {
                    total[lane] += pixel[lane] * weights[lane];
                }
                pixel += layer->dilation_x * BLOCK;
                weights += BLOCK;
            }
        }
        for (uint32_t i = 0; i < BLOCK; i++) {
            const uint32_t lane = lane_of[i];
            if (lane < part->lanes) {
                const int32_t scaled = ns_requantize(part->bias[i] + total[lane], part->multiplier[i], part->shift[i]);
                output[lane] = ns_clamp_s8(scaled + layer->output_zero_point, layer->activation_min,
                                           layer->activation_max);
            }
        }
        output += layer->channels;
    }
}

#endif

void ns_depthwise_mve_s8_run(const ns_depthwise_mve_s8 *layer, const int8_t *input, int8_t *output, uint32_t *scratch)
{
    int8_t *ring = (int8_t *)(scratch + layer->kernel_height);
    const uint32_t row_bytes = blocks_of(layer) * layer->row_width * BLOCK;
    const uint32_t taps = (uint32_t)layer->kernel_height * layer->kernel_width;
    uint32_t next = 0; /* row of the padded input that is copied next */
    for (uint32_t y = 0; y < layer->output_height; y++) {
        const uint32_t first = y * layer->stride_y;
        for (next = next < first ? first : next; next < first + layer->ring_height; next++) {
            copy_row(layer, input, (int32_t)next - layer->pad_top, ring + next % layer->ring_height * row_bytes);
        }
        for (uint32_t ky = 0; ky < layer->kernel_height; ky++) {
            scratch[ky] = (first + ky * layer->dilation_y) % layer->ring_height * row_bytes;
        }
        block part = {
            layer->weights,        layer->bias,           layer->multiplier, layer->shift,
            layer->activation_min, layer->activation_max, 0,                 ring,
            scratch,
        };
        for (uint32_t channel = 0; channel < layer->channels; channel += BLOCK) {
            part.lanes = layer->channels - channel;
            run_row(layer, &part, output + channel);
            part.ring += layer->row_width * BLOCK;
            part.weights += taps * BLOCK;
            part.bias += BLOCK;
            part.multiplier += BLOCK;
            part.shift += BLOCK;
        }
        output += layer->output_width * layer->channels;
    }
}
