/* Depthwise 3x3 convolution, NHWC, one output channel an input channel, for cores without SIMD.
 *
 * One channel at a time is copied into a padded plane of bytes, so that borders need no tests and the output may take
 * the input's place. 128 is added, since M0 loads bytes at an immediate offset only without a sign; the bias makes up. */
#ifndef NS_DEPTHWISE_SCALAR_S8_H
#define NS_DEPTHWISE_SCALAR_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [channels][3][3] */
    const int32_t *bias;       /* [channels]; the input's zero point and the 128 are folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; all below 0 */
    uint32_t input_step_y;     /* bytes from a row to the next; rows may be the image's columns */
    uint32_t input_step_x;
    uint32_t output_step_y;
    uint32_t output_step_x;
    uint16_t input_height;
    uint16_t input_width;
    uint16_t channels;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t plane_height; /* rows and columns that the outputs read, padding included */
    uint16_t plane_width;
    uint16_t pad_top;
    uint16_t pad_left;
    uint8_t stride_y;
    uint8_t stride_x; /* 1 or 2 */
    uint8_t dilation_y;
    uint8_t per_channel; /* 1: a multiplier for each channel; 0: one for all */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input_zero_point;
} ns_depthwise_scalar_s8;

/* Input and output may be one place.
 * scratch has room for 10 + output_width int32, rounded up to a multiple of 2, then plane_height * plane_width + 2 bytes. For
 * accumulators below 2**30. */
void ns_depthwise_scalar_s8_run(const ns_depthwise_scalar_s8 *layer, const int8_t *input, int8_t *output,
                                int32_t *scratch);

#endif
