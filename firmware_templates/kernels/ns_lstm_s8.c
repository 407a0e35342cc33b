#include "ns_lstm_s8.h"

#include "ns_requantize.h"

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && defined(__OPTIMIZE__)
#define LSTM_MVE 1
#include <arm_mve.h>
#else
#define LSTM_MVE 0
#endif

static inline int32_t limit_s16(int32_t x)
{
#if defined(__ARM_FEATURE_SAT) && defined(__OPTIMIZE__)
    __asm__("ssat %0, #16, %0" : "+r"(x));
    return x;
#else
    return x < INT16_MIN ? INT16_MIN : (x > INT16_MAX ? INT16_MAX : x);
#endif
}

#if NS_DSP && !LSTM_MVE

/* What a dense layer reads: even and odd bytes of each quad, widened once a step for all rows. */
typedef int16_t operand;

static void widen(const int8_t *from, uint32_t count, operand *to)
{
    for (; count > 0; count -= 4) {
        const int32_t word = ns_load_word(from);
        const int32_t pairs[2] = {ns_even_bytes(word), ns_odd_bytes(word)};
        memcpy(__builtin_assume_aligned(to, 4), pairs, sizeof pairs);
        from += 4;
        to += 4;
    }
}

#if NS_DSP_CORE

#define ROW(load, sum)                                                                                                \
    "ldr %[w], " load "\n\t"                                                                                          \
    "sxtb16 %[pair], %[w]\n\t"                                                                                        \
    "sxtb16 %[w], %[w], ror #8\n\t"                                                                                   \
    "smlad %[" sum "], %[pair], %[even], %[" sum "]\n\t"                                                              \
    "smlad %[" sum "], %[w], %[odd], %[" sum "]\n\t"

