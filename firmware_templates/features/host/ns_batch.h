/* Many windows at once, for the host: what training and the parity check call. Not part of the firmware. */
#ifndef NS_BATCH_H
#define NS_BATCH_H

#include "ns_front_end.h"
#include "ns_resample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Windows [count][samples][sample_floats]; one of `floats` and `bytes` is NULL. */
typedef struct {
    const float *floats;
    const uint8_t *bytes;
    float *sample; /* [sample_floats], where bytes are turned into floats */
    size_t count;
    size_t samples;
    size_t sample_floats;
} ns_batch_windows;

/* The key of the sources that the library was built from. */
const char *ns_batch_key(void);

/* Features before quantization, [count][rows][columns]. `memory` has memory_floats + finish_floats.
 * False when a window gave another number of rows than front_end->rows. */
bool ns_batch_features(const ns_front_end *front_end, const ns_batch_windows *windows, float *memory, float *features);

/* Model inputs, [count][rows][columns], each window through the streaming interface from its start.
 * `state` is followed by room for the memory and the ring. False when a window was not ready at its end. */
bool ns_batch_quantized(const ns_front_end *front_end, const ns_batch_windows *windows, ns_front_end_state *state,
                        int8_t *model_inputs);

/* A series with the time of each sample. */
typedef struct {
    const float *samples;     /* [count][channels] */
    const uint32_t *times_us; /* [count] */
    size_t count;
} ns_batch_times;

/* Grid samples [made][channels] of a series, as the device makes them, and 1 in `restarts` where the grid starts. There
 * is room for `room` of them; `memory` has 2 * channels floats. */
size_t ns_batch_resample(const ns_resample *settings, const ns_batch_times *series, float *memory, float *samples,
                         uint8_t *restarts, size_t room);

#endif
