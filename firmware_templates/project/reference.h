/* Samples told relative to how they were when the device was switched on.
 *
 * The first NS_REFERENCE_SAMPLES samples are taken as normal operation; each later one becomes, channel by channel,
 * (sample - their mean) / their standard deviation. Sums are kept in double, in the order of the samples, so that the
 * host gets the same bits. A channel that stood still is only shifted. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

typedef struct {
    double sums[NS_SAMPLE_FLOATS];    /* of the distances from the first sample */
    double squares[NS_SAMPLE_FLOATS]; /* of the same */
    float first[NS_SAMPLE_FLOATS];
    float mean[NS_SAMPLE_FLOATS];
    float gain[NS_SAMPLE_FLOATS];
    uint32_t count; /* samples taken, up to NS_REFERENCE_SAMPLES */
} reference_state;

/* Forgets what was normal. */
void reference_init(reference_state *state);

/* Samples that follow are relative already and pass as they are: recorded windows that a host prepared. */
void reference_skip(reference_state *state);

/* Takes one sample: false while it belongs to the reference, true once it was made relative to it. */
bool reference_take(reference_state *state, float *sample);

#endif
