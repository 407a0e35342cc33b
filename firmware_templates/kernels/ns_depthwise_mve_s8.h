/* Depthwise 2-D convolution for Cortex-M55, NHWC, 16 channels at once. The rows that one row of outputs reads are copied
 * into a ring of padded rows, in which 16 channels of neighboring pixels follow each other: borders need no tests, and
 * the output may take the input's place as far as its rows are done with. 1-D is a height of 1.
 *
 * A vector of 16 products is held as its even and its odd bytes, and those as four sums of four channels: the order
 * within a block of 16 is 0 4 8 12, 2 6 10 14, 1 5 9 13, 3 7 11 15. A last block is filled up with zeros. */
#ifndef NS_DEPTHWISE_MVE_S8_H
#define NS_DEPTHWISE_MVE_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [blocks][kernel_height][kernel_width][16] */
    const int32_t *bias;       /* [blocks][16] in the order of sums; the input's zero point is folded in */
    const int32_t *multiplier; /* as bias */
    const int8_t *shift;       /* as bias; positive shifts left */
    uint16_t input_height;
    uint16_t input_width;
    uint16_t channels; /* of the output */
    uint16_t output_height;
    uint16_t output_width;
    uint16_t depth_multiplier; /* output channels an input channel */
    uint16_t row_width;        /* pixels that a row of outputs reads, padding included */
    uint16_t ring_height;      /* (kernel_height - 1) * dilation_y + 1 */
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint8_t stride_y;
    uint8_t stride_x;
    uint8_t dilation_y;
    uint8_t dilation_x;
    uint8_t narrow; /* 1: all accumulators are below 2**30 and all shifts below 0 */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input_zero_point;
} ns_depthwise_mve_s8;

/* input [input_height][input_width][channels / depth_multiplier], output [output_height][output_width][channels].
 * scratch has room for kernel_height uint32, then ring_height * row_width pixels of whole blocks. A row of outputs is
 * written after all rows that it reads were copied. */
void ns_depthwise_mve_s8_run(const ns_depthwise_mve_s8 *layer, const int8_t *input, int8_t *output, uint32_t *scratch);

#endif
