#include "ns_dense_dsp_s8.h"

#include "ns_clamp_dsp.h"
#include "ns_requantize_dsp.h"

#if NS_DSP_CORE

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* assembly reads them where they are passed */

/* Two taps of a pair of channels. */
#define PAIR(weights, inputs, both, second)                                                                           \
    "sxtb16 lr, " weights "\n\t"                                                                                      \
    "smlad " both ", " weights ", " inputs ", " both "\n\t"                                                           \
    "smlad " second ", lr, " inputs ", " second "\n\t"

/* Four taps of four channels: 16 products in 16 instructions. */
#define QUAD                                                                                                          \
    "ldr r3, [r1], #4\n\t"                                                                                            \
    "ldmia r0!, {r8-r11}\n\t"                                                                                         \
    "sxtb16 r12, r3\n\t"                                                                                              \
    "sxtb16 r3, r3, ror #8\n\t" PAIR("r8", "r12", "r4", "r5") PAIR("r9", "r3", "r4", "r5")                            \
        PAIR("r10", "r12", "r6", "r7") PAIR("r11", "r3", "r6", "r7")

/* ns_round_dsp on a doubled sum: r8 and r9 walk over multipliers and shifts, r12 over outputs. */
#define FINISH(sum)                                                                                                   \
    "ldrsb r1, [r9]\n\t"                                                                                              \
    "ldr r2, [r8]\n\t"                                                                                                \
    "add r9, r9, r10\n\t"                                                                                             \
    "add r8, r8, r10, lsl #2\n\t"                                                                                     \
    "lsl r3, r11, r1\n\t"                                                                                             \
    "add r3, r3, " sum ", asr #31\n\t"                                                                                \
    "smmlar " sum ", " sum ", r2, r3\n\t"                                                                             \
    "asr " sum ", " sum ", r1\n\t"                                                                                    \
    "ssat " sum ", #8, " sum ", asr #1\n\t"                                                                           \
    "strb " sum ", [r12], #1\n\t"

/* All groups of four channels up to `end` of the output; `last` is a quad behind the others, or null. In assembly
 * because it takes every register. */
static NS_ASSEMBLY void run_fours(const int16_t *weights, const int8_t *input, uint32_t quads, const int32_t *bias,
                                  const int32_t *multiplier, const int8_t *shift, uint32_t step, int32_t rounding,
                                  int8_t *output, const int8_t *end, const int8_t *last)
{
    __asm__("push {r0-r11, lr}\n" /* sp: weights, input, quads, bias; 52: multiplier, shift, step, rounding, ... */
            "0:\n\t"
            "ldr r3, [sp, #12]\n\t"
            "ldmia r3!, {r4-r7}\n\t"
            "str r3, [sp, #12]\n\t"
            "add r4, r5, r4, lsl #8\n\t" /* sums: 256 * A + B, B, 256 * C + D, D */
            "add r6, r7, r6, lsl #8\n\t"
            "ldrd r1, r2, [sp, #4]\n\t"
            "lsrs r2, r2, #1\n\t"
            "bcc 1f\n\t" QUAD "1:\n\t"
            "lsrs r2, r2, #1\n\t"
            "bcc.w 2f\n\t" QUAD QUAD "2:\n\t" /* keeps the flags */
            "beq.w 3f\n"
            "1:\n\t" QUAD QUAD QUAD QUAD "subs r2, r2, #1\n\t"
            "bne.w 1b\n"
            "3:\n\t"
            "ldr r1, [sp, #76]\n\t"
            "cbz r1, 4f\n\t" QUAD "4:\n\t"
            "sub r4, r4, r5\n\t"
            "asr r4, r4, #7\n\t"
            "lsl r5, r5, #1\n\t"
            "sub r6, r6, r7\n\t"
            "asr r6, r6, #7\n\t"
            "lsl r7, r7, #1\n\t"
            "ldrd r8, r9, [sp, #52]\n\t"
            "ldrd r10, r11, [sp, #60]\n\t"
            "ldr r12, [sp, #68]\n\t" FINISH("r4") FINISH("r5") FINISH("r6") FINISH("r7") "strd r8, r9, [sp, #52]\n\t"
            "str r12, [sp, #68]\n\t"
            "ldr r1, [sp, #72]\n\t"
            "cmp r12, r1\n\t"
            "bne.w 0b\n\t"
            "add sp, sp, #16\n\t"
            "pop {r4-r11, pc}");
}

#pragma GCC diagnostic pop

#else

static const int16_t *add_quad(const int16_t *weights, const int8_t *input, int32_t sums[4])
{
    const int32_t word = ns_load_word(input);
    const int32_t inputs[2] = {ns_even_bytes(word), ns_odd_bytes(word)};
    for (uint32_t i = 0; i < 4; i++) {
        const int32_t pair = ns_load_word(weights + 2 * i);
        int32_t *sum = sums + (i & 2u);
        sum[0] = ns_dot2(pair, inputs[i & 1u], sum[0]);
        sum[1] = ns_dot2(ns_even_bytes(pair), inputs[i & 1u], sum[1]);
    }
    return weights + 8;
}

static void run_fours(const int16_t *weights, const int8_t *input, uint32_t quads, const int32_t *bias,
                      const int32_t *multiplier, const int8_t *shift, uint32_t step, int32_t rounding, int8_t *output,
                      const int8_t *end, const int8_t *last)
{
    while (output != end) {
        int32_t sums[4] = {256 * bias[0] + bias[1], bias[1], 256 * bias[2] + bias[3], bias[3]};
        for (uint32_t quad = 0; quad < quads; quad++) {
            weights = add_quad(weights, input + 4 * quad, sums);
        }
        if (last) {
            weights = add_quad(weights, last, sums);
        }
        const int32_t doubled[4] = {(sums[0] - sums[1]) >> 7, sums[1] * 2, (sums[2] - sums[3]) >> 7, sums[3] * 2};
        for (uint32_t i = 0; i < 4; i++) {
            *output++ = ns_round_dsp(doubled[i], *multiplier, *shift, rounding * (1 << *shift));
            multiplier += step;
            shift += step;
        }
        bias += 4;
    }
}

#endif

void ns_dense_dsp_s8_run(const ns_dense_dsp_s8 *layer, const int8_t *input, int8_t *output)
{
    const uint32_t quads = layer->inputs / 4u;
    const uint32_t rest = layer->inputs % 4u;
    const uint32_t whole = layer->channels & ~3u; /* channels in groups of four */
    const uint32_t step = layer->per_channel;
    const int32_t rounding = 2 * layer->output_zero_point + 1;
    int8_t quad[4] = {0};
    const int8_t *last = rest > 0 ? quad : 0;
    for (uint32_t i = 0; i < rest; i++) {
        quad[i] = input[4 * quads + i];
    }
    if (whole > 0) {
        run_fours(layer->weights, input, quads, layer->bias, layer->multiplier, layer->shift, step, rounding, output,
                  output + whole, last);
    }
    if (whole != layer->channels) {
        int8_t four[4];
        run_fours(layer->weights + whole * 2 * (quads + (rest > 0)), input, quads, layer->bias + whole,
                  layer->multiplier + whole * step, layer->shift + whole * step, step, rounding, four, four + 4, last);
        for (uint32_t i = whole; i < layer->channels; i++) {
            output[i] = four[i - whole];
        }
    }
    ns_clamp_dsp(output, layer->channels, layer->activation_min, layer->activation_max);
}
