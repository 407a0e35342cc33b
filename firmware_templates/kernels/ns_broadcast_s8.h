/* Walks two inputs of broadcast shapes; element-wise kernels handle one row. */
#ifndef NS_BROADCAST_S8_H
#define NS_BROADCAST_S8_H

#include <stdint.h>

typedef struct {
    uint32_t count[4]; /* output dimensions, outermost first; neighbors that can be are merged */
    int32_t stride_a[4]; /* elements from one index to the next; 0 repeats */
    int32_t stride_b[4];
} ns_broadcast;

/* Computes `count` outputs from inputs whose elements lie stride_a and stride_b apart. */
typedef void ns_row_s8(const void *layer, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                       uint32_t count, int8_t *output);

void ns_broadcast_s8_run(const ns_broadcast *shape, ns_row_s8 *row, const void *layer, const int8_t *a,
                         const int8_t *b, int8_t *output);

#endif
