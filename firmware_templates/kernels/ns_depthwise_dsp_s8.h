/* Depthwise 2-D convolution for cores with SMLAD, NHWC, one output a channel and 4 * n channels. 1-D is a height of 1.
 *
 * Four channels at a time: the rows that one output row reads are kept as int16 in a ring, one plane a channel, with
 * borders, so that the output may follow the input in its place. Steps are free, so that rows may be the image's
 * columns where those are longer. */
#ifndef NS_DEPTHWISE_DSP_S8_H
#define NS_DEPTHWISE_DSP_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [channels][kernel_height][kernel_width] */
    const int32_t *bias;       /* [channels]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; to the right, less 1: 0 to 21 */
    uint32_t input_step_y;     /* bytes from one row, and from one column, to the next */
    uint32_t input_step_x;
    uint32_t output_step_y;
    uint32_t output_step_x;
    uint16_t input_height;
    uint16_t input_width;
    uint16_t channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint16_t ring_height; /* rows that one output row reads, those that dilation skips included */
    uint16_t ring_width;  /* columns that the outputs read, rounded up to an even number */
    uint8_t stride_y;
    uint8_t stride_x;
    uint8_t dilation_y;
    uint8_t dilation_x;
    uint8_t per_channel; /* 1: a multiplier for each channel; 0: one for all */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input_zero_point;
} ns_depthwise_dsp_s8;

/* Accumulators stay below 2**30. scratch has room for output_width int32 sums, rounded up to an even number, then for
 * int16: 8 * kernel_height * ceil(kernel_width / 2) weights, 4 * ring_height * ring_width inputs, and 2 more. */
void ns_depthwise_dsp_s8_run(const ns_depthwise_dsp_s8 *layer, const int8_t *input, int8_t *output, int32_t *scratch);

#endif
