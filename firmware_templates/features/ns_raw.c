#include "ns_raw.h"

#include "ns_strict_float.h"

#include <stddef.h>

const float *ns_raw_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_raw *raw = parameters;

    if (raw->decimate == 1) {
        return sample;
    }
    for (uint32_t channel = 0; channel < raw->channels; channel++) {
        memory[channel] = *position == 0 ? sample[channel] : memory[channel] + sample[channel];
    }
    (*position)++;
    if (*position < raw->decimate) {
        return NULL;
    }
    *position = 0;
    for (uint32_t channel = 0; channel < raw->channels; channel++) {
        memory[channel] *= raw->share;
    }
    return memory;
}
