#include "ns_standard_integer.h"

#include "ns_integer_math.h"
#include "ns_sums.h"

/* What takes the place of a column's sums once all rows were seen. A distance from the mean has 16 digits. */
typedef struct {
    uint16_t exponent; /* of the unit of values, and the digits to leave out of their distances, as in the sums */
    uint16_t shift;
    int32_t mean;
    uint32_t gain;         /* 16 digits, for a distance */
    int32_t gain_exponent; /* of the product */
    uint32_t unused;
} scale;

_Static_assert(sizeof(ns_sums) == NS_STANDARD_INTEGER_FLOATS * sizeof(float), "words and nothing between them");
_Static_assert(sizeof(scale) == sizeof(ns_sums), "the one takes the other's place");

static void add(ns_sums *sums, uint32_t bits)
{
    int32_t difference;

    if (ns_exponent_of(bits) > sums->exponent) {
        (void)ns_sums_widen(sums, ns_exponent_of(bits));
    }
    difference = ns_fixed(bits, sums->exponent) - sums->first;
    if (ns_sums_is_wide(sums, difference)) {
        (void)ns_sums_coarsen(sums, difference);
    }
    ns_sums_add(sums, ns_fixed_shifted(difference, sums->shift));
}

void ns_standard_integer_survey(const void *parameters, uint32_t row, float *state, const float *features)
{
    const ns_standard_integer *standard = parameters;
    ns_sums *sums = (ns_sums *)(void *)state;

    for (uint32_t i = 0; i < standard->columns; i++) {
        if (row == 0) {
            ns_sums_begin(sums + i, ns_finite_bits(features[i]));
        } else {
            add(sums + i, ns_finite_bits(features[i]));
        }
    }
}

static scale scale_of(const ns_standard_integer *standard, const ns_sums *sums)
{
    const ns_scaled share = {standard->share_mantissa, standard->share_exponent};
    const ns_scaled floor = {standard->floor_mantissa, standard->floor_exponent};
    const int32_t unit = (int32_t)sums->exponent - NS_FIXED_BIAS + (int32_t)sums->shift;
    const ns_scaled spread = ns_scaled_of(ns_sums_spread(sums, standard->rows), 2 * unit);
    const ns_scaled variance = ns_scaled_product(ns_scaled_product(spread, share), share);
    const ns_scaled gain = ns_exp2_q16(-ns_log2_q16(ns_scaled_sum(variance, floor)) / 2);
    const int64_t sum = (int64_t)sums->sum * (1 << sums->shift);
    scale made = {sums->exponent, sums->shift, 0, gain.mantissa >> 16, gain.exponent + 16 + unit, 0};

    made.mean = sums->first + (int32_t)ns_share_i64(sum, share);
    return made;
}

void ns_standard_integer_finish(const void *parameters, uint32_t row, float *state, float *features)
{
    const ns_standard_integer *standard = parameters;
    scale *scales = (scale *)(void *)state;

    for (uint32_t i = 0; row == 0 && i < standard->columns; i++) {
        const scale made = scale_of(standard, (const ns_sums *)(const void *)state + i);

        scales[i] = made;
    }
    for (uint32_t i = 0; i < standard->columns; i++) {
        const scale *at = scales + i;
        const int32_t distance = ns_fixed(ns_finite_bits(features[i]), at->exponent) - at->mean;
        const int32_t digits = ns_fixed_shifted(distance, at->shift);
        const uint32_t size = (uint32_t)(digits < 0 ? -digits : digits) * at->gain;
        const float value = ns_scaled_to_float(ns_scaled_of(size, at->gain_exponent));

        features[i] = digits < 0 ? -value : value;
    }
}
