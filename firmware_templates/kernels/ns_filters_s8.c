#include "ns_filters_s8.h"

#include "ns_patch.h"
#include "ns_requantize.h"

/* Sums of one pair of channels at both positions. */
typedef struct {
    int32_t a0;
    int32_t b0;
    int32_t a1;
    int32_t b1;
} sums2;

/* What turns sums into outputs; copied from the parameters, which the compiler must reload after each output. */
typedef struct {
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t zero_point;
    int32_t low;
    int32_t high;
    int32_t clamps;
    int32_t narrow;
} finisher;

static inline finisher finisher_of(const ns_filters_s8 *filters)
{
    const finisher f = {
        .multiplier = filters->multiplier,
        .shift = filters->shift,
        .zero_point = filters->output_zero_point,
        .low = filters->activation_min,
        .high = filters->activation_max,
        .clamps = filters->activation_min > INT8_MIN || filters->activation_max < INT8_MAX,
        .narrow = filters->narrow,
    };
    return f;
}

/* What does not fit the short path: large accumulators, or scales of 1/2 and more. */
static __attribute__((noinline)) int32_t requantize_wide(int32_t sum, int32_t multiplier, int32_t shift)
{
    return ns_requantize(sum, multiplier, shift);
}

static inline int8_t finish(const finisher *f, int32_t sum, int32_t multiplier, int32_t shift)
{
    const int32_t x = f->narrow ? ns_requantize_narrow(sum, multiplier, shift, f->zero_point)
                                : requantize_wide(sum, multiplier, shift) + f->zero_point;
    return ns_activate_s8(x, f->clamps, f->low, f->high);
}

#if NS_DSP

static inline void quad1(const int8_t *weights, int32_t even, int32_t odd, int32_t *a, int32_t *b)
{
    const int32_t first = ns_load_word(__builtin_assume_aligned(weights, 4));
    const int32_t second = ns_load_word(__builtin_assume_aligned(weights + 4, 4));
    *a = ns_dot2(ns_even_bytes(second), odd, ns_dot2(ns_even_bytes(first), even, *a));
    *b = ns_dot2(ns_odd_bytes(second), odd, ns_dot2(ns_odd_bytes(first), even, *b));
}

#if NS_DSP_CORE

/* Four taps, two channels, two positions: 16 products in 14 instructions. */
#define QUAD                                                                                                          \
    "ldrd %[first], %[second], [%[weights]], #8\n\t"                                                                  \
    "ldmia %[patch]!, {r8, r9, r10, r11}\n\t"                                                                         \
    "sxtb16 %[even], %[first]\n\t"                                                                                    \
    "sxtb16 %[first], %[first], ror #8\n\t"                                                                           \
    "smlad %[a0], %[even], r8, %[a0]\n\t"                                                                             \
    "smlad %[a1], %[even], r9, %[a1]\n\t"                                                                             \
    "smlad %[b0], %[first], r8, %[b0]\n\t"                                                                            \
    "smlad %[b1], %[first], r9, %[b1]\n\t"                                                                            \
    "sxtb16 %[even], %[second]\n\t"                                                                                   \
    "sxtb16 %[second], %[second], ror #8\n\t"                                                                         \
    "smlad %[a0], %[even], r10, %[a0]\n\t"                                                                            \
    "smlad %[a1], %[even], r11, %[a1]\n\t"                                                                            \
    "smlad %[b0], %[second], r10, %[b0]\n\t"                                                                          \
    "smlad %[b1], %[second], r11, %[b1]\n\t"

static inline void accumulate2(const int8_t *weights, const int16_t *patch, uint32_t quads, sums2 *sums)
{
    int32_t a0 = sums->a0, b0 = sums->b0, a1 = sums->a1, b1 = sums->b1;
    int32_t even, first, second;
    __asm__ volatile("lsrs %[quads], %[quads], #1\n\t"
                     "bcc 2f\n\t" QUAD "2:\n\t"
                     "cbz %[quads], 3f\n"
                     "1:\n\t" QUAD QUAD "subs %[quads], %[quads], #1\n\t"
                     "bne 1b\n"
                     "3:\n"
                     : [a0] "+r"(a0), [b0] "+r"(b0), [a1] "+r"(a1), [b1] "+r"(b1), [weights] "+r"(weights),
                       [patch] "+r"(patch), [quads] "+l"(quads), [even] "=&r"(even), [first] "=&r"(first),
                       [second] "=&r"(second)
                     :
                     : "r8", "r9", "r10", "r11", "cc", "memory");
    sums->a0 = a0;
    sums->b0 = b0;
    sums->a1 = a1;
    sums->b1 = b1;
}

#else

static inline void accumulate2(const int8_t *weights, const int16_t *patch, uint32_t quads, sums2 *sums)
{
    for (; quads > 0; quads--) {
        quad1(weights, ns_load_word(patch), ns_load_word(patch + 4), &sums->a0, &sums->b0);
        quad1(weights, ns_load_word(patch + 2), ns_load_word(patch + 6), &sums->a1, &sums->b1);
        weights += 8;
        patch += 8;
    }
}

