/* Dense layer on several rows for cores with SMLAD; a 1x1 convolution with stride 1 is one with a row a position. */
#ifndef NS_ROWS_DSP_S8_H
#define NS_ROWS_DSP_S8_H

#include "ns_filters_dsp.h"

typedef struct {
    ns_filters_dsp filters;
    uint32_t rows;
    uint16_t inputs; /* elements of one row; filters.taps is this, rounded up */
} ns_rows_dsp_s8;

/* input [rows][inputs], output [rows][channels]; patch has room for 3 * filters.taps int16 values. The output may start
 * below the input while it stays behind what is still to be read; three rows are read before all are written. */
void ns_rows_dsp_s8_run(const ns_rows_dsp_s8 *layer, const int8_t *input, int8_t *output, int16_t *patch);

#endif
