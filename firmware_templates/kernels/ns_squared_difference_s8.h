/* Square of the difference of two inputs, each brought to one scale with 7 bits to spare. */
#ifndef NS_SQUARED_DIFFERENCE_S8_H
#define NS_SQUARED_DIFFERENCE_S8_H

#include "ns_broadcast_s8.h"

typedef struct {
    ns_broadcast shape;
    int32_t a_multiplier;
    int32_t b_multiplier;
    int32_t output_multiplier;
    int8_t a_shift;
    int8_t b_shift;
    int8_t output_shift;
    int8_t a_zero_point;
    int8_t b_zero_point;
    int8_t output_zero_point;
} ns_squared_difference_s8;

void ns_squared_difference_s8_run(const ns_squared_difference_s8 *layer, const int8_t *a, const int8_t *b,
                                  int8_t *output);

#endif
