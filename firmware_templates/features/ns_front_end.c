#include "ns_front_end.h"

#include "ns_strict_float.h"

#include <stddef.h>
#include <string.h>

static float *memory_of(ns_front_end_state *state)
{
    return (float *)(void *)(state + 1);
}

static int8_t *ring_of(ns_front_end_state *state, const ns_front_end *front_end)
{
    return (int8_t *)(memory_of(state) + front_end->memory_floats);
}

static const int8_t *constant_ring_of(const ns_front_end_state *state, const ns_front_end *front_end)
{
    return (const int8_t *)((const float *)(const void *)(state + 1) + front_end->memory_floats);
}

/* Nearest integer, halves away from zero, clamped to int8; exact for every float. Not a number becomes -128. */
static int8_t round_to_int8(float value)
{
    int32_t whole;
    float rest;

    if (!(value > -128.0f)) {
        return -128;
    }
    if (value >= 127.0f) {
        return 127;
    }
    whole = (int32_t)value;
    rest = value - (float)whole;
    if (rest >= 0.5f) {
        whole++;
    } else if (rest <= -0.5f) {
        whole--;
    }
    return (int8_t)whole;
}

static void quantize_row(const ns_front_end *front_end, const float *features, int8_t *row)
{
    uint32_t statistic = 0;

    for (uint32_t column = 0; column < front_end->columns; column++) {
        const float product = features[column] * front_end->gain[statistic];

        row[column] = round_to_int8(product + front_end->offset[statistic]);
        statistic++;
        if (statistic == front_end->statistics) {
            statistic = 0;
        }
    }
}

void ns_front_end_init(ns_front_end_state *state, const ns_front_end *front_end)
{
    (void)front_end;
    state->position = 0;
    state->next_row = 0;
    state->filled = 0;
}

bool ns_front_end_push(ns_front_end_state *state, const ns_front_end *front_end, const float *sample)
{
    const float *features;

    if (front_end->whole_windows && state->filled == front_end->rows) {
        state->filled = 0;
    }
    features = front_end->step(front_end->parameters, &state->position, memory_of(state), sample);
    if (features == NULL) {
        return false;
    }
    quantize_row(front_end, features, ring_of(state, front_end) + (size_t)state->next_row * front_end->columns);
    state->next_row++;
    if (state->next_row == front_end->rows) {
        state->next_row = 0;
    }
    if (state->filled < front_end->rows) {
        state->filled++;
    }
    return true;
}

bool ns_front_end_ready(const ns_front_end_state *state, const ns_front_end *front_end)
{
    return state->filled == front_end->rows;
}

void ns_front_end_copy(const ns_front_end_state *state, const ns_front_end *front_end, int8_t *model_input)
{
    const int8_t *ring = constant_ring_of(state, front_end);
    const size_t newer = (size_t)state->next_row * front_end->columns;
    const size_t older = (size_t)front_end->rows * front_end->columns - newer;

    memcpy(model_input, ring + newer, older);
    memcpy(model_input + older, ring, newer);
}