/* Adds the products of `taps` inputs with four rows of weights to four sums; taps is a multiple of 4. */
static inline void dot4(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const operand *const end = x + taps;
    const int8_t *third = weights + 2 * taps;
    int32_t even, odd, w, pair;
    __asm__ volatile("1:\n\t"
                     "ldrd %[even], %[odd], [%[x]], #8\n\t"
                     ROW("[%[first], %[taps]]", "b") ROW("[%[first]], #4", "a")
                     ROW("[%[third], %[taps]]", "d") ROW("[%[third]], #4", "c")
                     "cmp %[x], %[end]\n\t"
                     "bne 1b\n"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [first] "+r"(weights), [third] "+r"(third),
                       [x] "+r"(x), [even] "=&r"(even), [odd] "=&r"(odd), [w] "=&r"(w), [pair] "=&r"(pair)
                     : [taps] "r"(taps), [end] "r"(end)
                     : "cc", "memory");
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#else

static inline void dot4(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    for (uint32_t k = 0; k < taps; k += 4) {
        const int32_t even = ns_load_word(x + k);
        const int32_t odd = ns_load_word(x + k + 2);
        for (uint32_t row = 0; row < 4; row++) {
            const int32_t word = ns_load_word(weights + row * taps + k);
            sums[row] = ns_dot2(ns_odd_bytes(word), odd, ns_dot2(ns_even_bytes(word), even, sums[row]));
        }
    }
}

#endif

#else

typedef int8_t operand;

static void widen(const int8_t *from, uint32_t count, operand *to)
{
    memcpy(to, from, count);
}

#if LSTM_MVE

static inline void dot4(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    for (int32_t left = (int32_t)taps; left > 0; left -= 16) {
        const mve_pred16_t some = vctp8q((uint32_t)left);
        const int8x16_t inputs = vldrbq_z_s8(x, some);
        a = vmladavaq_s8(a, inputs, vldrbq_z_s8(weights, some));
        b = vmladavaq_s8(b, inputs, vldrbq_z_s8(weights + taps, some));
        c = vmladavaq_s8(c, inputs, vldrbq_z_s8(weights + 2 * taps, some));
        d = vmladavaq_s8(d, inputs, vldrbq_z_s8(weights + 3 * taps, some));
        x += 16;
        weights += 16;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#else

static inline void dot4(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const operand *const end = x + taps;
    const int8_t *wb = weights + taps;
    const int8_t *wc = wb + taps;
    const int8_t *wd = wc + taps;
    while (x != end) {
        const int32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
        a += x0 * weights[0] + x1 * weights[1] + x2 * weights[2] + x3 * weights[3];
        b += x0 * wb[0] + x1 * wb[1] + x2 * wb[2] + x3 * wb[3];
        c += x0 * wc[0] + x1 * wc[1] + x2 * wc[2] + x3 * wc[3];
        d += x0 * wd[0] + x1 * wd[1] + x2 * wd[2] + x3 * wd[3];
        x += 4;
        weights += 4;
        wb += 4;
        wc += 4;
        wd += 4;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#endif

#endif

/* Four rows of one dense layer from row `row` on, scaled to Q3.12. */
static inline void dense4(const ns_lstm_dense *layer, uint32_t row, const operand *x, uint32_t taps, int32_t out[4])
{
    const int32_t multiplier = layer->multiplier;
    const int32_t shift = layer->shift;
    memcpy(out, layer->bias + row, 4 * sizeof *out);
    dot4(layer->weights + row * taps, x, taps, out);
#if LSTM_MVE
    if (layer->narrow) {
        int32x4_t scaled = vqrdmulhq_n_s32(vldrwq_s32(out), multiplier);
        scaled = vrshlq_n_s32(vaddq_s32(scaled, vshrq_n_s32(scaled, 31)), shift);
        vstrwq_s32(out, vmaxq_s32(vminq_s32(scaled, vdupq_n_s32(INT16_MAX)), vdupq_n_s32(INT16_MIN)));
        return;
    }
#endif
    if (layer->narrow) {
        for (uint32_t i = 0; i < 4; i++) {
            out[i] = limit_s16(ns_requantize_narrow(out[i], multiplier, shift, 0));
        }
    } else {
        for (uint32_t i = 0; i < 4; i++) {
            out[i] = limit_s16(ns_requantize(out[i], multiplier, shift));
        }
    }
}

/* sigmoid of x / 2**12 / 3 in Q0.15: x comes multiplied by 3. */
static inline int32_t sigmoid(const uint16_t *table, int32_t x)
{
    const uint32_t size = (uint32_t)(x < 0 ? -x : x);
    const uint32_t at = size >> 9;
    uint32_t answer = UINT32_C(0x7fff) << 10;
    if (at < 255) {
        answer = ((uint32_t)table[at] << 9) + (size & 0x1ffu) * (uint32_t)(table[at + 1] - table[at]);
    }
    answer = x >= 0 ? answer + (1u << 9) : (1u << 25) - answer + (1u << 9) - 1u;
    return (int32_t)(answer >> 10);
}

/* tanh of x / 2**12 / 3 in Q0.15 by 2 sigmoid(2 x) - 1. */
static inline int32_t hyperbolic(const uint16_t *table, int32_t x)
{
    const uint32_t size = (uint32_t)(x < 0 ? -x : x);
    const uint32_t at = size >> 8;
    int32_t answer = INT32_C(0xffff) << 8;
    if (at < 255) {
        answer = (int32_t)(((uint32_t)table[at] << 8) + (size & 0xffu) * (uint32_t)(table[at + 1] - table[at]));
    }
    answer = x >= 0 ? answer - (1 << 23) + (1 << 7) : -answer + (1 << 23) + (1 << 7) - 1;
    return answer >> 8;
}

/* Both dense layers of a gate, for all rows: what its activation is taken of. */
static void run_gate(const ns_lstm_s8 *layer, const ns_lstm_gate *gate, const operand *input, const operand *last,
                     int16_t *out)
{
    const uint32_t rows = layer->rows;
    const uint32_t taps = layer->input_taps;
    for (uint32_t row = 0; row < rows; row += 4) {
        int32_t fed[4], kept[4];
        dense4(&gate->fed, row, input, taps, fed);
        dense4(&gate->kept, row, last, rows, kept);
        for (uint32_t i = 0; i < 4; i++) {
            *out++ = (int16_t)limit_s16(fed[i] + kept[i]);
        }
    }
}

/* round(round(x / 2) / 2**shift): halves up, then away from zero. */
static inline int32_t scale_down(int32_t x, int32_t shift)
{
    return ns_rounding_shift((x + 1) >> 1, shift);
}

/* The new cell of all units from the three gates in front of it. */
static void update_cell(const ns_lstm_s8 *layer, const int16_t *forget, const int16_t *in, const int16_t *candidate,
                        int16_t *cell)
{
    const uint16_t *const table = layer->sigmoid;
    const int32_t limit = layer->cell_limit;
    const int32_t shift = layer->update_shift;
    for (uint32_t units = layer->units; units > 0; units--) {
        const int32_t kept = limit_s16(scale_down(sigmoid(table, *forget++ * 3) * *cell, 14));
        const int32_t update = sigmoid(table, *in++ * 3) * hyperbolic(table, *candidate++ * 3);
        const int32_t sum = limit_s16(kept + limit_s16(scale_down(update, shift)));
        *cell++ = (int16_t)(limit == 0 ? sum : (sum < -limit ? -limit : (sum > limit ? limit : sum)));
    }
}

/* The new output of all units from the output gate and the cell. */
static void update_output(const ns_lstm_s8 *layer, const int16_t *gate, const int16_t *cell, int8_t *last)
{
    const uint16_t *const table = layer->sigmoid;
    const int32_t multiplier = layer->output_multiplier;
    const int32_t shift = layer->output_shift;
    const int32_t zero_point = layer->output_zero_point;
    const int32_t factor = layer->tanh_factor;
    const int32_t right = layer->tanh_shift;
    const int32_t rounding = right > 0 ? 1 << (right - 1) : 0;
    for (uint32_t units = layer->units; units > 0; units--) {
        const int32_t x = (*cell++ * factor + rounding) >> right;
        const int32_t product = sigmoid(table, *gate++ * 3) * hyperbolic(table, x);
        *last++ = ns_clamp_s8(ns_requantize_narrow(product, multiplier, shift, zero_point), INT8_MIN, INT8_MAX);
    }
}

void ns_lstm_s8_run(const ns_lstm_s8 *layer, const int8_t *input, int8_t *output, int8_t *state, int16_t *cell,
                    int16_t *scratch)
{
    const uint32_t rows = layer->rows;
    const uint32_t taps = layer->input_taps;
    int16_t *const forget = scratch; /* later the output gate */
    int16_t *const in = forget + rows;
    int16_t *const candidate = in + rows;
    int8_t *const padded = (int8_t *)(candidate + rows);
    int8_t *const last = padded + taps;
    operand *const fed = (operand *)(void *)(last + rows);
    operand *const kept = fed + taps;
    memset(padded, 0, taps + rows);
    memcpy(last, state, layer->units);
    for (uint32_t step = layer->steps; step > 0; step--) {
        memcpy(padded, input, layer->inputs);
        widen(padded, taps, fed);
        widen(last, rows, kept);
        run_gate(layer, &layer->forget_gate, fed, kept, forget);
        run_gate(layer, &layer->input_gate, fed, kept, in);
        run_gate(layer, &layer->cell_gate, fed, kept, candidate);
        update_cell(layer, forget, in, candidate, cell);
        run_gate(layer, &layer->output_gate, fed, kept, forget);
        update_output(layer, forget, cell, last);
        memcpy(output, last, layer->units);
        input += layer->inputs;
        output += layer->units;
    }
    memcpy(state, last, layer->units);
}
