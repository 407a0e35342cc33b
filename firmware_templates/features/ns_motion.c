#include "ns_motion.h"

#include "ns_float_math.h"
#include "ns_strict_float.h"

#include <stddef.h>
#include <string.h>

typedef struct {
    float at[3];
} vector;

static float length_of(const vector *v)
{
    float sum = 0.0f;

    for (uint32_t i = 0; i < 3; i++) {
        sum += v->at[i] * v->at[i];
    }
    return ns_sqrt_f32(sum);
}

/* Low-passed channel: the ring's oldest sample is at `oldest`. */
static float smoothed(const ns_motion *motion, const float *ring, uint32_t oldest, uint32_t channel)
{
    float sum = 0.0f;

    for (uint32_t tap = 0; tap < motion->taps; tap++) {
        sum += ring[(size_t)oldest * motion->channels + channel] * motion->window[tap];
        oldest++;
        if (oldest == motion->taps) {
            oldest = 0;
        }
    }
    return sum;
}

static float *put(float *row, const vector *v)
{
    memcpy(row, v->at, sizeof v->at);
    return row + 3;
}

static float *put_triple(const ns_motion *motion, const float *ring, uint32_t oldest, const uint16_t *axes, float *row)
{
    const uint32_t middle = (oldest + motion->taps / 2u) % motion->taps;
    vector all;
    vector gravity;
    vector body;

    for (uint32_t i = 0; i < 3; i++) {
        all.at[i] = ring[(size_t)middle * motion->channels + axes[i]];
        gravity.at[i] = smoothed(motion, ring, oldest, axes[i]);
        body.at[i] = all.at[i] - gravity.at[i];
    }
    if (motion->gravity) {
        row = put(row, &gravity);
    }
    if (motion->body) {
        row = put(row, &body);
    }
    if (motion->magnitude) {
        row[0] = length_of(&all);
        row[1] = length_of(&body);
        row += 2;
    }
    return row;
}

/* `position` counts up to `taps`, then around from taps to 2 * taps: the ring's next place is its remainder. */
const float *ns_motion_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_motion *motion = parameters;
    float *features = memory + (size_t)motion->taps * motion->channels;
    float *row = features;
    const uint32_t place = (uint32_t)*position % motion->taps;
    const uint32_t oldest = (place + 1u) % motion->taps;

    memcpy(memory + (size_t)place * motion->channels, sample, motion->channels * sizeof *sample);
    (*position)++;
    if (*position < motion->taps) {
        return NULL;
    }
    if (*position == 2 * (int32_t)motion->taps) {
        *position = motion->taps;
    }
    if (motion->raw) {
        const uint32_t middle = (oldest + motion->taps / 2u) % motion->taps;

        memcpy(row, memory + (size_t)middle * motion->channels, motion->channels * sizeof *row);
        row += motion->channels;
    }
    for (uint32_t triple = 0; triple < motion->triples; triple++) {
        row = put_triple(motion, memory, oldest, motion->axes + (size_t)3 * triple, row);
    }
    return features;
}
