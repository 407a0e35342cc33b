/* The multiply-accumulate core of ns_filters_s8.c without SIMD, which alone includes it: M0, M3, RV32.
 *
 * One multiplication serves both positions: a word of the patch is x0 + 65536 * x1 (ns_patch.h). Two taps' products
 * are summed before they are taken apart, and PAIR_OFFSET keeps both halves of that sum between 0 and 65535, for all
 * inputs and weights of int8: each half is at least 32767 - 2 * 128 * 127 and at most 32767 + 2 * 128 * 128. */
#ifndef NS_FILTERS_SCALAR_H
#define NS_FILTERS_SCALAR_H

#define PAIR_OFFSET UINT32_C(0x7fff7fff)

#if defined(__thumb__) && defined(__OPTIMIZE__)
#define NS_THUMB_CORE 1
#else
#define NS_THUMB_CORE 0
#endif

/* What `run_pairs` reads and moves on; assembly knows where each field stands. */
typedef struct {
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    const int16_t *patch;
    uint32_t row;    /* bytes of a pair's weights */
    uint32_t offset; /* minus what PAIR_OFFSET puts into each half of a sum */
    int8_t *output0;
    int8_t *output1;
    uint32_t step;     /* 1: a multiplier for each channel */
    int32_t rounding;  /* 2 * zero point + 1 */
    uint32_t channels; /* an even number, not 0 */
} pairs_run;

#if NS_THUMB_CORE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* assembly reads them where they are passed */
#endif

#if NS_THUMB_CORE && __ARM_ARCH_ISA_THUMB == 2

/* Two taps of a channel at both positions, the weights at r0: 4 products in 6 instructions. r12 is PAIR_OFFSET. */
#define TAPS(first, second, x0, x1, both, high)                                                                       \
    "ldrsb r3, [r0" first "\n\t"                                                                                      \
    "mla lr, r3, " x0 ", r12\n\t"                                                                                     \
    "ldrsb r3, [r0, #" second "]\n\t"                                                                                 \
    "mla lr, r3, " x1 ", lr\n\t"                                                                                      \
    "add " both ", " both ", lr\n\t"                                                                                  \
    "add " high ", " high ", lr, lsr #16\n\t"
/* Four taps of two channels at both positions: 16 products in 25 instructions. r1 patch, r4-r7 inputs. */
#define QUAD                                                                                                          \
    "ldmia r1!, {r4-r7}\n\t" TAPS("], #8", "-4", "r4", "r5", "r8", "r9")                                              \
    TAPS(", #-7]", "-3", "r4", "r5", "r10", "r11") TAPS(", #-6]", "-2", "r6", "r7", "r8", "r9")                       \
    TAPS(", #-5]", "-1", "r6", "r7", "r10", "r11")

#define ROUND(sum, multiplier, shift)                                                                                 \
    "smull r1, " sum ", " sum ", " multiplier "\n\t"                                                                  \
    "lsls r1, r1, #1\n\t"                                                                                             \
    "adc " sum ", " sum ", #0\n\t"                                                                                    \
    "add " sum ", " sum ", " sum ", asr #31\n\t"                                                                      \
    "asr " sum ", " sum ", " shift "\n\t"                                                                             \
    "add " sum ", " sum ", r12\n\t"                                                                                   \
    "ssat " sum ", #8, " sum ", asr #1\n\t"

