#include "ns_standard.h"

#include "ns_float_math.h"
#include "ns_strict_float.h"

void ns_standard_survey(const void *parameters, uint32_t row, float *state, const float *features)
{
    const ns_standard *standard = parameters;
    float *first = state;
    float *sum = first + standard->columns;
    float *squares = sum + standard->columns;

    for (uint32_t i = 0; i < standard->columns; i++) {
        float distance;
        float square;

        if (row == 0) {
            first[i] = features[i];
            sum[i] = 0.0f;
            squares[i] = 0.0f;
        }
        distance = features[i] - first[i];
        square = distance * distance;
        sum[i] += distance;
        squares[i] += square;
    }
}

/* Leaves the mean where the first value was, and the gain where the sum was. */
static void settle(const ns_standard *standard, float *state)
{
    float *mean = state;
    float *gain = mean + standard->columns;
    const float *squares = gain + standard->columns;

    for (uint32_t i = 0; i < standard->columns; i++) {
        const float distance = gain[i] * standard->share;
        const float energy = squares[i] * standard->share;
        const float square = distance * distance;
        float variance = energy - square;

        if (!(variance > 0.0f)) { /* rounding can leave less than nothing */
            variance = 0.0f;
        }
        mean[i] += distance;
        gain[i] = 1.0f / ns_sqrt_f32(variance + standard->floor);
    }
}

void ns_standard_finish(const void *parameters, uint32_t row, float *state, float *features)
{
    const ns_standard *standard = parameters;

    if (row == 0) {
        settle(standard, state);
    }
    for (uint32_t i = 0; i < standard->columns; i++) {
        const float distance = features[i] - state[i];

        features[i] = distance * state[standard->columns + i];
    }
}
