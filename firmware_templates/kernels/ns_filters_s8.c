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

static __attribute__((noinline)) int8_t finish(const finisher *f, int32_t sum, int32_t multiplier, int32_t shift)
{
    const int32_t x = f->narrow ? ns_requantize_narrow(sum, multiplier, shift, f->zero_point)
                                : ns_requantize(sum, multiplier, shift) + f->zero_point;
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

#if NS_DSP_CORE

/* Four taps of a pair of channels, the inputs widened already: 8 products in 9 instructions. */
#define PAIR(w, a, b)                                                                                                 \
    "ldrd %[first], %[second], [%[" w "]], #8\n\t"                                                                    \
    "sxtb16 %[pair], %[first]\n\t"                                                                                    \
    "sxtb16 %[first], %[first], ror #8\n\t"                                                                           \
    "smlad %[" a "], %[pair], %[even], %[" a "]\n\t"                                                                  \
    "smlad %[" b "], %[first], %[even], %[" b "]\n\t"                                                                 \
    "sxtb16 %[pair], %[second]\n\t"                                                                                   \
    "sxtb16 %[second], %[second], ror #8\n\t"                                                                         \
    "smlad %[" a "], %[pair], %[odd], %[" a "]\n\t"                                                                   \
    "smlad %[" b "], %[second], %[odd], %[" b "]\n\t"

#define FOUR_CHANNELS                                                                                                 \
    "ldr %[even], [%[input]], #4\n\t"                                                                                 \
    "sxtb16 %[odd], %[even], ror #8\n\t"                                                                              \
    "sxtb16 %[even], %[even]\n\t" PAIR("w0", "a", "b") PAIR("w1", "c", "d")

/* Whole quads of one position for two pairs of channels, whose weights begin at w0 and w1. */
static inline void accumulate_four(const int8_t *w0, const int8_t *w1, const int8_t *input, uint32_t quads,
                                   int32_t sums[4])
{
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    int32_t even, odd, pair, first, second;
    __asm__ volatile("cbz %[quads], 2f\n"
                     "1:\n\t" FOUR_CHANNELS "subs %[quads], %[quads], #1\n\t"
                     "bne 1b\n"
                     "2:\n"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [w0] "+r"(w0), [w1] "+r"(w1),
                       [input] "+r"(input), [quads] "+l"(quads), [even] "=&r"(even), [odd] "=&r"(odd),
                       [pair] "=&r"(pair), [first] "=&r"(first), [second] "=&r"(second)
                     :
                     : "cc", "memory");
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#else

static inline void accumulate_four(const int8_t *w0, const int8_t *w1, const int8_t *input, uint32_t quads,
                                   int32_t sums[4])
{
    for (; quads > 0; quads--) {
        const int32_t word = ns_load_word(input);
        quad1(w0, ns_even_bytes(word), ns_odd_bytes(word), &sums[0], &sums[1]);
        quad1(w1, ns_even_bytes(word), ns_odd_bytes(word), &sums[2], &sums[3]);
        w0 += 8;
        w1 += 8;
        input += 4;
    }
}

#endif

static void accumulate1(const int8_t *weights, const int8_t *input, uint32_t inputs, int32_t *a, int32_t *b)
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

void ns_filters_s8_run1(const ns_filters_s8 *filters, const int8_t *input, uint32_t inputs, int8_t *output)
{
    const finisher f = finisher_of(filters);
    const uint32_t step = filters->per_channel;
    const uint32_t channels = filters->channels;
    const uint32_t row_bytes = filters->taps * 2u;
    const int8_t *weights = filters->weights;
    uint32_t c = 0;
    const uint32_t whole = inputs & ~3u;
    for (; c + 3 < channels; c += 4) {
        int32_t sums[4];
        memcpy(sums, filters->bias + c, sizeof sums);
        accumulate_four(weights, weights + row_bytes, input, whole / 4, sums);
        if (whole != inputs) {
            accumulate1(weights + whole * 2, input + whole, inputs - whole, &sums[0], &sums[1]);
            accumulate1(weights + row_bytes + whole * 2, input + whole, inputs - whole, &sums[2], &sums[3]);
        }
        for (uint32_t i = 0; i < 4; i++) {
            output[c + i] = finish(&f, sums[i], f.multiplier[(c + i) * step], f.shift[(c + i) * step]);
        }
        weights += 2 * row_bytes;
    }
    for (; c < channels; c += 2) {
        const uint32_t both = c + 1 < channels ? 1 : 0; /* an odd last channel is paired with zeros */
        int32_t a = filters->bias[c];
        int32_t b = filters->bias[c + both];
        accumulate1(weights, input, inputs, &a, &b);
        output[c] = finish(&f, a, f.multiplier[c * step], f.shift[c * step]);
        if (both) {
            output[c + 1] = finish(&f, b, f.multiplier[(c + 1) * step], f.shift[(c + 1) * step]);
        }
        weights += row_bytes;
    }
}

/* Pairs of channels at two positions where every sum takes the short path and int8's own limits: the usual case. All
 * is read before anything is written, so that the compiler need not fear that outputs lie over parameters. */
static void run2_narrow(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1)
{
    const uint32_t step = filters->per_channel;
    const uint32_t quads = filters->taps / 4u;
    const int32_t zero = filters->output_zero_point;
    const int8_t *weights = filters->weights;
    const int32_t *bias = filters->bias;
    const int32_t *multiplier = filters->multiplier;
    const int8_t *shift = filters->shift;
    for (uint32_t pairs = filters->channels / 2u; pairs > 0; pairs--) {
        sums2 sums = {bias[0], bias[1], bias[0], bias[1]};
        accumulate2(weights, patch, quads, &sums);
        const int32_t multiplier_a = multiplier[0];
        const int32_t multiplier_b = multiplier[step];
        const int32_t shift_a = shift[0];
        const int32_t shift_b = shift[step];
        const int32_t a0 = ns_saturate_s8(ns_requantize_narrow(sums.a0, multiplier_a, shift_a, zero));
        const int32_t a1 = ns_saturate_s8(ns_requantize_narrow(sums.a1, multiplier_a, shift_a, zero));
        const int32_t b0 = ns_saturate_s8(ns_requantize_narrow(sums.b0, multiplier_b, shift_b, zero));
        const int32_t b1 = ns_saturate_s8(ns_requantize_narrow(sums.b1, multiplier_b, shift_b, zero));
        output0[0] = (int8_t)a0;
        output0[1] = (int8_t)b0;
        output1[0] = (int8_t)a1;
        output1[1] = (int8_t)b1;
        output0 += 2;
        output1 += 2;
        weights += quads * 8;
        bias += 2;
        multiplier += 2 * step;
        shift += 2 * step;
    }
}

void ns_filters_s8_run2(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1)
{
    const finisher f = finisher_of(filters);
    const uint32_t step = filters->per_channel;
    const uint32_t quads = filters->taps / 4u;
    uint32_t c = 0;
    if (f.narrow && !f.clamps) {
        run2_narrow(filters, patch, output0, output1);
        c = filters->channels & ~1u; /* an odd last channel is left */
    }
    for (; c < filters->channels; c += 2) {
        const uint32_t both = c + 1 < filters->channels ? 1 : 0; /* an odd last channel is paired with zeros */
        const int32_t *bias = filters->bias + c;
        const uint32_t scale = c * step;
        sums2 sums = {bias[0], bias[both], bias[0], bias[both]};
        accumulate2(filters->weights + c * quads * 4, patch, quads, &sums);
        output0[c] = finish(&f, sums.a0, f.multiplier[scale], f.shift[scale]);
        output1[c] = finish(&f, sums.a1, f.multiplier[scale], f.shift[scale]);
        if (both) {
            output0[c + 1] = finish(&f, sums.b0, f.multiplier[scale + step], f.shift[scale + step]);
            output1[c + 1] = finish(&f, sums.b1, f.multiplier[scale + step], f.shift[scale + step]);
        }
    }
}

#else

#include "ns_filters_scalar.h"

#endif
