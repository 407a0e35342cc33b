/* Rectifier whose slope below zero is a trained number, usually one a channel: a is the input, b the slopes. */
#ifndef NS_PRELU_S8_H
#define NS_PRELU_S8_H

#include "ns_broadcast_s8.h"

typedef struct {
    ns_broadcast shape;
    int32_t positive_multiplier;
    int32_t negative_multiplier;
    int8_t positive_shift;
    int8_t negative_shift;
    int8_t input_zero_point;
    int8_t slope_zero_point;
    int8_t output_zero_point;
} ns_prelu_s8;

void ns_prelu_s8_run(const ns_prelu_s8 *layer, const int8_t *input, const int8_t *slopes, int8_t *output);

#endif
