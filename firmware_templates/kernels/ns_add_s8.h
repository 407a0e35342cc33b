/* Sum or difference of two inputs on different scales, as TensorFlow Lite computes it: both are shifted left by 20,
 * scaled to twice the larger input scale, added, and scaled to the output. */
#ifndef NS_ADD_S8_H
#define NS_ADD_S8_H

#include "ns_broadcast_s8.h"

typedef struct {
    ns_broadcast shape;
    int32_t a_multiplier;
    int32_t b_multiplier;
    int32_t output_multiplier;
    int8_t a_shift; /* 0 or negative: shifts right */
    int8_t b_shift;
    int8_t output_shift;
    int8_t a_zero_point;
    int8_t b_zero_point;
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_add_s8;

void ns_add_s8_run(const ns_add_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);
void ns_sub_s8_run(const ns_add_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);

#endif