/* All pairs of channels: ns_requantize_narrow of doubled sums, saturated. */
static NS_ASSEMBLY void run_pairs(const int8_t *weights, pairs_run *run)
{
    __asm__("push {r1, r4-r11, lr}\n"
            "0:\n\t"
            "ldr r3, [sp]\n\t"
            "ldrd r1, r2, [r3, #12]\n\t"
            "ldr r9, [r3, #20]\n\t"
            "mov r12, #0x7fff7fff\n\t"
            "add r8, r9, r9, lsl #16\n\t"
            "mov r10, r8\n\t"
            "mov r11, r9\n\t"
            "lsls lr, r2, #28\n\t"
            "add r2, r0, r2\n\t"
            "bmi 2f\n" /* an odd number of quads */
            "1:\n\t" QUAD "2:\n\t" QUAD "cmp r0, r2\n\t"
            "bne 1b\n\t"
            "ldr r3, [sp]\n\t"
            "ldmia r3, {r1, r2, r4}\n\t" /* bias, multiplier, shift */
            "ldr r12, [r3, #32]\n\t"
            "ldrd r5, r6, [r1], #8\n\t"
            "lsl r5, r5, #1\n\t"
            "lsl r6, r6, #1\n\t"
            "sub r8, r8, r9, lsl #16\n\t"
            "sub r10, r10, r11, lsl #16\n\t"
            "add r8, r5, r8, lsl #1\n\t"
            "add r9, r5, r9, lsl #1\n\t"
            "add r10, r6, r10, lsl #1\n\t"
            "add r11, r6, r11, lsl #1\n\t"
            "ldr r5, [r2]\n\t"
            "ldr r6, [r2, r12, lsl #2]\n\t"
            "ldrsb r7, [r4]\n\t"
            "ldrsb lr, [r4, r12]\n\t"
            "add r2, r2, r12, lsl #3\n\t"
            "add r4, r4, r12, lsl #1\n\t"
            "mvn r7, r7\n\t"
            "mvn lr, lr\n\t"
            "stmia r3, {r1, r2, r4}\n\t"
            "ldr r12, [r3, #36]\n\t" /* rounding */
            ROUND("r8", "r5", "r7") ROUND("r9", "r5", "r7") ROUND("r10", "r6", "lr") ROUND("r11", "r6", "lr")
            "ldrd r1, r2, [r3, #24]\n\t"
            "strb r8, [r1], #1\n\t"
            "strb r10, [r1], #1\n\t"
            "strb r9, [r2], #1\n\t"
            "strb r11, [r2], #1\n\t"
            "strd r1, r2, [r3, #24]\n\t"
            "ldr r1, [r3, #40]\n\t"
            "subs r1, r1, #2\n\t"
            "str r1, [r3, #40]\n\t"
            "bne 0b\n\t"
            "pop {r1, r4-r11, pc}");
}

#elif NS_THUMB_CORE

/* Two taps of a channel at both positions, the weights at r0 and r0 + 4: 4 products in 9 instructions. Bytes are loaded
 * with their sign only at a register's offset: r6 is 0, r7 is 4; r12 is PAIR_OFFSET. */
#define TAPS(both, high, next)                                                                                        \
    "ldrsb r2, [r0, r6]\n\t"                                                                                          \
    "muls r2, r4, r2\n\t"                                                                                             \
    "ldrsb r3, [r0, r7]\n\t"                                                                                          \
    "muls r3, r5, r3\n\t"                                                                                             \
    "adds r3, r3, r2\n\t"                                                                                             \
    "add r3, r12\n\t"                                                                                                 \
    "add " both ", r3\n\t"                                                                                            \
    "lsrs r3, r3, #16\n\t"                                                                                            \
    "add " high ", r3\n\t"                                                                                            \
    "adds r0, #" next "\n\t"
/* Four taps of two channels at both positions: 16 products in 42 instructions. r1 patch, r4 and r5 inputs. */
#define QUAD                                                                                                          \
    "ldmia r1!, {r4, r5}\n\t" TAPS("r8", "r9", "1") TAPS("r10", "r11", "1")                                           \
    "ldmia r1!, {r4, r5}\n\t" TAPS("r8", "r9", "1") TAPS("r10", "r11", "5")

