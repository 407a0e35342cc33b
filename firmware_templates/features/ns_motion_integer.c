#include "ns_motion_integer.h"

#include "ns_fixed.h"
#include "ns_integer_math.h"

#include <stddef.h>

#define DIGITS 15
#define LARGEST 32767
#define COARSER (24 - DIGITS)   /* a triple's sample is in units of 2^(exponent - NS_FIXED_BIAS + COARSER) */
#define SURPLUS (2 * DIGITS - 24) /* of its products with the window, of which 24 digits are kept */

_Static_assert(-3 >> 1 == -2, "shifts to the right keep the sign");

/* A triple's sample. */
typedef struct {
    int16_t at[3];
    uint16_t exponent;
} triple_sample;

_Static_assert(sizeof(triple_sample) == NS_MOTION_INTEGER_FLOATS * sizeof(float), "words and nothing between them");

/* In units of 2^unit; of 25 digits at most. */
typedef struct {
    int32_t at[3];
    int32_t unit;
} vector;

static float length_of(const vector *v)
{
    uint32_t largest = 0;
    uint32_t shift;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < 3; i++) {
        largest |= (uint32_t)(v->at[i] < 0 ? -v->at[i] : v->at[i]);
    }
    shift = ns_bits_u32(largest);
    shift = shift > DIGITS ? shift - DIGITS : 0; /* three squares stay below 2^32 */
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t size = (uint32_t)(v->at[i] < 0 ? -v->at[i] : v->at[i]) >> shift;

        sum += size * size;
    }
    return ns_scaled_to_float(ns_scaled_root(ns_scaled_of(sum, 2 * (v->unit + (int32_t)shift))));
}

/* Rounded to the nearest. */
static int16_t digits_of(uint32_t bits, uint32_t exponent)
{
    const uint32_t shift = exponent - ns_exponent_of(bits);
    int32_t size = 0;

    if (shift <= DIGITS) {
        size = (int32_t)((((0x80000000u | (bits << 8)) >> (31 - DIGITS + shift)) + 1) >> 1);
        size = size > LARGEST ? LARGEST : size;
    }
    return (int16_t)(bits >> 31 != 0 ? -size : size);
}

/* Infinities and what is no number count as the largest float. */
static void keep(triple_sample *kept, const float *sample, const uint16_t *axes)
{
    uint32_t bits[3];
    uint32_t exponent = NS_FIXED_LEAST;

    for (uint32_t i = 0; i < 3; i++) {
        bits[i] = ns_finite_bits(sample[axes[i]]);
        exponent = ns_exponent_of(bits[i]) > exponent ? ns_exponent_of(bits[i]) : exponent;
    }
    for (uint32_t i = 0; i < 3; i++) {
        kept->at[i] = digits_of(bits[i], exponent);
    }
    kept->exponent = (uint16_t)exponent;
}

static int32_t largest_exponent(const ns_motion_integer *motion, const triple_sample *kept)
{
    int32_t largest = 0;

    for (uint32_t tap = 0; tap < motion->taps; tap++) {
        largest = kept->exponent > largest ? kept->exponent : largest;
        kept += motion->triples;
    }
    return largest;
}

/* Adds samples times weights, in units of 2^(exponent - NS_FIXED_BIAS - SURPLUS). */
static void add_weighted(vector *sum, const triple_sample *kept, uint32_t step, const uint16_t *window, uint32_t count,
                         int32_t exponent)
{
    int32_t x = sum->at[0];
    int32_t y = sum->at[1];
    int32_t z = sum->at[2];

    for (uint32_t tap = 0; tap < count; tap++) {
        const int32_t shift = exponent - kept->exponent;
        const int32_t weight = window[tap];

        if (shift < 31) {
            x += kept->at[0] * weight >> shift;
            y += kept->at[1] * weight >> shift;
            z += kept->at[2] * weight >> shift;
        }
        kept += step;
    }
    sum->at[0] = x;
    sum->at[1] = y;
    sum->at[2] = z;
}

static float *put(float *row, const vector *v)
{
    for (uint32_t i = 0; i < 3; i++) {
        row[i] = ns_fixed_to_float(v->at[i], v->unit);
    }
    return row + 3;
}

/* `kept` are the triple's samples, the oldest one at `oldest`. */
static float *put_triple(const ns_motion_integer *motion, const triple_sample *kept, uint32_t oldest, float *row)
{
    const uint32_t older = motion->taps - oldest;
    const uint32_t half = motion->taps / 2u;
    const triple_sample *middle = kept + (size_t)(older > half ? oldest + half : half - older) * motion->triples;
    const int32_t exponent = largest_exponent(motion, kept);
    const int32_t shift = exponent - middle->exponent;
    vector gravity = {{0, 0, 0}, exponent - NS_FIXED_BIAS};
    vector body = gravity;
    vector all = {{middle->at[0], middle->at[1], middle->at[2]}, middle->exponent - NS_FIXED_BIAS + COARSER};

    add_weighted(&gravity, kept + (size_t)oldest * motion->triples, motion->triples, motion->window_q15, older, exponent);
    add_weighted(&gravity, kept, motion->triples, motion->window_q15 + older, oldest, exponent);
    for (uint32_t i = 0; i < 3; i++) {
        gravity.at[i] >>= SURPLUS;
        body.at[i] = (all.at[i] * (1 << COARSER) >> (shift < 31 ? shift : 31)) - gravity.at[i];
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

static void copy_channels(const ns_motion_integer *motion, const float *from, float *to)
{
    for (uint32_t i = 0; i < motion->channels; i++) {
        to[i] = from[i];
    }
}

/* `position` counts up to `taps`, then around from taps to 2 * taps: the rings' next place is its remainder. */
const float *ns_motion_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_motion_integer *motion = parameters;
    const uint32_t taps = motion->taps;
    const uint32_t place = (uint32_t)*position < taps ? (uint32_t)*position : (uint32_t)*position - taps;
    const uint32_t oldest = place + 1 == taps ? 0 : place + 1;
    triple_sample *kept = (triple_sample *)(void *)memory;
    float *samples = memory + (size_t)taps * motion->triples * NS_MOTION_INTEGER_FLOATS;
    float *features = samples + (motion->raw ? (size_t)taps * motion->channels : 0);
    float *row = features;

    for (uint32_t triple = 0; triple < motion->triples; triple++) {
        keep(kept + (size_t)place * motion->triples + triple, sample, motion->axes + (size_t)3 * triple);
    }
    if (motion->raw) {
        copy_channels(motion, sample, samples + (size_t)place * motion->channels);
    }
    (*position)++;
    if (*position < (int32_t)taps) {
        return NULL;
    }
    if (*position == 2 * (int32_t)taps) {
        *position = (int32_t)taps;
    }
    if (motion->raw) {
        const uint32_t middle = oldest + taps / 2u;

        copy_channels(motion, samples + (size_t)(middle < taps ? middle : middle - taps) * motion->channels, row);
        row += motion->channels;
    }
    for (uint32_t triple = 0; triple < motion->triples; triple++) {
        row = put_triple(motion, kept + triple, oldest, row);
    }
    return features;
}
