#include "ns_dense_rows_mve_s8.h"

void ns_dense_rows_mve_s8_run(const ns_dense_rows_mve_s8 *layer, const int8_t *input, int8_t *output)
{
    const uint32_t taps = layer->filters.taps;
    const uint32_t channels = layer->filters.channels;
    for (uint32_t row = 0; row < layer->rows; row += 3) {
        const uint32_t second = row + 1 < layer->rows ? 1 : 0; /* rows that do not exist are the last one's */
        const uint32_t third = row + 2 < layer->rows ? 2 : second;
        const int8_t *const from[3] = {input, input + second * taps, input + third * taps};
        int8_t *const to[3] = {output, output + second * channels, output + third * channels};
        ns_filters_mve_s8_run3(&layer->filters, from, to);
        input += 3 * taps;
        output += 3 * channels;
    }
}
