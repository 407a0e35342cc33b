/* The plain C form of the multiply-accumulate core of ns_filters_s8.c, which alone includes it: M0, M3, RV32.
 *
 * One multiplication serves both positions: a word of the patch is x0 + 65536 * x1 (ns_patch.h). Two taps' products
 * are summed before they are taken apart, and PAIR_OFFSET keeps both halves of that sum between 0 and 65535, for all
 * inputs and weights of int8: each half is at least 32767 - 2 * 128 * 127 and at most 32767 + 2 * 128 * 128. */
#ifndef NS_FILTERS_SCALAR_H
#define NS_FILTERS_SCALAR_H

#define PAIR_OFFSET UINT32_C(0x7fff7fff)

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

#if defined(__thumb__) && defined(__OPTIMIZE__) && (__ARM_ARCH_ISA_THUMB == 2 || !defined(__OPTIMIZE_SIZE__))
#define NS_THUMB_CORE 1 /* with -Os, GCC keeps the high registers of M0 for itself */
#else
#define NS_THUMB_CORE 0
#endif

#if NS_THUMB_CORE && __ARM_ARCH_ISA_THUMB == 2

/* Four taps, two channels, two positions: 16 products in 28 instructions and a loop; GCC spills. */
#define TAPS(first, second, both, high)                                                                               \
    "ldrsb %[w], [%[weights], #" first "]\n\t"                                                                        \
    "mla %[pair], %[w], %[x0], %[offset]\n\t"                                                                        \
    "ldrsb %[w], [%[weights], #" second "]\n\t"                                                                       \
    "mla %[pair], %[w], %[x1], %[pair]\n\t"                                                                          \
    "add %[" both "], %[" both "], %[pair]\n\t"                                                                      \
    "add %[" high "], %[" high "], %[pair], lsr #16\n\t"
#define LOAD_X "ldrd %[x0], %[x1], [%[patch]], #8\n\t"
#define ANY "r"

#elif NS_THUMB_CORE

/* The same in 48 instructions, sums in the high registers. */
#define TAPS(first, second, both, high)                                                                               \
    "ldrb %[w], [%[weights], #" first "]\n\t"                                                                         \
    "sxtb %[w], %[w]\n\t"                                                                                            \
    "muls %[w], %[x0]\n\t"                                                                                           \
    "ldrb %[pair], [%[weights], #" second "]\n\t"                                                                     \
    "sxtb %[pair], %[pair]\n\t"                                                                                      \
    "muls %[pair], %[x1]\n\t"                                                                                        \
    "adds %[pair], %[pair], %[w]\n\t"                                                                                \
    "add %[pair], %[offset]\n\t"                                                                                     \
    "add %[" both "], %[pair]\n\t"                                                                                   \
    "lsrs %[pair], %[pair], #16\n\t"                                                                                 \
    "add %[" high "], %[pair]\n\t"
#define LOAD_X                                                                                                        \
    "ldr %[x0], [%[patch]]\n\t"                                                                                      \
    "ldr %[x1], [%[patch], #4]\n\t"                                                                                  \
    "adds %[patch], #8\n\t"
#define ANY "h"

#endif

#if NS_THUMB_CORE

/* Sums `quads` > 0 quads. Never inlined: beside other values there are too few low registers on M0. */
static __attribute__((noinline)) void add_quads(const int8_t *weights, const int16_t *patch, uint32_t quads, packed_sums *a, packed_sums *b)
{
    uint32_t a_both = 0, a_high = 0, b_both = 0, b_high = 0;
    uint32_t x0, x1, w, pair;
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t" LOAD_X TAPS("0", "4", "a_both", "a_high") TAPS("1", "5", "b_both", "b_high")
                         LOAD_X TAPS("2", "6", "a_both", "a_high") TAPS("3", "7", "b_both", "b_high")
                     "adds %[weights], #8\n\t"
                     "subs %[quads], #1\n\t"
                     "bne 1b"
                     : [a_both] "+" ANY(a_both), [a_high] "+" ANY(a_high), [b_both] "+" ANY(b_both),
                       [b_high] "+" ANY(b_high), [weights] "+l"(weights), [patch] "+l"(patch), [quads] "+l"(quads),
                       [x0] "=&l"(x0), [x1] "=&l"(x1), [w] "=&l"(w), [pair] "=&l"(pair)
                     : [offset] ANY(PAIR_OFFSET)
                     : "cc", "memory");
    *a = (packed_sums){a_both, a_high};
    *b = (packed_sums){b_both, b_high};
}