/* ns_requantize_narrow of r0 into r1, saturated: the multiplier's halves are in r2 and r3, the shift in r6. */
#define ROUND(number)                                                                                                 \
    "asrs r1, r0, #16\n\t"                                                                                            \
    "uxth r0, r0\n\t"                                                                                                 \
    "mov r4, r0\n\t"                                                                                                  \
    "muls r4, r2, r4\n\t"                                                                                             \
    "lsrs r4, r4, #16\n\t"                                                                                            \
    "mov r5, r1\n\t"                                                                                                  \
    "muls r5, r2, r5\n\t"                                                                                             \
    "adds r5, r5, r4\n\t" /* what ns_multiply_high calls lower */                                                     \
    "muls r0, r3, r0\n\t"                                                                                             \
    "muls r1, r3, r1\n\t"                                                                                             \
    "asrs r4, r5, #16\n\t"                                                                                            \
    "adds r1, r1, r4\n\t"                                                                                             \
    "uxth r5, r5\n\t"                                                                                                 \
    "adds r0, r0, r5\n\t" /* middle */                                                                                \
    "asrs r4, r0, #16\n\t"                                                                                            \
    "adds r1, r1, r4\n\t" /* upper */                                                                                 \
    "lsls r0, r0, #17\n\t"                                                                                            \
    "adcs r1, r1, r1\n\t"                                                                                             \
    "lsls r0, r0, #1\n\t"                                                                                             \
    "movs r4, #0\n\t"                                                                                                 \
    "adcs r1, r1, r4\n\t"                                                                                             \
    "asrs r4, r1, #31\n\t"                                                                                            \
    "adds r1, r1, r4\n\t"                                                                                             \
    "asrs r1, r1, r6\n\t"                                                                                             \
    "add r1, r12\n\t"                                                                                                 \
    "asrs r1, r1, #1\n\t"                                                                                             \
    "sxtb r4, r1\n\t"                                                                                                 \
    "cmp r4, r1\n\t"                                                                                                  \
    "beq " number "f\n\t"                                                                                             \
    "asrs r1, r1, #31\n\t"                                                                                            \
    "movs r4, #127\n\t"                                                                                               \
    "eors r1, r1, r4\n" number ":\n\t"
#define STORE(pointer)                                                                                                \
    "ldr r4, [r7, #" pointer "]\n\t"                                                                                  \
    "strb r1, [r4]\n\t"                                                                                               \
    "adds r4, #1\n\t"                                                                                                 \
    "str r4, [r7, #" pointer "]\n\t"

/* All pairs of channels. */
static NS_ASSEMBLY void run_pairs(const int8_t *weights, pairs_run *run)
{
    __asm__(".syntax unified\n\t"
            "push {r1, r4-r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4-r7}\n\t"
            "mov lr, r0\n"
            "0:\n\t" /* sums */
            "mov r0, lr\n\t"
            "ldr r3, [sp, #16]\n\t"
            "ldr r1, [r3, #12]\n\t"
            "ldr r2, [r3, #16]\n\t"
            "adds r2, r2, r0\n\t"
            "mov lr, r2\n\t"
            "ldr r2, [r3, #20]\n\t"
            "mov r9, r2\n\t"
            "mov r11, r2\n\t"
            "lsls r4, r2, #16\n\t"
            "adds r2, r2, r4\n\t"
            "mov r8, r2\n\t"
            "mov r10, r2\n\t"
            "movs r2, #127\n\t"
            "lsls r2, r2, #8\n\t"
            "adds r2, #255\n\t"
            "lsls r4, r2, #16\n\t"
            "adds r2, r2, r4\n\t"
            "mov r12, r2\n\t"
            "movs r6, #0\n\t"
            "movs r7, #4\n"
            "1:\n\t" QUAD "cmp r0, lr\n\t"
            "bne 1b\n\t"
            "ldr r7, [sp, #16]\n\t"
            "ldr r3, [r7, #36]\n\t"
            "mov r12, r3\n"
            "2:\n\t" /* one channel's outputs */
            "ldr r0, [r7, #32]\n\t"
            "ldr r1, [r7, #8]\n\t"
            "movs r6, #0\n\t"
            "ldrsb r6, [r1, r6]\n\t"
            "mvns r6, r6\n\t"
            "adds r1, r1, r0\n\t"
            "str r1, [r7, #8]\n\t"
            "lsls r0, r0, #2\n\t"
            "ldr r1, [r7, #4]\n\t"
            "ldr r2, [r1]\n\t"
            "adds r1, r1, r0\n\t"
            "str r1, [r7, #4]\n\t"
            "asrs r3, r2, #16\n\t"
            "uxth r2, r2\n\t"
            "ldr r1, [r7]\n\t"
            "ldr r4, [r1]\n\t"
            "adds r1, #4\n\t"
            "str r1, [r7]\n\t"
            "mov r1, r9\n\t"
            "adds r5, r1, r4\n\t"
            "mov r9, r5\n\t"
            "lsls r1, r1, #16\n\t"
            "mov r0, r8\n\t"
            "subs r0, r0, r1\n\t"
            "adds r0, r0, r4\n\t" ROUND("3") STORE("24") "mov r0, r9\n\t" ROUND("4") STORE("28")
            "ldr r1, [r7, #40]\n\t"
            "subs r1, #1\n\t"
            "str r1, [r7, #40]\n\t"
            "beq 5f\n\t"
            "mov r8, r10\n\t"
            "mov r9, r11\n\t"
            "lsrs r1, r1, #1\n\t"
            "bcs 2b\n\t"
            "b 0b\n"
            "5:\n\t"
            "pop {r4-r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r1, r4-r7, pc}");
}

