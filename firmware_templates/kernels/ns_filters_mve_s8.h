/* The multiply-accumulate core of convolutions and dense layers on Cortex-M55: VMLADAVA multiplies 16 bytes at once.
 * Weights are plain rows; the last few taps of a row are predicated, so nothing is filled up. */
#ifndef NS_FILTERS_MVE_S8_H
#define NS_FILTERS_MVE_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *weights;     /* [channels][taps] */
    const int32_t *bias;       /* [channels]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; positive shifts left */
    uint16_t channels;         /* outputs of one position (of one group) */
    uint16_t taps;             /* inputs of one position */
    uint8_t per_channel;       /* 1: a multiplier for each channel; 0: one for all */
    uint8_t narrow;            /* 1: all accumulators are below 2**30 and all shifts below 0 */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_filters_mve_s8;

/* output[p][c] = clamp(zero_point + round(scale[c] * (bias[c] + sum_k weights[c][k] * input[p][k]))) for three
 * positions. Inputs are read again after outputs were written; neighbors may be one place, so that fewer than three are
 * computed. */
void ns_filters_mve_s8_run3(const ns_filters_mve_s8 *filters, const int8_t *const input[3], int8_t *const output[3]);

#endif
