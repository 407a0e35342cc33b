/* Products of two matrices that are both computed, for each of a batch: attention. Either may lie transposed. */
#ifndef NS_MATMUL_S8_H
#define NS_MATMUL_S8_H

#include <stdint.h>

typedef struct {
    uint32_t count[4]; /* batches, outermost first */
    int32_t stride_a[4]; /* elements from one matrix to the next; 0 repeats */
    int32_t stride_b[4];
    int32_t multiplier;
    uint16_t rows;    /* of a and of the output */
    uint16_t inner;   /* columns of a, rows of b */
    uint16_t columns; /* of b and of the output */
    uint16_t a_row;   /* elements of a from one row to the next */
    uint16_t a_column;
    uint16_t b_row;
    uint16_t b_column;
    int8_t shift;
    int8_t a_zero_point;
    int8_t b_zero_point;
    int8_t output_zero_point;
} ns_matmul_s8;

void ns_matmul_s8_run(const ns_matmul_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);

#endif
