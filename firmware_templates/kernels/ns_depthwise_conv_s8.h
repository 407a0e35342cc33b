/* Depthwise 2-D convolution, NHWC. One channel at a time is copied into a padded plane of int16, so that borders need
 * no tests and the output may take the input's place; its weights are widened beside it, in pairs along the width.
 * 1-D is a height of 1. */
#ifndef NS_DEPTHWISE_CONV_S8_H
#define NS_DEPTHWISE_CONV_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [channels][kernel_height][kernel_width] */
    const int32_t *bias;       /* [channels]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; positive shifts left */
    uint16_t input_height;
    uint16_t input_width;
    uint16_t input_channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t depth_multiplier; /* output channels an input channel */
    uint16_t plane_height;     /* rows and columns that the outputs read, padding included */
    uint16_t plane_width;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint8_t stride_y;
    uint8_t stride_x;
    uint8_t dilation_y;
    uint8_t dilation_x;
    uint8_t per_channel; /* 1: a multiplier for each channel; 0: one for all */
    uint8_t narrow;      /* 1: all accumulators are below 2**30 and all shifts below 0 */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input_zero_point;
} ns_depthwise_conv_s8;

/* input [input_height][input_width][input_channels], output [output_height][output_width][channels]. scratch has room
 * for output_width int32 sums, then 2 * kernel_height * ceil(kernel_width / 2) int16 weights, then the plane of
 * plane_height * plane_width int16 and one more. With a depth multiplier of 1 the output may be the input's place. */
void ns_depthwise_conv_s8_run(const ns_depthwise_conv_s8 *layer, const int8_t *input, int8_t *output, int32_t *scratch);

#endif