#else

static inline void add_quads(const int8_t *weights, const int16_t *patch, uint32_t quads, packed_sums *to_a,
                             packed_sums *to_b)
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
    *to_a = a;
    *to_b = b;
}

#endif

static inline void accumulate2(const int8_t *weights, const int16_t *patch, uint32_t quads, sums2 *sums)
{
    packed_sums a, b;
    const uint32_t offset = quads * (2u * 0x7fffu);
    add_quads(weights, patch, quads, &a, &b);
    add_sums(a, offset, &sums->a0, &sums->a1);
    add_sums(b, offset, &sums->b0, &sums->b1);
}

/* Where a quad holds its taps 0 ... 3 of the first channel; the second channel's follow. */
static const uint8_t tap_at[4] = {0, 4, 2, 6};

#if NS_THUMB_CORE

#if __ARM_ARCH_ISA_THUMB == 2
#define BYTE(to, from, at) "ldrsb %[" to "], [%[" from "], #" at "]\n\t"
#define ADD_PRODUCT(sum) "mla %[" sum "], %[w], %[x], %[" sum "]\n\t"
#else
#define BYTE(to, from, at) "ldrb %[" to "], [%[" from "], #" at "]\n\tsxtb %[" to "], %[" to "]\n\t"
#define ADD_PRODUCT(sum) "muls %[w], %[x]\n\tadds %[" sum "], %[" sum "], %[w]\n\t"
#endif
#define TAP(at, a_at, b_at)                                                                                           \
    BYTE("x", "input", at) BYTE("w", "weights", a_at) ADD_PRODUCT("a") BYTE("w", "weights", b_at) ADD_PRODUCT("b")

/* Adds whole quads of one position; returns the weights behind them. */
static __attribute__((noinline)) const int8_t *add_quads1(const int8_t *weights, const int8_t *input, uint32_t quads,
                                                          int32_t *sum_a, int32_t *sum_b)
{
    int32_t a = *sum_a, b = *sum_b, x, w;
    __asm__ volatile(".syntax unified\n\t"
                     "cmp %[quads], #0\n\t"
                     "beq 2f\n"
                     "1:\n\t" TAP("0", "0", "1") TAP("1", "4", "5") TAP("2", "2", "3") TAP("3", "6", "7")
                     "adds %[weights], #8\n\t"
                     "adds %[input], #4\n\t"
                     "subs %[quads], #1\n\t"
                     "bne 1b\n"
                     "2:"
                     : [a] "+l"(a), [b] "+l"(b), [weights] "+l"(weights), [input] "+l"(input), [quads] "+l"(quads),
                       [x] "=&l"(x), [w] "=&l"(w)
                     :
                     : "cc", "memory");
    *sum_a = a;
    *sum_b = b;
    return weights;
}

#else

static inline const int8_t *add_quads1(const int8_t *weights, const int8_t *input, uint32_t quads, int32_t *sum_a,
                                       int32_t *sum_b)
{
    int32_t a = *sum_a, b = *sum_b;
    for (; quads > 0; quads--) {
        a += input[0] * weights[0] + input[1] * weights[4] + input[2] * weights[2] + input[3] * weights[6];
        b += input[0] * weights[1] + input[1] * weights[5] + input[2] * weights[3] + input[3] * weights[7];
        weights += 8;
        input += 4;
    }
    *sum_a = a;
    *sum_b = b;
    return weights;
}

#endif

static void accumulate1(const int8_t *weights, const int8_t *input, uint32_t inputs, int32_t *a, int32_t *b)
{
    weights = add_quads1(weights, input, inputs / 4u, a, b);
    input += inputs & ~3u;
    for (uint32_t k = 0; k < (inputs & 3u); k++) {
        *a += input[k] * weights[tap_at[k]];
        *b += input[k] * weights[tap_at[k] + 1];
    }
}

#endif
