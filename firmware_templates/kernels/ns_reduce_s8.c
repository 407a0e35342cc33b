#include "ns_reduce_s8.h"

#include "ns_requantize.h"

void ns_reduce_sum_s8_run(const ns_reduce_s8 *layer, const int8_t *input, int8_t *output)
{
    for (uint32_t outer = 0; outer < layer->outer; outer++) {
        for (uint32_t inner = 0; inner < layer->inner; inner++) {
            const int8_t *x = input + inner;
            int32_t sum = layer->bias;
            for (uint32_t k = 0; k < layer->reduced; k++) {
                sum += *x;
                x += layer->inner;
            }
            sum = ns_requantize(sum, layer->multiplier, layer->shift) + layer->output_zero_point;
            *output++ = ns_clamp_s8(sum, INT8_MIN, INT8_MAX);
        }
        input += layer->reduced * layer->inner;
    }
}

void ns_reduce_max_s8_run(const ns_reduce_s8 *layer, const int8_t *input, int8_t *output)
{
    for (uint32_t outer = 0; outer < layer->outer; outer++) {
        for (uint32_t inner = 0; inner < layer->inner; inner++) {
            const int8_t *x = input + inner;
            int8_t largest = INT8_MIN;
            for (uint32_t k = 0; k < layer->reduced; k++) {
                largest = *x > largest ? *x : largest;
                x += layer->inner;
            }
            *output++ = largest;
        }
        input += layer->reduced * layer->inner;
    }
}

void ns_reduce_min_s8_run(const ns_reduce_s8 *layer, const int8_t *input, int8_t *output)
{
    for (uint32_t outer = 0; outer < layer->outer; outer++) {
        for (uint32_t inner = 0; inner < layer->inner; inner++) {
            const int8_t *x = input + inner;
            int8_t smallest = INT8_MAX;
            for (uint32_t k = 0; k < layer->reduced; k++) {
                smallest = *x < smallest ? *x : smallest;
                x += layer->inner;
            }
            *output++ = smallest;
        }
        input += layer->reduced * layer->inner;
    }
}
