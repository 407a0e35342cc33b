#include "ns_filters_mve_s8.h"

#include "ns_requantize_mve.h"

void ns_filters_mve_s8_run3(const ns_filters_mve_s8 *filters, const int8_t *const input[3], int8_t *const output[3])
{
    const uint32_t taps = filters->taps;
    const uint32_t channels = filters->channels;
    const uint32_t step = filters->per_channel;
    const int8_t *weights = filters->weights;
    const int32_t *multiplier = filters->multiplier;
    const int8_t *shift = filters->shift;
    for (uint32_t c = 0; c < channels; c += 4) {
        const uint32_t left = channels - c;
        _Alignas(16) int32_t sums[12];
        ns_mve_dot_3x2(input, weights, left > 1 ? taps : 0, taps, sums);
        weights += 2 * taps;
        if (left > 2) {
            ns_mve_dot_3x2(input, weights, left > 3 ? taps : 0, taps, sums + 2);
            weights += 2 * taps;
        }
        const ns_scales_mve scales = ns_load_scales_mve(filters->bias + c, multiplier, shift, step, left);
        for (uint32_t p = 0; p < 3; p++) {
            ns_requantize_mve(sums + 4 * p, &scales, filters->narrow, filters->output_zero_point,
                              filters->activation_min, filters->activation_max, left, output[p] + c);
        }
        multiplier += 4 * step;
        shift += 4 * step;
    }
}
