/* ns_standard in integers, for cores without an FPU: the same means and deviations (ns_sums.h), other bits. */
#ifndef NS_STANDARD_INTEGER_H
#define NS_STANDARD_INTEGER_H

#include <stdint.h>

typedef struct {
    uint16_t columns;
    uint16_t rows;           /* of a window */
    uint32_t share_mantissa; /* 1 / rows as ns_scaled */
    int32_t share_exponent;
    uint32_t floor_mantissa; /* of what is added to the variance, above 0, likewise */
    int32_t floor_exponent;
} ns_standard_integer;

#define NS_STANDARD_INTEGER_FLOATS 5 /* words of state for each column */

/* What a finish of ns_front_end wants to know first: sums of each column. */
void ns_standard_integer_survey(const void *parameters, uint32_t row, float *state, const float *features);

/* A finish of ns_front_end, after the survey of all rows. Its first row makes mean and gain of the sums. */
void ns_standard_integer_finish(const void *parameters, uint32_t row, float *state, float *features);

#endif
