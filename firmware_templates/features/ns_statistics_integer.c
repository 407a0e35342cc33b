#include "ns_statistics_integer.h"

#include "ns_strict_float.h"
#include "ns_sums.h"

#include <stddef.h>

#define HARDLY_ANY_Q16 (-56 * 65536) /* as in ns_statistics: a variance below 2^-56 has no shape */
#define MEAN_DIGITS 16               /* of a mean below the unit of values */
#define HALF_POWER (UINT32_C(1) << (NS_SUMS_DIGITS - 1))

/* One channel's block so far; values are in the sums' unit. */
typedef struct {
    ns_sums sums;
    int32_t latest;
    int32_t low;
    int32_t high;
    uint32_t changes[2]; /* sum of the steps' sizes */
    uint32_t cubes[2];   /* sum of the differences' third powers over 2^15, two's complement, */
    uint32_t fourths[2]; /* and of their fourth powers over 2^30 */
    uint16_t crossings;
    uint16_t turns;
    int8_t slope;        /* sign of the latest step that was not 0 */
    uint8_t is_negative; /* the latest value */
    uint16_t unused;
} block;

_Static_assert(sizeof(block) == NS_STATISTICS_INTEGER_FLOATS * sizeof(float), "words and nothing between them");

/* What the statistics are put together from. */
typedef struct {
    int64_t mean_q16; /* in the unit of values */
    ns_scaled variance;
    int32_t spread_q16; /* log2 of the variance, where it is above 0 */
    bool moves;
    int64_t third; /* moment about the mean, in half the unit of differences to the third; where it moves, */
    int64_t fourth; /* and in 2^14 of it to the fourth */
} summary;

static void begin(block *now, float value)
{
    const uint32_t bits = ns_finite_bits(value);

    memset(now, 0, sizeof *now);
    ns_sums_begin(&now->sums, bits);
    now->latest = now->sums.first;
    now->low = now->sums.first;
    now->high = now->sums.first;
    now->is_negative = bits > 0x80000000u;
}

static void put_u64(uint32_t *sum, uint64_t value)
{
    sum[0] = (uint32_t)value;
    sum[1] = (uint32_t)(value >> 32);
}

static void coarsen_powers(block *now, uint32_t digits)
{
    const int64_t cubes = (int64_t)ns_get_u64(now->cubes);

    put_u64(now->cubes, (uint64_t)ns_coarser_i64(cubes, 3 * digits));
    put_u64(now->fourths, ns_coarser_u64(ns_get_u64(now->fourths), 4 * digits));
}

static void widen(block *now, uint32_t exponent)
{
    const uint32_t digits = exponent - now->sums.exponent;

    now->latest = ns_widened(now->latest, digits);
    now->low = ns_widened(now->low, digits);
    now->high = ns_widened(now->high, digits);
    put_u64(now->changes, ns_coarser_u64(ns_get_u64(now->changes), digits));
    coarsen_powers(now, ns_sums_widen(&now->sums, exponent));
}

static void add_step(block *now, int32_t step)
{
    if (step > 0) {
        now->turns = (uint16_t)(now->turns + (now->slope < 0));
        now->slope = 1;
        ns_add_u64(now->changes, (uint32_t)step);
    } else if (step < 0) {
        now->turns = (uint16_t)(now->turns + (now->slope > 0));
        now->slope = -1;
        ns_add_u64(now->changes, (uint32_t)-step);
    }
}

static void add_powers(block *now, int32_t difference)
{
    const uint32_t square = ((uint32_t)(difference * difference) + HALF_POWER) >> NS_SUMS_DIGITS;

    ns_add_u64(now->cubes, (uint64_t)(int64_t)((int32_t)square * difference));
    ns_add_u64(now->fourths, square * square);
}

