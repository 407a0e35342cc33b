/* Sum of two inputs of one shape for cores with SMMLAR, bit-exact with ns_add_s8.h. The input on the larger scale is
 * `a`: its factor in TensorFlow Lite's arithmetic is always 1/2, a shift. */
#ifndef NS_ADD_DSP_S8_H
#define NS_ADD_DSP_S8_H

#include <stdint.h>

typedef struct {
    uint32_t count;
    int32_t b_multiplier;
    int32_t output_multiplier;
    uint8_t b_left;       /* 21, or 22 where a factor of 1/2 is written as 1/4 */
    uint8_t b_shift;      /* to the right, 1 to 20 */
    uint8_t output_shift; /* to the right, less 1: 0 to 21 */
    int8_t a_zero_point;
    int8_t b_zero_point;
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_add_dsp_s8;

/* The output may be the place of either input. */
void ns_add_dsp_s8_run(const ns_add_dsp_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);

#endif
