#include "ns_filters_dsp.h"

#include "ns_requantize_dsp.h"

#if NS_DSP_CORE

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* assembly reads them where they are passed */

/* Four taps of two channels at three positions: 24 products in 17 instructions of 4 bytes.
 * r0 patch, r1 weights, r2-r4 sums of 256 * A + B, r5-r7 sums of B, r8-r10 inputs. */
#define HALF_QUAD(weights)                                                                                            \
    "ldmia r0!, {r8, r9, r10}\n\t"                                                                                    \
    "sxtb16 lr, " weights "\n\t"                                                                                      \
    "smlad r2, " weights ", r8, r2\n\t"                                                                               \
    "smlad r3, " weights ", r9, r3\n\t"                                                                               \
    "smlad r4, " weights ", r10, r4\n\t"                                                                              \
    "smlad r5, lr, r8, r5\n\t"                                                                                        \
    "smlad r6, lr, r9, r6\n\t"                                                                                        \
    "smlad r7, lr, r10, r7\n\t"
#define QUAD "ldrd r11, r12, [r1], #8\n\t" HALF_QUAD("r11") HALF_QUAD("r12")
#define QUAD_BYTES 68u

/* ns_round_dsp on a doubled sum, in place; r0 is free. */
#define ROUND(sum, multiplier, shift, rounding)                                                                       \
    "add r0, " rounding ", " sum ", asr #31\n\t"                                                                      \
    "smmlar " sum ", " sum ", " multiplier ", r0\n\t"                                                                 \
    "asr " sum ", " sum ", " shift "\n\t"                                                                             \
    "ssat " sum ", #8, " sum ", asr #1\n\t"
#define FINISH(sum_a, sum_b)                                                                                          \
    "sub " sum_a ", " sum_a ", " sum_b "\n\t"                                                                         \
    "asr " sum_a ", " sum_a ", #7\n\t"                                                                                \
    "lsl " sum_b ", " sum_b ", #1\n\t" ROUND(sum_a, "r8", "r10", "r12") ROUND(sum_b, "r9", "r11", "lr")

/* All pairs of channels from `scales` to `end`. A function of its own in assembly, because it uses every register there
 * is: GCC would spill around the inner loop, and could not build it where a frame pointer is wanted. */
static NS_ASSEMBLY void run_pairs(const int16_t *patch, const int16_t *patch_end, const int32_t *scales,
                                  const int32_t *end, const int16_t *weights, int32_t rounding, int8_t *output,
                                  uint32_t second, uint32_t third, uint32_t skip)
{
    __asm__("push {r0-r11, lr}\n\t" /* sp: patch, patch_end, scales, end; 52: weights, rounding, output, ..., skip */
            "ldr r1, [sp, #52]\n\t"
            "ldr r8, [sp, #72]\n\t"
            "adr.w r9, 1f\n\t"
            "add r8, r8, r9\n\t"
            "orr r8, r8, #1\n\t"
            "str r8, [sp, #72]\n" /* where the unrolled loop is entered */
            "0:\n\t"
            "ldr r0, [sp, #8]\n\t"
            "ldrd r2, r5, [r0]\n\t"
            "ldr r0, [sp]\n\t"
            "mov r3, r2\n\t"
            "mov r4, r2\n\t"
            "mov r6, r5\n\t"
            "mov r7, r5\n\t"
            "ldr pc, [sp, #72]\n\t"
            ".balign 4\n" /* adr counts from an aligned pc */
            "1:\n\t" QUAD QUAD QUAD QUAD QUAD QUAD QUAD QUAD "ldr lr, [sp, #4]\n\t"
            "cmp r0, lr\n\t"
            "bne.w 1b\n\t"
            "ldr r12, [sp, #8]\n\t"
            "add r12, r12, #8\n\t"
            "ldmia r12!, {r8, r9, r10}\n\t" /* multipliers, shifts */
            "str r12, [sp, #8]\n\t"
            "ldr lr, [sp, #56]\n\t"
            "lsr r11, r10, #8\n\t"
            "uxtb r10, r10\n\t"
            "lsl r12, lr, r10\n\t"
            "lsl lr, lr, r11\n\t" FINISH("r2", "r5") FINISH("r3", "r6") FINISH("r4", "r7") "ldr r8, [sp, #60]\n\t"
            "ldrd r9, r10, [sp, #64]\n\t"
            "strb r3, [r8, r9]\n\t"
            "strb r4, [r8, r10]\n\t"
            "strb r2, [r8], #1\n\t"
            "strb r6, [r8, r9]\n\t"
            "strb r7, [r8, r10]\n\t"
            "strb r5, [r8], #1\n\t"
            "str r8, [sp, #60]\n\t"
            "ldrd r8, r9, [sp, #8]\n\t"
            "cmp r8, r9\n\t"
            "bne.w 0b\n\t"
            "add sp, sp, #16\n\t"
            "pop {r4-r11, pc}");
}