static void add(block *now, float value, bool has_shape)
{
    const uint32_t bits = ns_finite_bits(value);
    const uint8_t is_negative = bits > 0x80000000u;
    int32_t fixed;
    int32_t difference;

    if (ns_exponent_of(bits) > now->sums.exponent) {
        widen(now, ns_exponent_of(bits));
    }
    fixed = ns_fixed(bits, now->sums.exponent);
    add_step(now, fixed - now->latest);
    now->latest = fixed;
    now->low = fixed < now->low ? fixed : now->low;
    now->high = fixed > now->high ? fixed : now->high;
    now->crossings = (uint16_t)(now->crossings + (is_negative != now->is_negative));
    now->is_negative = is_negative;
    difference = fixed - now->sums.first;
    if (ns_sums_is_wide(&now->sums, difference)) {
        coarsen_powers(now, ns_sums_coarsen(&now->sums, difference));
    }
    difference = ns_fixed_shifted(difference, now->sums.shift);
    ns_sums_add(&now->sums, difference);
    if (has_shape) {
        add_powers(now, difference);
    }
}

static int32_t unit_of(const block *now)
{
    return (int32_t)now->sums.exponent - NS_FIXED_BIAS;
}

/* sum / frame with `digits` below its unit; the sum has at most 2^(62 - digits). */
static int64_t share_of(const ns_statistics_integer *settings, int64_t sum, uint32_t digits)
{
    const ns_scaled share = {settings->share_mantissa, settings->share_exponent};

    return ns_share_i64(sum * (INT64_C(1) << digits), share);
}

/* Third and fourth moment about the mean from those about the first value: Horner's scheme in integers of 64 bits, where
 * d is the unit of differences, which are 2^15 at most. What ends in _8 has 8 digits below its unit. */
static void add_moments(const ns_statistics_integer *settings, const block *now, summary *all)
{
    const int64_t mean_8 = share_of(settings, now->sums.sum, 8);
    const int64_t square_8 = share_of(settings, (int64_t)ns_get_u64(now->sums.squares), 8);
    const int64_t cube = share_of(settings, (int64_t)ns_get_u64(now->cubes), 16); /* in d^3 / 2 */
    const int64_t fourth = share_of(settings, (int64_t)ns_get_u64(now->fourths), 16); /* in 2^14 d^4 */
    const int64_t of_mean_8 = mean_8 * mean_8 / 256;
    const int64_t inner = 2 * cube - mean_8 / 4 * (6 * square_8 - 3 * of_mean_8) / 16384; /* in d^3 */

    all->third = cube - mean_8 * (3 * square_8 - 2 * of_mean_8) / 32768;
    all->fourth = fourth - mean_8 / 16 * (inner / 64) / 4096;
}

static summary summarize(const ns_statistics_integer *settings, const block *now)
{
    const ns_scaled share = {settings->share_mantissa, settings->share_exponent};
    const int32_t unit = unit_of(now) + (int32_t)now->sums.shift;
    const uint64_t spread = ns_sums_spread(&now->sums, settings->frame);
    summary found = {0};

    found.mean_q16 = share_of(settings, now->sums.sum, MEAN_DIGITS) * (int64_t)(UINT64_C(1) << now->sums.shift);
    found.mean_q16 += (int64_t)now->sums.first * (1 << MEAN_DIGITS);
    found.variance = ns_scaled_product(ns_scaled_product(ns_scaled_of(spread, 2 * unit), share), share);
    found.spread_q16 = spread == 0 ? 0 : ns_log2_q16(found.variance);
    found.moves = spread != 0 && found.spread_q16 > HARDLY_ANY_Q16;
    if (found.moves && settings->has_shape) {
        add_moments(settings, now, &found);
    }
    return found;
}

static float crest(const block *now, const summary *all)
{
    const int64_t up = (int64_t)now->high * (1 << MEAN_DIGITS) - all->mean_q16;
    const int64_t down = all->mean_q16 - (int64_t)now->low * (1 << MEAN_DIGITS);
    const ns_scaled farthest = ns_scaled_of((uint64_t)(up > down ? up : down), unit_of(now) - MEAN_DIGITS);

    return ns_scaled_to_float(ns_exp2_q16(ns_log2_q16(farthest) - all->spread_q16 / 2));
}

