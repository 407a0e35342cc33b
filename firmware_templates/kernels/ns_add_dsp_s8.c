#include "ns_add_dsp_s8.h"

#include "ns_clamp_dsp.h"
#include "ns_requantize_dsp.h"

void ns_add_dsp_s8_run(const ns_add_dsp_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    const int32_t zero_a = layer->a_zero_point;
    const int32_t zero_b = layer->b_zero_point;
    const int32_t left = layer->b_left;
    const int32_t multiplier = layer->b_multiplier;
    const int32_t shift = layer->b_shift;
    const int32_t half = 1 << (shift - 1);
    const int32_t output_multiplier = layer->output_multiplier;
    const int32_t output_shift = layer->output_shift;
    const int32_t rounding = (2 * layer->output_zero_point + 1) * (1 << output_shift);
    const int8_t *end = a + layer->count;
    int8_t *to = output;
    while (a != end) {
        const int32_t x = (*a++ - zero_a) * (1 << 20); /* doubled, as ns_round_dsp takes it */
        const int32_t y = (*b++ - zero_b) * (1 << left);
        const int32_t scaled = ns_high_word_add(y, multiplier, half + (y >> 31)) >> shift;
        *to++ = ns_round_dsp(x + scaled * 2, output_multiplier, output_shift, rounding);
    }
    ns_clamp_dsp(output, layer->count, layer->activation_min, layer->activation_max);
}
