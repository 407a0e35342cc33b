/* 2-D convolution for Cortex-M55, NHWC, any stride, dilation, padding and number of groups. 1-D is a height of 1. */
#ifndef NS_CONV_MVE_S8_H
#define NS_CONV_MVE_S8_H

#include "ns_filters_mve_s8.h"

typedef struct {
    ns_filters_mve_s8 filters; /* of one group; those of the others follow in the same arrays */
    uint16_t input_height;
    uint16_t input_width;
    uint16_t input_channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t groups;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint8_t stride_y;
    uint8_t stride_x;
    uint8_t dilation_y;
    uint8_t dilation_x;
    int8_t input_zero_point;
} ns_conv_mve_s8;

/* input [input_height][input_width][input_channels], output [output_height][output_width][groups * channels]; patch
 * has room for three runs of filters.taps bytes. With one group, three positions are read before they are written; with
 * several, each group reads all positions after those before it were written. */
void ns_conv_mve_s8_run(const ns_conv_mve_s8 *layer, const int8_t *input, int8_t *output, int8_t *patch);

#endif
