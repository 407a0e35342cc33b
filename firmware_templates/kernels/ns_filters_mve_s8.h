/* The multiply-accumulate core of convolutions and dense layers on Cortex-M55: VMLADAVA multiplies 16 bytes at once.
 * Weights are plain rows; the last few taps of a row are predicated, so nothing is filled up. */
#ifndef NS_FILTERS_MVE_S8_H
#define NS_FILTERS_MVE_S8_H

#include "ns_requantize_mve.h"

typedef struct {
    const int8_t *weights;     /* [channels][taps] */
    const int32_t *bias;       /* [channels]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels of a dense layer share one */
    const int8_t *shift;       /* as multiplier; positive shifts left */
    uint16_t channels;         /* outputs of one position (of one group) */
    uint16_t taps;             /* inputs of one position */
    uint8_t per_channel;       /* 1: a multiplier for each channel; 0: one for all */
    uint8_t narrow;            /* 1: all accumulators are below 2**30 and all shifts below 0 */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_filters_mve_s8;

/* output[c] = clamp(zero_point + round(scale[c] * (bias[c] + sum_k weights[c][k] * input[k]))) for one position and the
 * channels from `first`, a multiple of 4, on. */
static inline void ns_filters_mve_s8_run1(const ns_filters_mve_s8 *filters, uint32_t first, const int8_t *input,
                                          int8_t *output)
{
    const uint32_t taps = filters->taps;
    const uint32_t step = filters->per_channel;
    const int8_t *weights = filters->weights + first * taps;
    ns_scales_mve scales = {
        filters->bias + first,
        filters->multiplier + first * step,
        filters->shift + first * step,
        step,
        filters->narrow,
        filters->output_zero_point,
        filters->activation_min,
        filters->activation_max,
    };
    output += first;
    for (uint32_t left = filters->channels - first; left > 0; left -= left < 4 ? left : 4) {
        const int8_t *second = weights + (left > 1 ? taps : 0); /* rows that do not exist are the last one's */
        const int8_t *third = second + (left > 2 ? taps : 0);
        const int8_t *const rows[4] = {weights, second, third, third + (left > 3 ? taps : 0)};
        ns_requantize_mve(ns_mve_dot_1x4(input, rows, taps), &scales, left, output);
        ns_next_scales_mve(&scales);
        weights += 4 * taps;
        output += 4;
    }
}

/* The same for three positions and all channels, each of which has a multiplier. Inputs are read again after outputs
 * were written; neighbors may be one place, so that fewer than three are computed. */
void ns_filters_mve_s8_run3(const ns_filters_mve_s8 *filters, const int8_t *const input[3], int8_t *const output[3]);

#endif
