/* The multiply-accumulate core of convolutions and dense layers: all output channels of one or two positions.
 *
 * A position's inputs ("patch") are int16, in the order of the weights. The weights of two neighboring channels are
 * interleaved, so that one word holds two taps of both: what SMLAD wants. An odd last channel is paired with zeros. */
#ifndef NS_FILTERS_S8_H
#define NS_FILTERS_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [ceil(channels / 2)][taps][2] */
    const int32_t *bias;       /* [channels]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; positive shifts left */
    uint16_t channels;         /* outputs of one position (of one group) */
    uint16_t taps;             /* inputs of one position, rounded up to an even number */
    uint8_t per_channel;       /* 1: a multiplier for each channel; 0: one for all */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_filters_s8;

/* output[c] = clamp(zero_point + round(scale[c] * (bias[c] + sum_k weights[c][k] * patch[k])))
 * patch: `taps` values, 4-byte aligned. */
void ns_filters_s8_run1(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output);

/* The same for two positions; patch: two runs of `taps` values; the outputs may be the same place. */
void ns_filters_s8_run2(const ns_filters_s8 *filters, const int16_t *patch, int8_t *output0, int8_t *output1);

#endif
