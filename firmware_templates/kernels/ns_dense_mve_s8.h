/* Dense layer on one row, for Cortex-M55. */
#ifndef NS_DENSE_MVE_S8_H
#define NS_DENSE_MVE_S8_H

#include "ns_filters_mve_s8.h"

typedef struct {
    ns_filters_mve_s8 filters; /* filters.taps is the length of the row */
} ns_dense_mve_s8;

/* input [taps], output [channels], apart from each other. */
void ns_dense_mve_s8_run(const ns_dense_mve_s8 *layer, const int8_t *input, int8_t *output);

#endif
