/* Dense layer on several rows, or a 1x1 convolution with a row a position, for Cortex-M55. */
#ifndef NS_DENSE_ROWS_MVE_S8_H
#define NS_DENSE_ROWS_MVE_S8_H

#include "ns_filters_mve_s8.h"

typedef struct {
    ns_filters_mve_s8 filters; /* filters.taps is the length of a row */
    uint32_t rows;
} ns_dense_rows_mve_s8;

/* input [rows][taps], output [rows][channels]. The output may start below the input while three rows of it end
 * before the three of the input that they are computed from. */
void ns_dense_rows_mve_s8_run(const ns_dense_rows_mve_s8 *layer, const int8_t *input, int8_t *output);

#endif
