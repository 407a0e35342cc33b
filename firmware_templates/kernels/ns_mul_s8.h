/* Product of two inputs. */
#ifndef NS_MUL_S8_H
#define NS_MUL_S8_H

#include "ns_broadcast_s8.h"

typedef struct {
    ns_broadcast shape;
    int32_t multiplier;
    int8_t shift;
    int8_t a_zero_point;
    int8_t b_zero_point;
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_mul_s8;

void ns_mul_s8_run(const ns_mul_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);

#endif
