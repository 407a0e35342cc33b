/* The kernel for more than one row is a file of its own, so that dense networks don't carry it. */
#ifndef NS_DENSE_ROWS_S8_H
#define NS_DENSE_ROWS_S8_H

#include "ns_dense_s8.h"

/* input [rows][inputs], output [rows][channels]; patch has room for 2 * filters.taps int16 values. The output may start
 * below the input while it stays behind what is still to be read; two rows are read before both are written. */
void ns_dense_rows_s8_run(const ns_dense_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch);

#endif
