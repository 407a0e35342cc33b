#include "ns_motion_integer.h"

#include "ns_fixed.h"
#include "ns_integer_math.h"

#include <stddef.h>

#define SAMPLE_DIGITS 15
#define COARSER (24 - SAMPLE_DIGITS)
#define LENGTH_DIGITS 15 /* of a vector's largest part: three squares stay below 2^32 */

/* In units of 2^unit; of 25 digits at most. */
typedef struct {
    int32_t at[3];
    int32_t unit;
} vector;

/* The samples behind a row. */
typedef struct {
    const float *samples; /* [taps][channels] */
    uint32_t oldest;
    uint32_t middle;
} ring;

static uint32_t bits_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float length_of(const vector *v)
{
    uint32_t largest = 0;
    uint32_t shift;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < 3; i++) {
        largest |= (uint32_t)(v->at[i] < 0 ? -v->at[i] : v->at[i]);
    }
    shift = ns_bits_u32(largest);
    shift = shift > LENGTH_DIGITS ? shift - LENGTH_DIGITS : 0;
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t size = (uint32_t)(v->at[i] < 0 ? -v->at[i] : v->at[i]) >> shift;

        sum += size * size;
    }
    return ns_scaled_to_float(ns_scaled_root(ns_scaled_of(sum, 2 * (v->unit + (int32_t)shift))));
}

/* Exponent bits of the largest of an axis' samples. */
static uint32_t largest_exponent(const ns_motion_integer *motion, const ring *kept, uint32_t axis)
{
    const float *sample = kept->samples + axis;
    uint32_t twice = 0; /* the bits without the sign */

    for (uint32_t tap = 0; tap < motion->taps; tap++) {
        const uint32_t bits = bits_of(*sample) << 1;

        twice = bits > twice ? bits : twice;
        sample += motion->channels;
    }
    return twice >> 24;
}

/* A sample in units of 2^(exponent - NS_FIXED_BIAS + COARSER), rounded to the nearest: 2^15 at most. */
static int32_t fifteen_digits(uint32_t bits, uint32_t exponent)
{
    const uint32_t shift = exponent - ((bits << 1) >> 24);
    int32_t value = 0;

    if (shift <= SAMPLE_DIGITS) {
        value = (int32_t)((((0x80000000u | (bits << 8)) >> (31 - SAMPLE_DIGITS + shift)) + 1) >> 1);
    }
    return (bits >> 31) != 0 ? -value : value;
}

static int32_t weighted(const float *sample, const uint16_t *window, uint32_t count, uint32_t channels, uint32_t exponent)
{
    int32_t sum = 0;

    for (uint32_t tap = 0; tap < count; tap++) {
        sum += fifteen_digits(bits_of(*sample), exponent) * window[tap];
        sample += channels;
    }
    return sum;
}

/* Low-passed axis, in units of 2^(exponent - NS_FIXED_BIAS): from the oldest sample to the end of the ring, then from its
 * start. */
static int32_t smoothed(const ns_motion_integer *motion, const ring *kept, uint32_t axis, uint32_t exponent)
{
    const uint32_t older = motion->taps - kept->oldest;
    const float *samples = kept->samples + axis;
    const int32_t sum =
        weighted(samples + (size_t)kept->oldest * motion->channels, motion->window_q15, older, motion->channels, exponent) +
        weighted(samples, motion->window_q15 + older, kept->oldest, motion->channels, exponent);

    return sum / 64; /* 15 digits and 15 of the window, of which 24 are kept */
}

static float *put(float *row, const vector *v)
{
    for (uint32_t i = 0; i < 3; i++) {
        row[i] = ns_fixed_to_float(v->at[i], v->unit);
    }
    return row + 3;
}

static float *put_triple(const ns_motion_integer *motion, const ring *kept, const uint16_t *axes, float *row)
{
    const float *middle = kept->samples + (size_t)kept->middle * motion->channels;
    uint32_t exponent = NS_FIXED_LEAST;
    vector all;
    vector gravity;
    vector body;

    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t largest = largest_exponent(motion, kept, axes[i]);

        exponent = largest > exponent ? largest : exponent;
    }
    all.unit = gravity.unit = body.unit = (int32_t)exponent - NS_FIXED_BIAS;
    for (uint32_t i = 0; i < 3; i++) {
        all.at[i] = ns_fixed(bits_of(middle[axes[i]]), exponent);
        gravity.at[i] = smoothed(motion, kept, axes[i], exponent);
        /* a sample as coarse as those of gravity, so that what stands still has no body */
        body.at[i] = fifteen_digits(bits_of(middle[axes[i]]), exponent) * (1 << COARSER) - gravity.at[i];
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

/* Infinities and what is no number go in as the largest float. */
static void keep(float *place, const float *sample, uint32_t channels)
{
    for (uint32_t i = 0; i < channels; i++) {
        const uint32_t bits = ns_finite_bits(sample[i]);
        float value;

        memcpy(&value, &bits, sizeof value);
        place[i] = value;
    }
}

/* `position` counts up to `taps`, then around from taps to 2 * taps: the ring's next place is its remainder. */
const float *ns_motion_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_motion_integer *motion = parameters;
    float *features = memory + (size_t)motion->taps * motion->channels;
    float *row = features;
    const uint32_t place = (uint32_t)*position % motion->taps;
    ring kept = {memory, place + 1u, 0};

    keep(memory + (size_t)place * motion->channels, sample, motion->channels);
    (*position)++;
    if (*position < motion->taps) {
        return NULL;
    }
    if (*position == 2 * (int32_t)motion->taps) {
        *position = motion->taps;
    }
    kept.oldest = kept.oldest == motion->taps ? 0 : kept.oldest;
    kept.middle = (kept.oldest + motion->taps / 2u) % motion->taps;
    if (motion->raw) {
        const float *middle = memory + (size_t)kept.middle * motion->channels;

        for (uint32_t i = 0; i < motion->channels; i++) {
            *row++ = middle[i];
        }
    }
    for (uint32_t triple = 0; triple < motion->triples; triple++) {
        row = put_triple(motion, &kept, motion->axes + (size_t)3 * triple, row);
    }
    return features;
}
