#include "ns_dense_rows_s8.h"

#include "ns_patch.h"

void ns_dense_rows_s8_run(const ns_dense_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch)
{
    const uint32_t taps = layer->filters.taps;
    const uint32_t inputs = layer->inputs;
    const uint32_t channels = layer->filters.channels;
    memset(patch, 0, 2 * taps * sizeof *patch); /* the taps that round up */
    for (uint32_t row = 0; row < layer->rows; row += 2) {
        const uint32_t second = row + 1 < layer->rows ? 1 : 0; /* an odd last row is computed twice */
        ns_patch_widen_both(input, input + second * inputs, inputs, patch, 0, taps);
        ns_filters_s8_run2(&layer->filters, patch, output, output + second * channels);
        input += 2 * inputs;
        output += 2 * channels;
    }
}