#endif

static inline void accumulate1(const int8_t *weights, const int8_t *input, uint32_t inputs, int32_t *a, int32_t *b)
{
    int32_t sum_a = *a, sum_b = *b;
    for (; inputs >= 4; inputs -= 4) {
        const int32_t word = ns_load_word(input);
        quad1(weights, ns_even_bytes(word), ns_odd_bytes(word), &sum_a, &sum_b);
        weights += 8;
        input += 4;
    }
    if (inputs > 0) {
        int32_t word = 0;
        memcpy(&word, input, inputs);
        quad1(weights, ns_even_bytes(word), ns_odd_bytes(word), &sum_a, &sum_b);
    }
    *a = sum_a;
    *b = sum_b;
}

#else

/* Where a quad holds its taps 0 ... 3 of the first channel; the second channel's follow. */
static const uint8_t tap_at[4] = {0, 4, 2, 6};

static inline void accumulate2(const int8_t *weights, const int16_t *patch, uint32_t quads, sums2 *sums)
{
    const int16_t *x0 = patch;
    const int16_t *x1 = patch + quads * 4;
    sums2 s = *sums;
    for (; quads > 0; quads--) {
        for (uint32_t k = 0; k < 4; k++) {
            const int32_t wa = weights[tap_at[k]];
            const int32_t wb = weights[tap_at[k] + 1];
            s.a0 += x0[k] * wa;
            s.b0 += x0[k] * wb;
            s.a1 += x1[k] * wa;
            s.b1 += x1[k] * wb;
        }
        weights += 8;
        x0 += 4;
        x1 += 4;
    }
    *sums = s;
}

static inline void accumulate1(const int8_t *weights, const int8_t *input, uint32_t inputs, int32_t *a, int32_t *b)
{
    int32_t sum_a = *a, sum_b = *b;
    for (; inputs >= 4; inputs -= 4) {
        sum_a += input[0] * weights[0] + input[1] * weights[4] + input[2] * weights[2] + input[3] * weights[6];
        sum_b += input[0] * weights[1] + input[1] * weights[5] + input[2] * weights[3] + input[3] * weights[7];
        weights += 8;
        input += 4;
    }
    for (uint32_t k = 0; k < inputs; k++) {
        sum_a += input[k] * weights[tap_at[k]];
        sum_b += input[k] * weights[tap_at[k] + 1];
    }
    *a = sum_a;
    *b = sum_b;
}

#endif

void ns_filters_s8_run1(const ns_filters_s8 *filters, const int8_t *input, uint32_t inputs, int8_t *output)
{
    finisher f = finisher_of(filters);
    const uint32_t step = filters->per_channel;
    const uint32_t row_bytes = filters->taps * 2u;
    const int8_t *weights = filters->weights;
    const int32_t *bias = filters->bias;
    for (uint32_t left = filters->channels; left > 0; left -= left > 1 ? 2 : 1) {
        const uint32_t both = left > 1 ? 1 : 0; /* an odd last channel is paired with zeros */
        int32_t a = bias[0];
        int32_t b = bias[both];
        accumulate1(weights, input, inputs, &a, &b);
        *output++ = finish(&f, a, f.multiplier[0], f.shift[0]);
        if (both) {
            *output++ = finish(&f, b, f.multiplier[step], f.shift[step]);
        }
        weights += row_bytes;
        bias += 2;
        f.multiplier += 2 * step;
        f.shift += 2 * step;
    }
}

void ns_filters_s8_run2(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1)
{
    finisher f = finisher_of(filters);
    const uint32_t step = filters->per_channel;
    const uint32_t quads = filters->taps / 4u;
    const int8_t *weights = filters->weights;
    const int32_t *bias = filters->bias;
    for (uint32_t left = filters->channels; left > 0; left -= left > 1 ? 2 : 1) {
        const uint32_t both = left > 1 ? 1 : 0; /* an odd last channel is paired with zeros */
        sums2 sums = {bias[0], bias[both], bias[0], bias[both]};
        accumulate2(weights, patch, quads, &sums);
        const int32_t multiplier = f.multiplier[0];
        const int32_t shift = f.shift[0];
        *output0++ = finish(&f, sums.a0, multiplier, shift);
        *output1++ = finish(&f, sums.a1, multiplier, shift);
        if (both) {
            const int32_t multiplier_b = f.multiplier[step];
            const int32_t shift_b = f.shift[step];
            *output0++ = finish(&f, sums.b0, multiplier_b, shift_b);
            *output1++ = finish(&f, sums.b1, multiplier_b, shift_b);
        }
        weights += quads * 8;
        bias += 2;
        f.multiplier += 2 * step;
        f.shift += 2 * step;
    }
}
