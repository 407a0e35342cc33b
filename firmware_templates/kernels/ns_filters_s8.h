/* The multiply-accumulate core of convolutions and dense layers: all output channels of one or two positions.
 *
 * Weights come in quads: four taps of two neighboring channels a and b as a0 b0 a2 b2 a1 b1 a3 b3. Sign-extending the
 * even and the odd bytes of a word (SXTB16) then gives pairs of taps of one channel, which is what SMLAD multiplies.
 * Taps are filled up to a multiple of 4, and an odd last channel is paired, with zeros. */
#ifndef NS_FILTERS_S8_H
#define NS_FILTERS_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [ceil(channels / 2)][taps / 4][8], aligned to 4 */
    const int32_t *bias;       /* [channels]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; positive shifts left */
    uint16_t channels;         /* outputs of one position (of one group) */
    uint16_t taps;             /* inputs of one position, rounded up to a multiple of 4 */
    uint8_t per_channel;       /* 1: a multiplier for each channel; 0: one for all */
    uint8_t narrow;            /* 1: all accumulators are below 2**30 and all shifts below 0 */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_filters_s8;

/* output[c] = clamp(zero_point + round(scale[c] * (bias[c] + sum_k weights[c][k] * input[k]))) for `inputs` bytes. */
void ns_filters_s8_run1(const ns_filters_s8 *filters, const int8_t *input, uint32_t inputs, int8_t *output);

/* The same for two positions whose inputs stand in a patch (ns_patch.h), aligned to 4; the outputs may be one place. */
void ns_filters_s8_run2(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1);

#endif
