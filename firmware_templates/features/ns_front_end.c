#include "ns_front_end.h"

#include "ns_quantize.h"

#include <stddef.h>
#include <string.h>

/* The one gives the other's bytes. */
#if defined(__SOFTFP__)
#define quantize ns_quantize_by_bits
#else
#define quantize ns_quantize_f32
#endif

static float *memory_of(ns_front_end_state *state)
{
    return (float *)(void *)(state + 1);
}

/* Behind the kind's memory: the ring of int8 rows, or what `finish` keeps, its row and the ring of float rows. */
static float *behind_memory(ns_front_end_state *state, const ns_front_end *front_end)
{
    return memory_of(state) + front_end->memory_floats;
}

static float *float_ring(ns_front_end_state *state, const ns_front_end *front_end)
{
    return behind_memory(state, front_end) + front_end->finish_floats + front_end->columns;
}

static void quantize_row(const ns_front_end *front_end, const float *features, int8_t *row)
{
    uint32_t statistic = 0;

    for (uint32_t column = 0; column < front_end->columns; column++) {
        row[column] = quantize(features[column], front_end->gain[statistic], front_end->offset[statistic]);
        statistic++;
        if (statistic == front_end->statistics) {
            statistic = 0;
        }
    }
}

static void keep_row(ns_front_end_state *state, const ns_front_end *front_end, const float *features)
{
    const size_t place = (size_t)state->next_row * front_end->columns;

    if (front_end->finish == NULL) {
        quantize_row(front_end, features, (int8_t *)(void *)behind_memory(state, front_end) + place);
    } else {
        memcpy(float_ring(state, front_end) + place, features, front_end->columns * sizeof *features);
    }
}

/* The rows in a window's order: from the oldest one to the end of the ring, then from its start. */
static void survey_rows(const ns_front_end *front_end, float *kept, const float *ring, uint32_t from)
{
    for (uint32_t row = 0; row < front_end->rows; row++) {
        front_end->survey(front_end->finish_parameters, row, kept, ring + (size_t)from * front_end->columns);
        from++;
        if (from == front_end->rows) {
            from = 0;
        }
    }
}

static void finish_rows(ns_front_end_state *state, const ns_front_end *front_end, int8_t *model_input)
{
    float *kept = behind_memory(state, front_end);
    float *features = kept + front_end->finish_floats;
    const float *ring = float_ring(state, front_end);
    uint32_t from = state->next_row;

    memset(kept, 0, front_end->finish_floats * sizeof *kept);
    if (front_end->survey != NULL) {
        survey_rows(front_end, kept, ring, from);
    }
    for (uint32_t row = 0; row < front_end->rows; row++) {
        memcpy(features, ring + (size_t)from * front_end->columns, front_end->columns * sizeof *features);
        front_end->finish(front_end->finish_parameters, row, kept, features);
        quantize_row(front_end, features, model_input + (size_t)row * front_end->columns);
        from++;
        if (from == front_end->rows) {
            from = 0;
        }
    }
}

void ns_front_end_init(ns_front_end_state *state, const ns_front_end *front_end)
{
    state->position = 0;
    state->next_row = 0;
    state->filled = 0;
    memset(memory_of(state), 0, front_end->memory_floats * sizeof(float));
}

bool ns_front_end_push(ns_front_end_state *state, const ns_front_end *front_end, const float *sample)
{
    const float *features = front_end->step(front_end->parameters, &state->position, memory_of(state), sample);

    if (features == NULL) {
        return false;
    }
    if (front_end->whole_windows && state->filled == front_end->rows) {
        state->filled = 0;
    }
    keep_row(state, front_end, features);
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

void ns_front_end_copy(ns_front_end_state *state, const ns_front_end *front_end, int8_t *model_input)
{
    const size_t newer = (size_t)state->next_row * front_end->columns;
    const size_t older = (size_t)front_end->rows * front_end->columns - newer;

    if (front_end->finish == NULL) {
        const int8_t *ring = (const int8_t *)(void *)behind_memory(state, front_end);

        memcpy(model_input, ring + newer, older);
        memcpy(model_input + older, ring, newer);
    } else {
        finish_rows(state, front_end, model_input);
    }
}
