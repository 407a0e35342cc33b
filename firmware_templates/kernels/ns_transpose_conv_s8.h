/* Transposed 2-D convolution, NHWC: each output sums the inputs whose strided windows cover it. 1-D is a height of 1. */
#ifndef NS_TRANSPOSE_CONV_S8_H
#define NS_TRANSPOSE_CONV_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [output_channels][kernel_height][kernel_width][input_channels] */
    const int32_t *bias;       /* [output_channels] */
    const int32_t *multiplier; /* [output_channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; positive shifts left */
    uint16_t input_height;
    uint16_t input_width;
    uint16_t input_channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t output_channels;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint8_t stride_y;
    uint8_t stride_x;
    uint8_t per_channel; /* 1: a multiplier for each channel; 0: one for all */
    int8_t input_zero_point;
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_transpose_conv_s8;

void ns_transpose_conv_s8_run(const ns_transpose_conv_s8 *layer, const int8_t *input, int8_t *output);

#endif
