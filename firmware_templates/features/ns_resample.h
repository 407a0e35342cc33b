/* Samples that come when they come, put on a uniform grid before a front-end sees them: linear between neighbors.
 *
 * Late and repeated samples are dropped; a hole longer than `longest_gap_us` is not filled: the caller starts its
 * front-end anew, as it does after a restart. Times are microseconds of a clock that may run over. */
#ifndef NS_RESAMPLE_H
#define NS_RESAMPLE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint64_t step_q16;       /* microseconds * 2^16 from one grid point to the next, at least 1 */
    uint32_t longest_gap_us; /* below 2^31 */
} ns_resample;

/* What is kept between samples; the caller declares float[2 * channels] beside it and passes it as `memory`. */
typedef struct {
    uint64_t ahead_q16; /* from the earlier sample to the next grid point */
    uint32_t latest_us;
    uint32_t span_us; /* from the earlier sample to the latest one; 0: there is no earlier one */
    bool started;
} ns_resample_state;

typedef enum {
    NS_RESAMPLE_TAKEN,
    NS_RESAMPLE_LATE,    /* not after the latest sample: dropped */
    NS_RESAMPLE_RESTART, /* the first sample, or the first one after a hole: the grid starts here */
} ns_resample_event;

void ns_resample_init(ns_resample_state *state);

/* Takes one sample, float[channels]; then call ns_resample_pull until it is false. */
ns_resample_event ns_resample_push(ns_resample_state *state, const ns_resample *settings, float *memory,
                                   const float *sample, uint32_t time_us);

/* Writes the next grid point's sample, float[channels]; false where it lies after the latest sample. */
bool ns_resample_pull(ns_resample_state *state, const ns_resample *settings, const float *memory, float *sample);

#endif
