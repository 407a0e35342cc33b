/* The multiply-accumulate core of convolutions and dense layers for cores with SMLAD (M4, M7, M33); plain C elsewhere.
 *
 * Weights of two neighboring channels a and b are packed into int16 values h = 256 * a + b. SMLAD on them as they
 * are sums 256 * A + B; on their sign-extended low bytes, which one SXTB16 gives, it sums B; so that one instruction
 * unpacks four weights. Four taps stand in the order 0, 2, 1, 3: what SXTB16 makes of four inputs. Taps are filled
 * up to a multiple of 4, and an odd last channel is paired, with zeros. The compiler proves that 256 * A + B fits 32
 * bits. */
#ifndef NS_FILTERS_DSP_H
#define NS_FILTERS_DSP_H

#include <stdint.h>

typedef struct {
    const int16_t *weights; /* [ceil(channels / 2)][taps / 4][4], aligned to 4 */
    const int32_t *scales;  /* [ceil(channels / 2)][5]: 256 * bias a + bias b, bias b, multipliers, shifts (below) */
    uint16_t channels;      /* outputs of one position */
    uint16_t taps;          /* inputs of one position, rounded up to a multiple of 4 */
    int8_t output_zero_point;
    int8_t activation_min;
    int8_t activation_max;
} ns_filters_dsp;

/* Biases have the input's zero point folded in. Shifts go right, 1 to 22: byte 0 is that of a less 1, byte 1 that of b
 * less 1. Accumulators stay below 2**30.
 *
 * output[i][c] = round(zero_point + scale[c] * (bias[c] + sum_k weights[c][k] * input[i][k])), saturated to int8, for
 * the three positions of a patch; not clamped. Positions 1 and 2 are written `second` and `third` bytes behind 0. */
void ns_filters_dsp_run3(const ns_filters_dsp *filters, const int16_t *patch, int8_t *output, uint32_t second,
                         uint32_t third);

/* Writes 4 * quads taps of three positions into a patch, which four taps fill like this: taps (0, 2) of the positions
 * 0, 1, 2, then taps (1, 3). Returns where the next go. */
int16_t *ns_filters_dsp_widen3(int16_t *patch, const int8_t *x0, const int8_t *x1, const int8_t *x2, uint32_t quads);

#endif
