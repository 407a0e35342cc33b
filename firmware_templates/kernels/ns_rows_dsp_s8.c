#include "ns_rows_dsp_s8.h"

#include <string.h>

#include "ns_clamp_dsp.h"

/* Up to three last elements of a row, as a quad. */
static void widen_rest(int16_t *patch, const int8_t *x0, const int8_t *x1, const int8_t *x2, uint32_t count)
{
    int8_t rest[3][4] = {{0}};
    memcpy(rest[0], x0, count);
    memcpy(rest[1], x1, count);
    memcpy(rest[2], x2, count);
    (void)ns_filters_dsp_widen3(patch, rest[0], rest[1], rest[2], 1);
}

void ns_rows_dsp_s8_run(const ns_rows_dsp_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch)
{
    const uint32_t inputs = layer->inputs;
    const uint32_t channels = layer->filters.channels;
    const uint32_t whole = inputs & ~3u;
    int8_t *to = output;
    for (uint32_t left = layer->rows; left > 0; left -= left < 3 ? left : 3) {
        const uint32_t second = left > 1 ? 1 : 0; /* missing rows are computed as the last one, again */
        const uint32_t third = left > 2 ? 2 : second;
        const int8_t *x1 = input + second * inputs;
        const int8_t *x2 = input + third * inputs;
        int16_t *rest = patch;
        if (whole > 0) {
            rest = ns_filters_dsp_widen3(patch, input, x1, x2, whole / 4);
        }
        if (whole != inputs) {
            widen_rest(rest, input + whole, x1 + whole, x2 + whole, inputs - whole);
        }
        ns_filters_dsp_run3(&layer->filters, patch, to, second * channels, third * channels);
        input += 3 * inputs;
        to += 3 * channels;
    }
    ns_clamp_dsp(output, layer->rows * channels, layer->filters.activation_min, layer->filters.activation_max);
}
