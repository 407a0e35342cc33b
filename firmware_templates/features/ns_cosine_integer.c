#include "ns_cosine_integer.h"

#include "ns_fixed.h"
#include "ns_integer_math.h"

#define DIGITS 15

/* The row as integers in one unit. */
typedef struct {
    int32_t *values; /* less the first one, of 15 digits */
    int32_t sum;     /* of all, of 24 digits each */
    int32_t sum_unit;
    int32_t unit;
} integers;

static uint32_t largest_exponent(const float *sample, uint32_t count)
{
    uint32_t largest = NS_FIXED_LEAST;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t exponent = ns_exponent_of(ns_finite_bits(sample[i]));

        largest = exponent > largest ? exponent : largest;
    }
    return largest;
}

static integers integers_of(const float *sample, uint32_t count, int32_t *values)
{
    const uint32_t exponent = largest_exponent(sample, count);
    const int32_t first = ns_fixed(ns_finite_bits(sample[0]), exponent);
    integers row = {values, 0, (int32_t)exponent - NS_FIXED_BIAS, 0};
    uint32_t seen = 0;
    uint32_t digits;

    for (uint32_t i = 0; i < count; i++) {
        const int32_t value = ns_fixed(ns_finite_bits(sample[i]), exponent);

        row.sum += value;
        values[i] = value - first;
        seen |= (uint32_t)(values[i] < 0 ? -values[i] : values[i]);
    }
    digits = ns_bits_u32(seen);
    digits = digits > DIGITS ? digits - DIGITS : 0;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = ns_fixed_shifted(values[i], digits);
    }
    row.unit = row.sum_unit + (int32_t)digits;
    return row;
}

static float scaled(int64_t sum, int32_t unit, ns_scaled scale)
{
    const ns_scaled size = ns_scaled_of(ns_size_i64(sum), unit);
    const float value = ns_scaled_to_float(ns_scaled_product(size, scale));

    return sum < 0 ? -value : value;
}

/* Products have 30 digits. */
static int64_t transformed(const ns_cosine_integer *transform, const int32_t *values, uint32_t k)
{
    const uint32_t period = 4u * transform->inputs;
    uint32_t angle = k; /* k * (2 i + 1), in steps of the table */
    int64_t sum = 0;

    for (uint32_t i = 0; i < transform->inputs; i++) {
        sum += values[i] * transform->cosine[angle];
        angle += 2u * k;
        if (angle >= period) {
            angle -= period;
        }
    }
    return sum;
}

const float *ns_cosine_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_cosine_integer *transform = parameters;
    const ns_scaled first = {transform->first_mantissa, transform->first_exponent};
    const ns_scaled scale = {transform->scale_mantissa, transform->scale_exponent};
    int32_t *values = (int32_t *)(void *)(memory + transform->coefficients);
    const integers row = integers_of(sample, transform->inputs, values);

    (void)position;
    memory[0] = scaled(row.sum, row.sum_unit, first);
    for (uint32_t k = 1; k < transform->coefficients; k++) {
        memory[k] = scaled(transformed(transform, values, k), row.unit, scale);
    }
    return memory;
}
