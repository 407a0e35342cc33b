#include "ns_broadcast_s8.h"

void ns_broadcast_s8_run(const ns_broadcast *shape, ns_row_s8 *row, const void *layer, const int8_t *a,
                         const int8_t *b, int8_t *output)
{
    for (uint32_t i = 0; i < shape->count[0]; i++) {
        const int8_t *a1 = a;
        const int8_t *b1 = b;
        for (uint32_t j = 0; j < shape->count[1]; j++) {
            const int8_t *a2 = a1;
            const int8_t *b2 = b1;
            for (uint32_t k = 0; k < shape->count[2]; k++) {
                row(layer, a2, shape->stride_a[3], b2, shape->stride_b[3], shape->count[3], output);
                output += shape->count[3];
                a2 += shape->stride_a[2];
                b2 += shape->stride_b[2];
            }
            a1 += shape->stride_a[1];
            b1 += shape->stride_b[1];
        }
        a += shape->stride_a[0];
        b += shape->stride_b[0];
    }
}
