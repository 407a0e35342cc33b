/* Two steps side by side: both take every sample, and a row of each makes one row. The second may be such a pair itself. */
#ifndef NS_BESIDE_H
#define NS_BESIDE_H

#include "ns_front_end.h"

#include <stdint.h>

typedef struct {
    ns_front_end_step first;
    const void *first_parameters;
    uint16_t first_floats;  /* that the first one keeps */
    uint16_t first_columns; /* of its rows */
    ns_front_end_step second;
    const void *second_parameters;
    uint16_t second_columns;
} ns_beside;

#define NS_BESIDE_FLOATS 2 /* words for the second's position and for which rows are there */

/* A step of ns_front_end. Rows of both come at the same pace, in any order within it.
 * Memory: NS_BESIDE_FLOATS, a row of first_columns + second_columns, first_floats, and what the second keeps. */
const float *ns_beside_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
