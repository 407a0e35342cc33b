#include "ns_dense_mve_s8.h"

#include "ns_requantize_mve.h"

void ns_dense_mve_s8_run(const ns_dense_mve_s8 *layer, const int8_t *input, int8_t *output)
{
    const ns_filters_mve_s8 *filters = &layer->filters;
    const uint32_t taps = filters->taps;
    const uint32_t step = filters->per_channel;
    const int8_t *weights = filters->weights;
    const int32_t *bias = filters->bias;
    const int32_t *multiplier = filters->multiplier;
    const int8_t *shift = filters->shift;
    for (uint32_t left = filters->channels; left > 0; left -= left < 4 ? left : 4) {
        const int8_t *second = weights + (left > 1 ? taps : 0); /* rows that do not exist are the last one's */
        const int8_t *third = second + (left > 2 ? taps : 0);
        const int8_t *const rows[4] = {weights, second, third, third + (left > 3 ? taps : 0)};
        _Alignas(16) int32_t sums[4];
        ns_mve_dot_1x4(input, rows, taps, sums);
        const ns_scales_mve scales = ns_load_scales_mve(bias, multiplier, shift, step, left);
        ns_requantize_mve(sums, &scales, filters->narrow, filters->output_zero_point, filters->activation_min,
                          filters->activation_max, left, output);
        weights += 4 * taps;
        bias += 4;
        multiplier += 4 * step;
        shift += 4 * step;
        output += 4;
    }
}
