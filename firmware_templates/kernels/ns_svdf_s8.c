#include "ns_svdf_s8.h"

#include "ns_requantize.h"

/* What filter `filter` answers to the input. */
static int32_t feature(const ns_svdf_s8 *layer, const int8_t *input, uint32_t filter)
{
    const int8_t *weights = layer->feature_weights + filter * layer->inputs;
    int32_t sum = layer->feature_bias[filter];
    for (uint32_t k = 0; k < layer->inputs; k++) {
        sum += input[k] * weights[k];
    }
    return ns_requantize(sum, layer->feature_multiplier, layer->feature_shift) + layer->state_zero_point;
}

static int8_t finish(const ns_svdf_s8 *layer, int32_t sum)
{
    const int32_t scaled = ns_requantize(sum, layer->output_multiplier, layer->output_shift);
    return ns_clamp_s8(scaled + layer->output_zero_point, INT8_MIN, INT8_MAX);
}

void ns_svdf_s8_run(const ns_svdf_s8 *layer, const int8_t *input, int8_t *output, int8_t *state)
{
    const uint32_t memory = layer->memory;
    const int8_t *weights = layer->time_weights;
    for (uint32_t unit = 0, filter = 0; filter < layer->filters; unit++) {
        int32_t sum = layer->bias[unit];
        for (uint32_t r = 0; r < layer->rank; r++, filter++) {
            memmove(state, state + 1, memory - 1);
            state[memory - 1] = ns_clamp_s8(feature(layer, input, filter), INT8_MIN, INT8_MAX);
            for (uint32_t m = 0; m < memory; m++) {
                sum += *state++ * *weights++;
            }
        }
        output[unit] = finish(layer, sum);
    }
}

void ns_svdf_s16_run(const ns_svdf_s8 *layer, const int8_t *input, int8_t *output, int16_t *state)
{
    const uint32_t memory = layer->memory;
    const int16_t *weights = layer->time_weights;
    for (uint32_t unit = 0, filter = 0; filter < layer->filters; unit++) {
        int32_t sum = layer->bias[unit];
        for (uint32_t r = 0; r < layer->rank; r++, filter++) {
            memmove(state, state + 1, (memory - 1) * sizeof *state);
            const int32_t newest = feature(layer, input, filter);
            state[memory - 1] = (int16_t)(newest < INT16_MIN ? INT16_MIN : (newest > INT16_MAX ? INT16_MAX : newest));
            for (uint32_t m = 0; m < memory; m++) {
                sum += *state++ * *weights++;
            }
        }
        output[unit] = finish(layer, sum);
    }
}