#else

/* Both positions' sums of one channel, modulo 2**32: sum0 + 65536 * sum1, and sum1 alone. */
typedef struct {
    uint32_t both;
    uint32_t high;
} packed_sums;

static inline void add_taps(packed_sums *sums, uint32_t x0, int32_t w0, uint32_t x1, int32_t w1)
{
    const uint32_t pair = x0 * (uint32_t)w0 + (x1 * (uint32_t)w1 + PAIR_OFFSET);
    sums->both += pair;
    sums->high += pair >> 16;
}

/* Takes packed sums apart and adds them; `offset` is what PAIR_OFFSET has put into each half. */
static inline void add_sums(packed_sums sums, uint32_t offset, int32_t *sum0, int32_t *sum1)
{
    *sum0 += (int32_t)(sums.both - (sums.high << 16) - offset);
    *sum1 += (int32_t)(sums.high - offset);
}

static inline void add_quads(const int8_t *weights, const int16_t *patch, uint32_t quads, packed_sums sums[2])
{
    packed_sums a = {0, 0}, b = {0, 0};
    const int8_t *end = weights + quads * 8u;
    while (weights != end) {
        const uint32_t x0 = (uint32_t)ns_load_word(__builtin_assume_aligned(patch, 4));
        const uint32_t x1 = (uint32_t)ns_load_word(__builtin_assume_aligned(patch + 2, 4));
        add_taps(&a, x0, weights[0], x1, weights[4]);
        add_taps(&b, x0, weights[1], x1, weights[5]);
        const uint32_t x2 = (uint32_t)ns_load_word(__builtin_assume_aligned(patch + 4, 4));
        const uint32_t x3 = (uint32_t)ns_load_word(__builtin_assume_aligned(patch + 6, 4));
        add_taps(&a, x2, weights[2], x3, weights[6]);
        add_taps(&b, x2, weights[3], x3, weights[7]);
        weights += 8;
        patch += 8;
    }
    sums[0] = a;
    sums[1] = b;
}

static inline void accumulate2(const int8_t *weights, const int16_t *patch, uint32_t quads, sums2 *sums)
{
    packed_sums packed[2];
    const uint32_t offset = quads * (2u * 0x7fffu);
    add_quads(weights, patch, quads, packed);
    add_sums(packed[0], offset, &sums->a0, &sums->a1);
    add_sums(packed[1], offset, &sums->b0, &sums->b1);
}

/* All pairs of channels, as the assembly does them. */
static void run_pairs(const int8_t *weights, pairs_run *run)
{
    const uint32_t step = run->step;
    const uint32_t quads = run->row / 8u;
    const int32_t zero = (run->rounding - 1) / 2;
    const int32_t *bias = run->bias;
    const int32_t *multiplier = run->multiplier;
    const int8_t *shift = run->shift;
    for (uint32_t left = run->channels; left > 0; left -= 2) {
        sums2 sums = {bias[0], bias[1], bias[0], bias[1]};
        accumulate2(weights, run->patch, quads, &sums);
        const int32_t multiplier_a = multiplier[0];
        const int32_t multiplier_b = multiplier[step];
        const int32_t shift_a = shift[0];
        const int32_t shift_b = shift[step];
        const int32_t a0 = ns_saturate_s8(ns_requantize_narrow(sums.a0, multiplier_a, shift_a, zero));
        const int32_t a1 = ns_saturate_s8(ns_requantize_narrow(sums.a1, multiplier_a, shift_a, zero));
        const int32_t b0 = ns_saturate_s8(ns_requantize_narrow(sums.b0, multiplier_b, shift_b, zero));
        const int32_t b1 = ns_saturate_s8(ns_requantize_narrow(sums.b1, multiplier_b, shift_b, zero));
        *run->output0++ = (int8_t)a0;
        *run->output0++ = (int8_t)b0;
        *run->output1++ = (int8_t)a1;
        *run->output1++ = (int8_t)b1;
        weights += run->row;
        bias += 2;
        multiplier += 2 * step;
        shift += 2 * step;
    }
}

