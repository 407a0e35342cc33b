/* ns_add_s8.h for two inputs of one shape, on Cortex-M55. */
#ifndef NS_ADD_MVE_S8_H
#define NS_ADD_MVE_S8_H

#include <stdint.h>

typedef struct {
    uint32_t count;
    int32_t a_multiplier;
    int32_t b_multiplier;
    int32_t output_multiplier;
    int8_t b_sign;  /* 1: a + b, -1: a - b */
    int8_t a_shift; /* 0 or negative: shifts right */
    int8_t b_shift;
    int8_t output_shift;
    int8_t a_zero_point;
    int8_t b_zero_point;
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_add_mve_s8;

/* a, b and output [count]; the output may be the place of either. */
void ns_add_mve_s8_run(const ns_add_mve_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);

#endif
