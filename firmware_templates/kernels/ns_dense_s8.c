#include "ns_dense_s8.h"

static void widen(const int8_t *row, uint32_t inputs, uint32_t taps, int16_t *patch)
{
    patch[taps - 1] = 0; /* the tap that rounds up to even */
    for (uint32_t k = 0; k < inputs; k++) {
        patch[k] = row[k];
    }
}

void ns_dense_s8_run(const ns_dense_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch)
{
    const uint32_t taps = layer->filters.taps;
    const uint32_t inputs = layer->inputs;
    const uint32_t channels = layer->filters.channels;
    uint32_t row = 0;
    for (; row + 1 < layer->rows; row += 2) {
        widen(input, inputs, taps, patch);
        widen(input + inputs, inputs, taps, patch + taps);
        ns_filters_s8_run2(&layer->filters, patch, output, output + channels);
        input += 2 * inputs;
        output += 2 * channels;
    }
    if (row < layer->rows) {
        widen(input, inputs, taps, patch);
        ns_filters_s8_run1(&layer->filters, patch, output);
    }
}
