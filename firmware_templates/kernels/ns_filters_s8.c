#include "ns_filters_s8.h"

#include "ns_requantize.h"

static inline int8_t finish(const ns_filters_s8 *filters, int32_t accumulator, uint32_t scale)
{
    const int32_t scaled = ns_requantize(accumulator, filters->multiplier[scale], filters->shift[scale]);
    return ns_clamp_s8(scaled + filters->output_zero_point, filters->activation_min, filters->activation_max);
}

void ns_filters_s8_run1(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output)
{
    const uint32_t channels = filters->channels;
    const uint32_t taps = filters->taps;
    const int8_t *weights = filters->weights;
    for (uint32_t c = 0; c < channels; c += 2) {
        const uint32_t scale = filters->per_channel ? c : 0;
        int32_t a = filters->bias[c];
        int32_t b = c + 1 < channels ? filters->bias[c + 1] : 0;
        for (uint32_t k = 0; k < taps; k++) {
            a += patch[k] * weights[0];
            b += patch[k] * weights[1];
            weights += 2;
        }
        output[c] = finish(filters, a, scale);
        if (c + 1 < channels) {
            output[c + 1] = finish(filters, b, scale + filters->per_channel);
        }
    }
}

void ns_filters_s8_run2(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1)
{
    const uint32_t channels = filters->channels;
    const uint32_t taps = filters->taps;
    const int8_t *weights = filters->weights;
    for (uint32_t c = 0; c < channels; c += 2) {
        const uint32_t scale = filters->per_channel ? c : 0;
        const int16_t *x0 = patch;
        const int16_t *x1 = patch + taps;
        int32_t a0 = filters->bias[c];
        int32_t b0 = c + 1 < channels ? filters->bias[c + 1] : 0;
        int32_t a1 = a0;
        int32_t b1 = b0;
        for (uint32_t k = 0; k < taps; k++) {
            const int32_t wa = weights[0];
            const int32_t wb = weights[1];
            a0 += x0[k] * wa;
            b0 += x0[k] * wb;
            a1 += x1[k] * wa;
            b1 += x1[k] * wb;
            weights += 2;
        }
        output0[c] = finish(filters, a0, scale);
        output1[c] = finish(filters, a1, scale);
        if (c + 1 < channels) {
            output0[c + 1] = finish(filters, b0, scale + filters->per_channel);
            output1[c + 1] = finish(filters, b1, scale + filters->per_channel);
        }
    }
}
