/* Dense layer on one or more rows; a 1x1 convolution with stride 1 is one with a row a position. */
#ifndef NS_DENSE_S8_H
#define NS_DENSE_S8_H

#include "ns_filters_s8.h"

typedef struct {
    ns_filters_s8 filters;
    uint32_t rows;
    uint16_t inputs; /* elements of one row; filters.taps is this, rounded up */
} ns_dense_s8;

/* One row: input [inputs], output [channels], apart from each other. */
void ns_dense_s8_run(const ns_dense_s8 *layer, const int8_t *input, int8_t *output);

#endif
