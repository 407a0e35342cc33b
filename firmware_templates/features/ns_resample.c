#include "ns_resample.h"

#include "ns_strict_float.h"

#include <stddef.h>
#include <string.h>

void ns_resample_init(ns_resample_state *state)
{
    memset(state, 0, sizeof *state);
}

/* (float)value, rounded once: libgcc's own conversion brings 4 kB of double precision along on cores without an FPU. */
static float to_float(uint64_t value)
{
    uint32_t shift = 0u;

    while (value >> 32 != 0u) {
        value = value >> 1 | (value & 1u); /* below the 24 bits that are kept, the last one says that more was there */
        shift++;
    }
    return (float)(uint32_t)value * (float)(1u << shift);
}

ns_resample_event ns_resample_push(ns_resample_state *state, const ns_resample *settings, float *memory,
                                   const float *sample, uint32_t time_us)
{
    const size_t bytes = settings->channels * sizeof *memory;
    float *latest = memory + settings->channels;
    const uint32_t since = time_us - state->latest_us;

    if (state->started && (since == 0u || since >= 0x80000000u)) {
        return NS_RESAMPLE_LATE;
    }
    state->latest_us = time_us;
    if (!state->started || since > settings->longest_gap_us) {
        state->started = true;
        state->span_us = 0u;
        state->ahead_q16 = 0u;
        memcpy(latest, sample, bytes);
        return NS_RESAMPLE_RESTART;
    }
    state->ahead_q16 -= (uint64_t)state->span_us << 16;
    state->span_us = since;
    memcpy(memory, latest, bytes);
    memcpy(latest, sample, bytes);
    return NS_RESAMPLE_TAKEN;
}

bool ns_resample_pull(ns_resample_state *state, const ns_resample *settings, const float *memory, float *sample)
{
    const float *latest = memory + settings->channels;
    const uint64_t span_q16 = (uint64_t)state->span_us << 16;
    float share;

    if (state->ahead_q16 > span_q16) {
        return false;
    }
    if (state->ahead_q16 == span_q16) {
        memcpy(sample, latest, settings->channels * sizeof *sample);
    } else {
        share = to_float(state->ahead_q16) / to_float(span_q16);
        for (uint32_t channel = 0; channel < settings->channels; channel++) {
            const float change = (latest[channel] - memory[channel]) * share;

            sample[channel] = memory[channel] + change;
        }
    }
    state->ahead_q16 += settings->step_q16;
    return true;
}
