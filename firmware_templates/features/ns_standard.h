/* A window's own level and size taken away: each column minus its mean over the window, over its deviation in the window.
 * How a sensor was attached and amplified falls away with them; what is left is the window's shape. */
#ifndef NS_STANDARD_H
#define NS_STANDARD_H

#include <stdint.h>

typedef struct {
    uint16_t columns;
    float share; /* 1 / rows of a window */
    float floor; /* added to the variance, above 0: what hardly moves stays small */
} ns_standard;

/* What a finish of ns_front_end wants to know first. State: float[3 * columns], of each column the first value, then the
 * sums of the distances from it and of their squares, so that an offset costs no digits. */
void ns_standard_survey(const void *parameters, uint32_t row, float *state, const float *features);

/* A finish of ns_front_end, after the survey of all rows. Its first row makes mean and gain of the sums. */
void ns_standard_finish(const void *parameters, uint32_t row, float *state, float *features);

#endif
