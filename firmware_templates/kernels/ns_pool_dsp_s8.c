#include "ns_pool_dsp_s8.h"

#include "ns_clamp_dsp.h"
#include "ns_dsp.h"

/* What one output position reads: `rows` rows of `columns` pixels from `from` on. */
typedef struct {
    const int8_t *from;
    int32_t rows;
    int32_t columns;
} window;

/* Cuts `length` elements from `start` on at the borders of `size`; returns how many are left. */
static int32_t cut(int32_t *start, int32_t length, int32_t size)
{
    int32_t end = *start + length;
    end = end < size ? end : size;
    *start = *start > 0 ? *start : 0;
    return end - *start;
}

static window window_at(const ns_pool_s8 *layer, const int8_t *input, int32_t y, int32_t x)
{
    window w;
    y = y * layer->stride_y - layer->pad_top;
    x = x * layer->stride_x - layer->pad_left;
    w.rows = cut(&y, layer->window_height, layer->input_height);
    w.columns = cut(&x, layer->window_width, layer->input_width);
    w.from = input + (y * layer->input_width + x) * layer->channels;
    return w;
}

/* The larger ones of four signed bytes each. */
static inline int32_t larger4(int32_t x, int32_t y)
{
#if NS_DSP_CORE
    int32_t larger;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(larger) : "r"(x), "r"(y) : "cc");
    return larger;
#else
    int8_t a[4], b[4];
    int32_t larger;
    memcpy(a, &x, 4);
    memcpy(b, &y, 4);
    for (uint32_t i = 0; i < 4; i++) {
        a[i] = a[i] > b[i] ? a[i] : b[i];
    }
    memcpy(&larger, a, 4);
    return larger;
#endif
}

/* Two halfwords plus the signed bytes 0 and 2. */
static inline int32_t add_even_bytes(int32_t sums, int32_t word)
{
#if NS_DSP_CORE
    __asm__("sxtab16 %0, %0, %1" : "+r"(sums) : "r"(word));
    return sums;
#else
    const uint32_t bytes = (uint32_t)ns_even_bytes(word);
    return (int32_t)((((uint32_t)sums + bytes) & 0xffffu) | (((uint32_t)sums & 0xffff0000u) + (bytes & 0xffff0000u)));
#endif
}

/* The same with the bytes 1 and 3. */
static inline int32_t add_odd_bytes(int32_t sums, int32_t word)
{
#if NS_DSP_CORE
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(sums) : "r"(word));
    return sums;
#else
    return add_even_bytes(sums, (int32_t)((uint32_t)word >> 8));
#endif
}

static void max4(window w, uint32_t pixel, uint32_t row, int8_t *output)
{
    int32_t largest = (int32_t)UINT32_C(0x80808080);
    for (; w.rows > 0; w.rows--) {
        const int8_t *from = w.from;
        for (int32_t left = w.columns; left > 0; left--) {
            largest = larger4(largest, ns_load_word(from));
            from += pixel;
        }
        w.from += row;
    }
    memcpy(output, &largest, 4);
}

/* Mean of `count` elements, halves away from zero. */
static int8_t mean(int32_t sum, int32_t count)
{
    return (int8_t)((sum > 0 ? sum + count / 2 : sum - count / 2) / count);
}

static void average4(window w, uint32_t pixel, uint32_t row, int8_t *output)
{
    const int32_t count = w.rows * w.columns;
    int32_t even = 0;
    int32_t odd = 0;
    for (; w.rows > 0; w.rows--) {
        const int8_t *from = w.from;
        for (int32_t left = w.columns; left > 0; left--) {
            const int32_t word = ns_load_word(from);
            even = add_even_bytes(even, word);
            odd = add_odd_bytes(odd, word);
            from += pixel;
        }
        w.from += row;
    }
    output[0] = mean((int16_t)(even & 0xffff), count);
    output[1] = mean((int16_t)(odd & 0xffff), count);
    output[2] = mean(even >> 16, count);
    output[3] = mean(odd >> 16, count);
}

static inline void run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output,
                       void pool4(window w, uint32_t pixel, uint32_t row, int8_t *output))
{
    int8_t *to = output;
    const uint32_t channels = layer->channels;
    const uint32_t row = channels * layer->input_width;
    for (int32_t y = 0; y < layer->output_height; y++) {
        for (int32_t x = 0; x < layer->output_width; x++) {
            window w = window_at(layer, input, y, x);
            for (uint32_t left = channels; left > 0; left -= 4) {
                pool4(w, channels, row, to);
                w.from += 4;
                to += 4;
            }
        }
    }
    ns_clamp_dsp(output, (uint32_t)(to - output), layer->activation_min, layer->activation_max);
}

void ns_max_pool_dsp_s8_run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output)
{
    run(layer, input, output, max4);
}

void ns_average_pool_dsp_s8_run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output)
{
    run(layer, input, output, average4);
}