#endif

#if NS_THUMB_CORE
#pragma GCC diagnostic pop
#endif

static __attribute__((noinline)) void clamp_outputs(int8_t *output, uint32_t count, int32_t low, int32_t high)
{
    for (; count > 0; count--) {
        *output = ns_clamp_s8(*output, low, high);
        output++;
    }
}

/* Both positions where every sum takes the short path: the usual case. */
static void run2_narrow(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1)
{
    const uint32_t channels = filters->channels;
    const uint32_t quads = filters->taps / 4u;
    const uint32_t even = channels & ~1u;
    const uint32_t scale = even * filters->per_channel;
    pairs_run run = {
        filters->bias, filters->multiplier, filters->shift, patch, quads * 8, 0u - quads * (2u * 0x7fffu), output0,
        output1, filters->per_channel, 2 * filters->output_zero_point + 1, even,
    };
    if (even > 0) {
        run_pairs(filters->weights, &run);
    }
    if (even != channels) { /* an odd last channel is paired with zeros */
        const int32_t bias[2] = {filters->bias[even], 0};
        int8_t last0[2], last1[2];
        run.bias = bias;
        run.multiplier = filters->multiplier + scale;
        run.shift = filters->shift + scale;
        run.output0 = last0;
        run.output1 = last1;
        run.step = 0;
        run.channels = 2;
        run_pairs(filters->weights + even * quads * 4, &run);
        output0[even] = last0[0];
        output1[even] = last1[0];
    }
    if (filters->activation_min > INT8_MIN || filters->activation_max < INT8_MAX) {
        clamp_outputs(output0, channels, filters->activation_min, filters->activation_max);
        clamp_outputs(output1, channels, filters->activation_min, filters->activation_max);
    }
}

/* Where a quad holds its taps 0 ... 3 of the first channel; the second channel's follow. */
static const uint8_t tap_at[4] = {0, 4, 2, 6};

/* Sums that may pass 2**30, or shifts to the left: rare, so it is small and not fast. */
static __attribute__((noinline)) void run2_wide(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0,
                                                int8_t *output1)
{
    const finisher f = finisher_of(filters);
    for (uint32_t c = 0; c < filters->channels; c++) {
        const uint32_t scale = c * filters->per_channel;
        const int8_t *weights = filters->weights + c / 2 * filters->taps * 2 + (c & 1u);
        int32_t sum0 = filters->bias[c], sum1 = sum0;
        for (uint32_t k = 0; k < filters->taps; k++) {
            const int32_t weight = weights[(k & ~3u) * 2 + tap_at[k & 3u]];
            const int32_t x0 = patch[2 * k];
            sum0 += x0 * weight;
            sum1 += (patch[2 * k + 1] - (x0 >> 15)) * weight; /* 1 less where x0 is negative: ns_patch.h */
        }
        output0[c] = finish(&f, sum0, f.multiplier[scale], f.shift[scale]);
        output1[c] = finish(&f, sum1, f.multiplier[scale], f.shift[scale]);
    }
}

void ns_filters_s8_run2(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1)
{
    if (filters->narrow) {
        run2_narrow(filters, patch, output0, output1);
    } else {
        run2_wide(filters, patch, output0, output1);
    }
}

void ns_filters_s8_run1(const ns_filters_s8 *filters, const int8_t *input, uint32_t inputs, int8_t *output)
{
    const finisher f = finisher_of(filters);
    for (uint32_t c = 0; c < filters->channels; c++) {
        const uint32_t scale = c * filters->per_channel;
        const int8_t *weights = filters->weights + c / 2 * filters->taps * 2 + (c & 1u);
        int32_t sum = filters->bias[c];
        for (uint32_t k = 0; k < inputs; k++) {
            sum += input[k] * weights[(k & ~3u) * 2 + tap_at[k & 3u]];
        }
        output[c] = finish(&f, sum, f.multiplier[scale], f.shift[scale]);
    }
}

#endif
