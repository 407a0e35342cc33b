#include "ns_pcen_integer.h"

#include "ns_integer_math.h"
#include "ns_strict_float.h"

/* Of a number above 0: value^power. */
static ns_scaled power_of(ns_scaled value, int32_t power_q16)
{
    return ns_exp2_q16((int32_t)((int64_t)ns_log2_q16(value) * power_q16 / 65536));
}

/* The energy over smooth^gain. */
static ns_scaled leveled(ns_scaled energy, ns_scaled smooth, int32_t gain_q16)
{
    if (energy.mantissa == 0) {
        return energy;
    }
    return ns_exp2_q16(ns_log2_q16(energy) - (int32_t)((int64_t)ns_log2_q16(smooth) * gain_q16 / 65536));
}

void ns_pcen_integer_finish(const void *parameters, uint32_t row, float *state, float *features)
{
    const ns_pcen_integer *pcen = parameters;
    const ns_scaled bias = {pcen->bias_mantissa, pcen->bias_exponent};

    for (uint32_t band = 0; band < pcen->bands; band++) {
        const ns_scaled energy = ns_scaled_from_float(features[band]);
        ns_scaled smooth = energy;

        if (row > 0) {
            const ns_scaled past = ns_scaled_share(ns_scaled_from_float(state[band]), 65536u - pcen->smoothing_q16);

            smooth = ns_scaled_sum(past, ns_scaled_share(energy, pcen->smoothing_q16));
        }
        state[band] = ns_scaled_to_float(smooth);
        smooth = ns_scaled_sum(leveled(energy, smooth, pcen->gain_q16), bias);
        features[band] = ns_scaled_to_float(power_of(smooth, pcen->power_q16)) - pcen->bias_power;
    }
}
