/* Dense layer on one row for cores with SMLAD; plain C elsewhere. Four channels at a time, whose weights are packed in
 * pairs as in ns_filters_dsp.h. */
#ifndef NS_DENSE_DSP_S8_H
#define NS_DENSE_DSP_S8_H

#include <stdint.h>

typedef struct {
    const int16_t *weights;    /* [ceil(channels / 4)][ceil(inputs / 4)][2 pairs][4 taps: 0, 2, 1, 3], aligned to 4 */
    const int32_t *bias;       /* [channels, rounded up to 4]; the input's zero point is folded in */
    const int32_t *multiplier; /* as bias, or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; to the right, less 1: 0 to 21 */
    uint16_t channels;
    uint16_t inputs;
    uint8_t per_channel; /* 1: a multiplier for each channel; 0: one for all */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_dense_dsp_s8;

/* input [inputs], output [channels], apart from each other. Accumulators stay below 2**30. */
void ns_dense_dsp_s8_run(const ns_dense_dsp_s8 *layer, const int8_t *input, int8_t *output);

#endif