NS_ASSEMBLY int16_t *ns_filters_dsp_widen3(int16_t *patch, const int8_t *x0, const int8_t *x1, const int8_t *x2,
                                           uint32_t quads)
{
    __asm__("ldr r12, [sp]\n\t"
            "push {r4-r9}\n"
            "1:\n\t"
            "ldr r7, [r1], #4\n\t"
            "ldr r8, [r2], #4\n\t"
            "ldr r9, [r3], #4\n\t"
            "sxtb16 r4, r7\n\t"
            "sxtb16 r5, r8\n\t"
            "sxtb16 r6, r9\n\t"
            "sxtb16 r7, r7, ror #8\n\t"
            "sxtb16 r8, r8, ror #8\n\t"
            "sxtb16 r9, r9, ror #8\n\t"
            "stmia r0!, {r4-r9}\n\t"
            "subs r12, r12, #1\n\t"
            "bne 1b\n\t"
            "pop {r4-r9}\n\t"
            "bx lr");
}

#pragma GCC diagnostic pop

#else

#define QUAD_BYTES 0u

static void run_pairs(const int16_t *patch, const int16_t *patch_end, const int32_t *scales, const int32_t *end,
                      const int16_t *weights, int32_t rounding, int8_t *output, uint32_t second, uint32_t third,
                      uint32_t skip)
{
    const uint32_t at[3] = {0, second, third};
    (void)skip;
    for (; scales != end; scales += 5) {
        int32_t both[3] = {scales[0], scales[0], scales[0]};
        int32_t b[3] = {scales[1], scales[1], scales[1]};
        for (const int16_t *x = patch; x != patch_end; x += 6) {
            const int32_t word = ns_load_word(weights);
            for (uint32_t i = 0; i < 3; i++) {
                const int32_t inputs = ns_load_word(x + 2 * i);
                both[i] = ns_dot2(word, inputs, both[i]);
                b[i] = ns_dot2(ns_even_bytes(word), inputs, b[i]);
            }
            weights += 2;
        }
        const int32_t shift_a = scales[4] & 0xff;
        const int32_t shift_b = scales[4] >> 8;
        for (uint32_t i = 3; i-- > 0;) {
            output[at[i]] = ns_round_dsp((both[i] - b[i]) >> 7, scales[2], shift_a, rounding * (1 << shift_a));
            output[at[i] + 1] = ns_round_dsp(b[i] * 2, scales[3], shift_b, rounding * (1 << shift_b));
        }
        output += 2;
    }
}

int16_t *ns_filters_dsp_widen3(int16_t *patch, const int8_t *x0, const int8_t *x1, const int8_t *x2, uint32_t quads)
{
    for (; quads > 0; quads--) {
        const int32_t words[3] = {ns_load_word(x0), ns_load_word(x1), ns_load_word(x2)};
        for (uint32_t i = 0; i < 3; i++) {
            const int32_t even = ns_even_bytes(words[i]);
            const int32_t odd = ns_odd_bytes(words[i]);
            memcpy(patch + 2 * i, &even, sizeof even);
            memcpy(patch + 6 + 2 * i, &odd, sizeof odd);
        }
        patch += 12;
        x0 += 4;
        x1 += 4;
        x2 += 4;
    }
    return patch;
}

#endif

void ns_filters_dsp_run3(const ns_filters_dsp *filters, const int16_t *patch, int8_t *output, uint32_t second,
                         uint32_t third)
{
    const uint32_t taps = filters->taps;
    const uint32_t pairs = filters->channels / 2u;
    const int16_t *patch_end = patch + 3 * taps;
    const int32_t *end = filters->scales + 5 * pairs;
    const int32_t rounding = 2 * filters->output_zero_point + 1;
    const uint32_t skip = (0u - taps / 4) % 8 * QUAD_BYTES;
    if (pairs > 0) {
        run_pairs(patch, patch_end, filters->scales, end, filters->weights, rounding, output, second, third, skip);
    }
    if (filters->channels & 1) {
        int8_t both[6];
        run_pairs(patch, patch_end, end, end + 5, filters->weights + pairs * taps, rounding, both, 2, 4, skip);
        output += 2 * pairs;
        output[0] = both[0];
        output[second] = both[2];
        output[third] = both[4];
    }
}
