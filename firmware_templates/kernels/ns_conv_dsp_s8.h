/* 2-D convolution for cores with SMLAD, NHWC, any stride, dilation and padding. 1-D is a height of 1. */
#ifndef NS_CONV_DSP_S8_H
#define NS_CONV_DSP_S8_H

#include "ns_filters_dsp.h"

typedef struct {
    ns_filters_dsp filters;
    uint16_t input_height;
    uint16_t input_width;
    uint16_t input_channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint8_t stride_y;
    uint8_t stride_x;
    uint8_t dilation_y;
    uint8_t dilation_x;
    int8_t input_zero_point;
} ns_conv_dsp_s8;

/* input [input_height][input_width][input_channels], output [output_height][output_width][channels]. scratch has room
 * for 3 * filters.taps int16 values, then for int8 values: for one row of the kernel (kernel_width * input_channels)
 * where that is a multiple of 4 (none where nothing leaves the input and nothing is dilated), else for filters.taps.
 * Three positions are read before all are written. */
void ns_conv_dsp_s8_run(const ns_conv_dsp_s8 *layer, const int8_t *input, int8_t *output, int16_t *scratch);

#endif
