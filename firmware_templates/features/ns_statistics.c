#include "ns_statistics.h"

#include "ns_float_math.h"
#include "ns_strict_float.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define HARDLY_ANY 1.3877788e-17f /* 2^-56: a variance below it is rounding */

/* One channel's block so far. Moments are taken about the block's first sample, so that an offset costs no digits. */
typedef struct {
    float first;
    float latest;
    float slope; /* the latest step that was not 0 */
    float low;
    float high;
    float changes;
    float crossings;
    float turns;
    float sums[4]; /* of differences to the first sample, their squares, cubes, fourth powers */
} block;

_Static_assert(sizeof(block) == NS_STATISTICS_FLOATS * sizeof(float), "floats and nothing between them");

/* What the statistics are put together from. */
typedef struct {
    float mean;
    float variance;
    float deviation;
    float moments[2]; /* third and fourth, about the mean */
} summary;

static void begin(block *now, float value)
{
    memset(now, 0, sizeof *now);
    now->first = value;
    now->latest = value;
    now->low = value;
    now->high = value;
}

static void add(block *now, float value)
{
    const float step = value - now->latest;
    const float difference = value - now->first;
    float power = difference;

    for (uint32_t i = 0; i < 4; i++) {
        now->sums[i] += power;
        power *= difference;
    }
    if (value < now->low) {
        now->low = value;
    }
    if (value > now->high) {
        now->high = value;
    }
    now->changes += step < 0.0f ? -step : step;
    if ((value < 0.0f) != (now->latest < 0.0f)) {
        now->crossings += 1.0f;
    }
    if (step > 0.0f || step < 0.0f) {
        if ((step > 0.0f && now->slope < 0.0f) || (step < 0.0f && now->slope > 0.0f)) {
            now->turns += 1.0f;
        }
        now->slope = step;
    }
    now->latest = value;
}

static summary summarize(const block *now, float share)
{
    const float first = now->sums[0] * share;
    const float second = now->sums[1] * share;
    const float third = now->sums[2] * share;
    const float fourth = now->sums[3] * share;
    const float squared = first * first;
    const float variance = second - squared;
    const float skewed = third - 3.0f * first * second;
    const float rest = 6.0f * squared * second - 3.0f * squared * squared;
    summary found;

    found.mean = now->first + first;
    found.variance = variance > 0.0f ? variance : 0.0f;
    found.deviation = ns_sqrt_f32(found.variance);
    found.moments[0] = skewed + 2.0f * squared * first;
    found.moments[1] = fourth - 4.0f * first * third + rest;
    return found;
}

static float crest(const block *now, const summary *all)
{
    const float up = now->high - all->mean;
    const float down = all->mean - now->low;

    return (up > down ? up : down) / all->deviation;
}

static float feature(const ns_statistics *settings, ns_statistic which, const block *now, const summary *all)
{
    const float squared = all->mean * all->mean;
    const float energy = all->variance + squared;
    const float steps = (float)(settings->frame - 1);
    const bool moves = all->variance > HARDLY_ANY;

    switch (which) {
    case NS_MEAN:
        return all->mean;
    case NS_STD:
        return all->deviation;
    case NS_RMS:
        return ns_sqrt_f32(energy);
    case NS_MIN:
        return now->low;
    case NS_MAX:
        return now->high;
    case NS_RANGE:
        return now->high - now->low;
    case NS_CHANGE:
        return now->changes / steps;
    case NS_CROSSINGS:
        return now->crossings / steps;
    case NS_TURNS:
        return now->turns / steps;
    case NS_CREST:
        return moves ? crest(now, all) : 0.0f;
    case NS_SKEW:
        return moves ? all->moments[0] / (all->variance * all->deviation) : 0.0f;
    case NS_KURTOSIS:
        return moves ? all->moments[1] / (all->variance * all->variance) - 3.0f : 0.0f;
    case NS_LOG_ENERGY:
        return ns_log2_f32(energy + settings->floor);
    case NS_LOG_STD:
    default:
        return ns_log2_f32(all->variance + settings->floor);
    }
}

static const float *finish_row(const ns_statistics *settings, const block *blocks, float *row)
{
    for (uint32_t channel = 0; channel < settings->channels; channel++) {
        const summary all = summarize(blocks + channel, settings->share);

        for (uint32_t i = 0; i < settings->count; i++) {
            row[channel * settings->count + i] =
                feature(settings, (ns_statistic)settings->statistics[i], blocks + channel, &all);
        }
    }
    return row;
}

const float *ns_statistics_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_statistics *settings = parameters;
    block *blocks = (block *)(void *)memory;

    for (uint32_t channel = 0; channel < settings->channels; channel++) {
        if (*position == 0) {
            begin(blocks + channel, sample[channel]);
        } else {
            add(blocks + channel, sample[channel]);
        }
    }
    (*position)++;
    if (*position < settings->frame) {
        return NULL;
    }
    *position = 0;
    return finish_row(settings, blocks, memory + (size_t)settings->channels * NS_STATISTICS_FLOATS);
}
