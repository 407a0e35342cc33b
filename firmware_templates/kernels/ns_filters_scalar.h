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

static inline void accumulate2(const int8_t *weights, const int16_t *patch, uint32_t quads, sums2 *sums)
{
    packed_sums a = {0, 0}, b = {0, 0};
    const uint32_t offset = quads * (2u * 0x7fffu);
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
    add_sums(a, offset, &sums->a0, &sums->a1);
    add_sums(b, offset, &sums->b0, &sums->b1);
}

/* Where a quad holds its taps 0 ... 3 of the first channel; the second channel's follow. */
static const uint8_t tap_at[4] = {0, 4, 2, 6};

static void accumulate1(const int8_t *weights, const int8_t *input, uint32_t inputs, int32_t *a, int32_t *b)
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
