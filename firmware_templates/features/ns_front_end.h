/* Feature front-ends, one interface over all kinds: samples go in one by one, an int8 window for the model comes out.
 *
 * A sample is one time step, float[channels], or one row of a picture, float[width * colors] from 0 to 255. Each kind
 * turns samples into rows of `columns` features; a row is normalized and quantized when it is complete and kept in a
 * ring of the latest `rows` rows, so that a hop costs a hop and not a window.
 *
 * The features that a model is trained on come from this code, built for the host. Both sides agree bit for bit because
 * it uses IEEE single precision only (ns_strict_float.h): no fused multiply-add, no library function whose
 * result differs between C libraries, and tables that were computed once, on the host.
 */
#ifndef NS_FRONT_END_H
#define NS_FRONT_END_H

#include <stdbool.h>
#include <stdint.h>

/* Takes one sample; returns the row of features that it completed, valid until the next call, or NULL.
 * `parameters` is the struct of the kind, `memory` the kind's own floats; `position` is 0 at the start of a stream. */
typedef const float *(*ns_front_end_step)(const void *parameters, int32_t *position, float *memory,
                                          const float *sample);

/* Changes one row of a window that is copied, float[columns], in place; `row` counts from the window's oldest one and
 * `state` is what the rows of this window leave to the next, so that a window's features depend on nothing before it. */
typedef void (*ns_front_end_finish)(const void *parameters, uint32_t row, float *state, float *features);

/* Looks at one row of a window, float[columns], before the first one is finished; rows come in order, oldest first. */
typedef void (*ns_front_end_survey)(const void *parameters, uint32_t row, float *state, const float *features);

/* One fitted front-end; constant, generated. */
typedef struct {
    ns_front_end_step step;
    const void *parameters;
    ns_front_end_finish finish; /* or NULL: rows are quantized when they are complete, and not when they are copied */
    ns_front_end_survey survey; /* of the finish, or NULL */
    const void *finish_parameters;
    const float *gain;      /* [statistics]: model input = round(feature * gain + offset) */
    const float *offset;    /* [statistics] */
    uint16_t statistics;    /* columns i, i + statistics, i + 2 * statistics, ... share gain[i] and offset[i] */
    uint16_t rows;          /* in one window */
    uint16_t columns;       /* in one row; a multiple of statistics */
    uint16_t memory_floats; /* that the kind keeps between samples; 0 at the start of a stream */
    uint16_t finish_floats; /* of `finish`; 0 where there is none */
    bool whole_windows;     /* pictures: windows share no row, the next one starts where the last one ended */
} ns_front_end;

/* What a front-end keeps between samples. In memory it is followed by float[memory_floats] and by the ring,
 * int8_t[rows][columns]; with a finish by float[finish_floats], one row float[columns] and float[rows][columns] instead
 * of the ring: declare the generated `front_end_state`, which has room for them, and pass its `.state`. */
typedef struct {
    int32_t position;  /* of the kind */
    uint16_t next_row; /* of the ring: where the next row goes, the oldest one once the ring is full */
    uint16_t filled;   /* rows in the ring */
} ns_front_end_state;

/* Forgets every sample. */
void ns_front_end_init(ns_front_end_state *state, const ns_front_end *front_end);

/* Takes one sample; true when it completed a row. */
bool ns_front_end_push(ns_front_end_state *state, const ns_front_end *front_end, const float *sample);

/* Whether the latest `rows` rows form a window: a picture is ready until the next one's first row of features. */
bool ns_front_end_ready(const ns_front_end_state *state, const ns_front_end *front_end);

/* Writes the latest window, int8_t[rows][columns], oldest row first; call only when ready. */
void ns_front_end_copy(ns_front_end_state *state, const ns_front_end *front_end, int8_t *model_input);

#endif
