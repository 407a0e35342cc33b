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

/* Four taps of one row, in `w`. */
#define ROW(w, sum)                                                                                                   \
    "sxtb16 %[pair], " w "\n\t"                                                                                       \
    "sxtb16 " w ", " w ", ror #8\n\t"                                                                                 \
    "smlad %[" sum "], %[pair], %[even], %[" sum "]\n\t"                                                              \
    "smlad %[" sum "], " w ", %[odd], %[" sum "]\n\t"

/* 16 products in 20 instructions. */
static inline void dot_blocks(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const operand *const end = x + taps;
    int32_t even, odd, pair;
    __asm__ volatile("1:\n\t"
                     "ldrd %[even], %[odd], [%[x]], #8\n\t"
                     "ldmia %[weights]!, {r8, r9, r10, r11}\n\t"
                     ROW("r8", "a") ROW("r9", "b") ROW("r10", "c") ROW("r11", "d")
                     "cmp %[x], %[end]\n\t"
                     "bne 1b\n"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [weights] "+r"(weights), [x] "+r"(x),
                       [even] "=&r"(even), [odd] "=&r"(odd), [pair] "=&r"(pair)
                     : [end] "r"(end)
                     : "r8", "r9", "r10", "r11", "cc", "memory");
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#else

static inline void dot_blocks(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    for (; taps > 0; taps -= 4) {
        const int32_t even = ns_load_word(x);
        const int32_t odd = ns_load_word(x + 2);
        for (uint32_t row = 0; row < 4; row++) {
            const int32_t word = ns_load_word(weights);
            sums[row] = ns_dot2(ns_odd_bytes(word), odd, ns_dot2(ns_even_bytes(word), even, sums[row]));
            weights += 4;
        }
        x += 4;
    }
}

#endif

/* Where tap `tap` of what is read stands. */
static inline uint32_t place(uint32_t tap)
{
    return (tap & ~3u) + (tap & 1u) * 2 + (tap >> 1 & 1u);
}

#else

typedef int8_t operand;

static void widen(const int8_t *from, uint32_t count, operand *to)
{
    memcpy(to, from, count);
}

static inline uint32_t place(uint32_t tap)
{
    return tap;
}

static inline void dot_blocks(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const operand *const end = x + taps;
    while (x != end) {
        const int32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
        a += x0 * weights[0] + x1 * weights[1] + x2 * weights[2] + x3 * weights[3];
        b += x0 * weights[4] + x1 * weights[5] + x2 * weights[6] + x3 * weights[7];
        c += x0 * weights[8] + x1 * weights[9] + x2 * weights[10] + x3 * weights[11];
        d += x0 * weights[12] + x1 * weights[13] + x2 * weights[14] + x3 * weights[15];
        x += 4;
        weights += 16;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#endif

#if LSTM_MVE

static inline void dot_rows(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
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

static inline void dot_rows(const int8_t *weights, const operand *x, uint32_t taps, int32_t sums[4])
{
    for (uint32_t row = 0; row < 4; row++) {
        for (uint32_t tap = 0; tap < taps; tap++) {
            sums[row] += x[place(tap)] * *weights++;
        }
    }
}

#endif

/* Adds the products of `taps` inputs with four rows of weights to four sums; taps is a multiple of 4. */
static inline void dot4(const ns_lstm_dense *layer, int32_t blocked, uint32_t row, const operand *x, uint32_t taps,
                        int32_t sums[4])
{
    const int8_t *const weights = layer->weights + row * taps;
    memcpy(sums, layer->bias + row, 4 * sizeof *sums);
    if (blocked) {
        dot_blocks(weights, x, taps, sums);
    } else {
        dot_rows(weights, x, taps, sums);
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

/* Both dense layers of a gate, for all rows, each scaled to Q3.12: what its activation is taken of. */
static void run_gate(const ns_lstm_s8 *layer, const ns_lstm_gate *gate, const operand *input, const operand *last,
                     int16_t *out)
{
    const uint32_t rows = layer->rows;
    const int32_t multiplier = gate->fed.multiplier, shift = gate->fed.shift;
    const int32_t multiplier_kept = gate->kept.multiplier, shift_kept = gate->kept.shift;
    const int32_t narrow = gate->fed.narrow && gate->kept.narrow;
    for (uint32_t row = 0; row < rows; row += 4) {
        int32_t fed[4], kept[4];
        dot4(&gate->fed, layer->blocked, row, input, layer->input_taps, fed);
        dot4(&gate->kept, layer->blocked, row, last, rows, kept);
        if (narrow) {
#if LSTM_MVE
            const int32x4_t low = vdupq_n_s32(INT16_MIN), high = vdupq_n_s32(INT16_MAX);
            int32x4_t x = vqrdmulhq_n_s32(vldrwq_s32(fed), multiplier);
            int32x4_t y = vqrdmulhq_n_s32(vldrwq_s32(kept), multiplier_kept);
            x = vrshlq_n_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), shift);
            y = vrshlq_n_s32(vaddq_s32(y, vshrq_n_s32(y, 31)), shift_kept);
            x = vaddq_s32(vmaxq_s32(vminq_s32(x, high), low), vmaxq_s32(vminq_s32(y, high), low));
            vstrhq_s32(out, vmaxq_s32(vminq_s32(x, high), low));
#else
#pragma GCC unroll 4
            for (uint32_t i = 0; i < 4; i++) {
                const int32_t x = limit_s16(ns_requantize_narrow(fed[i], multiplier, shift, 0));
                const int32_t y = limit_s16(ns_requantize_narrow(kept[i], multiplier_kept, shift_kept, 0));
                out[i] = (int16_t)limit_s16(x + y);
            }
#endif
        } else {
            for (uint32_t i = 0; i < 4; i++) {
                const int32_t x = limit_s16(ns_requantize(fed[i], multiplier, shift));
                out[i] = (int16_t)limit_s16(x + limit_s16(ns_requantize(kept[i], multiplier_kept, shift_kept)));
            }
        }
        out += 4;
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