static float skew(const block *now, const summary *all)
{
    const int32_t unit = unit_of(now) + (int32_t)now->sums.shift;
    const ns_scaled size = ns_scaled_of(ns_size_i64(all->third), 3 * unit - 1);
    float value = 0.0f;

    if (size.mantissa != 0) {
        value = ns_scaled_to_float(ns_exp2_q16(ns_log2_q16(size) - 3 * all->spread_q16 / 2));
    }
    return all->third < 0 ? -value : value;
}

static float kurtosis(const block *now, const summary *all)
{
    const int32_t unit = unit_of(now) + (int32_t)now->sums.shift;
    const ns_scaled size = ns_scaled_of(all->fourth > 0 ? (uint64_t)all->fourth : 1, 4 * unit + 14);

    return ns_scaled_to_float(ns_exp2_q16(ns_log2_q16(size) - 2 * all->spread_q16)) - 3.0f;
}

static ns_scaled energy_of(const block *now, const summary *all)
{
    const ns_scaled mean = ns_scaled_of(ns_size_i64(all->mean_q16), unit_of(now) - MEAN_DIGITS);

    return ns_scaled_sum(all->variance, ns_scaled_product(mean, mean));
}

static float log_of(const ns_statistics_integer *settings, ns_scaled energy)
{
    const ns_scaled floor = {settings->floor_mantissa, settings->floor_exponent};

    return ns_q16_to_float(ns_log2_q16(ns_scaled_sum(energy, floor)));
}

/* value, in 2^exponent, over the steps of a block */
static float a_step(const ns_statistics_integer *settings, uint64_t value, int32_t exponent)
{
    const ns_scaled share = {settings->step_share_mantissa, settings->step_share_exponent};

    return ns_scaled_to_float(ns_scaled_product(ns_scaled_of(value, exponent), share));
}

static float feature(const ns_statistics_integer *settings, ns_statistic which, const block *now, const summary *all)
{
    const int32_t unit = unit_of(now);

    switch (which) {
    case NS_MEAN:
        return ns_fixed_to_float(all->mean_q16, unit - MEAN_DIGITS);
    case NS_STD:
        return ns_scaled_to_float(ns_scaled_root(all->variance));
    case NS_RMS:
        return ns_scaled_to_float(ns_scaled_root(energy_of(now, all)));
    case NS_MIN:
        return ns_fixed_to_float(now->low, unit);
    case NS_MAX:
        return ns_fixed_to_float(now->high, unit);
    case NS_RANGE:
        return ns_fixed_to_float((int64_t)now->high - now->low, unit);
    case NS_CHANGE:
        return a_step(settings, ns_get_u64(now->changes), unit);
    case NS_CROSSINGS:
        return a_step(settings, now->crossings, 0);
    case NS_TURNS:
        return a_step(settings, now->turns, 0);
    case NS_CREST:
        return all->moves ? crest(now, all) : 0.0f;
    case NS_SKEW:
        return all->moves ? skew(now, all) : 0.0f;
    case NS_KURTOSIS:
        return all->moves ? kurtosis(now, all) : 0.0f;
    case NS_LOG_ENERGY:
        return log_of(settings, energy_of(now, all));
    case NS_LOG_STD:
    default:
        return log_of(settings, all->variance);
    }
}

static const float *finish_row(const ns_statistics_integer *settings, const block *blocks, float *row)
{
    for (uint32_t channel = 0; channel < settings->channels; channel++) {
        const summary all = summarize(settings, blocks + channel);

        for (uint32_t i = 0; i < settings->count; i++) {
            row[channel * settings->count + i] =
                feature(settings, (ns_statistic)settings->statistics[i], blocks + channel, &all);
        }
    }
    return row;
}

const float *ns_statistics_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_statistics_integer *settings = parameters;
    block *blocks = (block *)(void *)memory;

    for (uint32_t channel = 0; channel < settings->channels; channel++) {
        if (*position == 0) {
            begin(blocks + channel, sample[channel]);
        } else {
            add(blocks + channel, sample[channel], settings->has_shape);
        }
    }
    (*position)++;
    if (*position < settings->frame) {
        return NULL;
    }
    *position = 0;
    return finish_row(settings, blocks, memory + (size_t)settings->channels * NS_STATISTICS_INTEGER_FLOATS);
}
