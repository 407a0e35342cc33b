#include "ns_pcen.h"

#include "ns_float_math.h"
#include "ns_strict_float.h"

void ns_pcen_finish(const void *parameters, uint32_t row, float *state, float *features)
{
    const ns_pcen *pcen = parameters;

    for (uint32_t band = 0; band < pcen->bands; band++) {
        const float energy = features[band];
        const float change = pcen->smoothing * (energy - state[band]);
        float exponent;
        float leveled;

        state[band] = row == 0 ? energy : state[band] + change;
        exponent = pcen->gain * ns_log2_f32(state[band]);
        leveled = ns_exp2_f32(ns_log2_f32(energy) - exponent);
        exponent = pcen->power * ns_log2_f32(leveled + pcen->bias);
        features[band] = ns_exp2_f32(exponent) - pcen->bias_power;
    }
}
