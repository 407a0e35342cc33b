#include "reference.h"

#define SQUARE_ROOT_STEPS 160 /* enough from any start: each halves the error, the last six double the digits */

void reference_init(reference_state *state)
{
    for (uint32_t i = 0; i < NS_SAMPLE_FLOATS; i++) {
        state->sums[i] = 0.0;
        state->squares[i] = 0.0;
        state->first[i] = 0.0f;
        state->mean[i] = 0.0f;
        state->gain[i] = 1.0f;
    }
    state->count = 0u;
}

void reference_skip(reference_state *state)
{
    reference_init(state);
    state->count = NS_REFERENCE_SAMPLES;
}

/* Heron's method: the firmware is linked without the mathematical library. */
static double square_root(double value)
{
    double root = value > 1.0 ? value : 1.0;

    for (int step = 0; step < SQUARE_ROOT_STEPS; step++) {
        root = 0.5 * (root + value / root);
    }
    return root;
}

static void settle(reference_state *state)
{
    for (uint32_t i = 0; i < NS_SAMPLE_FLOATS; i++) {
        const double mean = state->sums[i] / NS_REFERENCE_SAMPLES;
        const double square = mean * mean;
        const double variance = state->squares[i] / NS_REFERENCE_SAMPLES - square;

        state->mean[i] = (float)((double)state->first[i] + mean);
        state->gain[i] = variance > 0.0 ? (float)(1.0 / square_root(variance)) : 1.0f;
    }
}

bool reference_take(reference_state *state, float *sample)
{
    if (state->count == NS_REFERENCE_SAMPLES) {
        for (uint32_t i = 0; i < NS_SAMPLE_FLOATS; i++) {
            sample[i] = (sample[i] - state->mean[i]) * state->gain[i];
        }
        return true;
    }
    for (uint32_t i = 0; i < NS_SAMPLE_FLOATS; i++) {
        if (state->count == 0u) {
            state->first[i] = sample[i];
        }
        const double distance = (double)sample[i] - (double)state->first[i];
        const double square = distance * distance;

        state->sums[i] += distance;
        state->squares[i] += square;
    }
    state->count++;
    if (state->count == NS_REFERENCE_SAMPLES) {
        settle(state);
    }
    return false;
}
