/* Dense layer on one row for cores without SIMD, four channels at a time.
 *
 * Weights have 128 added, since M0 loads bytes at an immediate offset only without a sign: sum(w * x) = sum((w + 128) * x) -
 * 128 * sum(x), modulo 2**32. */
#ifndef NS_DENSE_SCALAR_S8_H
#define NS_DENSE_SCALAR_S8_H

#include <stdint.h>

typedef struct {
    const uint8_t *weights;    /* [ceil(channels / 4)][inputs][4]: weight + 128 */
    const int32_t *bias;       /* [channels, rounded up to a multiple of 4]; the input's zero point is folded in */
    const int32_t *multiplier; /* [channels], or [1] where all channels share one */
    const int8_t *shift;       /* as multiplier; all below 0 */
    uint16_t channels;
    uint16_t inputs;
    uint8_t per_channel; /* 1: a multiplier for each channel; 0: one for all */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_dense_scalar_s8;

/* input [inputs], output [channels], apart from each other; for accumulators below 2**30. */
void ns_dense_scalar_s8_run(const ns_dense_scalar_s8 *layer, const int8_t *input, int8_t *output);

#endif
