/* Stand-in: rows are samples, rounded; 8 rows of 3. */
#ifndef FRONT_END_H
#define FRONT_END_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
typedef struct { float gain; } ns_front_end;
typedef struct { int8_t rows[8][3]; uint32_t pushed; } ns_front_end_state;
typedef struct { ns_front_end_state state; } front_end_state;
static const ns_front_end front_end = {4.0f};
static inline void ns_front_end_init(ns_front_end_state *state, const ns_front_end *self) { (void)self; state->pushed = 0; }
static inline bool ns_front_end_push(ns_front_end_state *state, const ns_front_end *self, const float *sample)
{
    for (int i = 0; i < 3; i++) {
        float value = sample[i] * self->gain;
        value = value > 127.0f ? 127.0f : value < -128.0f ? -128.0f : value;
        state->rows[state->pushed % 8u][i] = (int8_t)(value + (value < 0.0f ? -0.5f : 0.5f));
    }
    state->pushed++;
    return true;
}
static inline bool ns_front_end_ready(const ns_front_end_state *state, const ns_front_end *self) { (void)self; return state->pushed >= 8u; }
static inline void ns_front_end_copy(const ns_front_end_state *state, const ns_front_end *self, int8_t *out)
{
    (void)self;
    for (uint32_t i = 0; i < 8u; i++) {
        memcpy(out + 3u * i, state->rows[(state->pushed + i) % 8u], 3u);
    }
}
#endif
