/* Logarithmic energies against the loudest one of their window, cut off a range below it: how far away or how well amplified
 * something sounded falls away, and so does whatever hums below it. */
#ifndef NS_LEVEL_H
#define NS_LEVEL_H

#include <stdint.h>

typedef struct {
    uint16_t columns;
    float range; /* features lie in [-range, 0] */
    float least; /* a window in which nothing is louder is measured against this: silence stays silent */
} ns_level;

/* What a finish of ns_front_end wants to know first. State: float[1], the loudest energy so far. */
void ns_level_survey(const void *parameters, uint32_t row, float *state, const float *features);

/* A finish of ns_front_end for rows of logarithmic energies, after the survey of all rows. */
void ns_level_finish(const void *parameters, uint32_t row, float *state, float *features);

#endif
