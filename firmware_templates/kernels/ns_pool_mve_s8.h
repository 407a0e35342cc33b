/* Max and average pooling for Cortex-M55, NHWC, several channels at once; windows are cut at the borders. */
#ifndef NS_POOL_MVE_S8_H
#define NS_POOL_MVE_S8_H

#include <stdint.h>

typedef struct {
    uint16_t input_height;
    uint16_t input_width;
    uint16_t channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t window_height;
    uint16_t window_width;
    uint8_t stride_y;
    uint8_t stride_x;
    int8_t activation_min;
    int8_t activation_max;
} ns_pool_mve_s8;

/* input [input_height][input_width][channels], output [output_height][output_width][channels]; channels are written in
 * ascending order and each is read before it is written. */
void ns_max_pool_mve_s8_run(const ns_pool_mve_s8 *layer, const int8_t *input, int8_t *output);

/* The mean is rounded to nearest, halves away from zero, as TensorFlow Lite does. */
void ns_average_pool_mve_s8_run(const ns_pool_mve_s8 *layer, const int8_t *input, int8_t *output);

#endif
