/* Softmax over the last dimension, in the fixed point of TensorFlow Lite's reference. The exponentials of all
 * differences from a row's largest element come from a table that the compiler computed. */
#ifndef NS_SOFTMAX_S8_H
#define NS_SOFTMAX_S8_H

#include <stdint.h>

typedef struct {
    const int32_t *exponentials; /* [length], Q0.31: exp(0), exp(-1 step), ... */
    uint16_t length;             /* differences of this and more count as nothing */
    uint16_t depth;
    uint32_t rows;
} ns_softmax_s8;

/* The output may be the input's place. */
void ns_softmax_s8_run(const ns_softmax_s8 *layer, const int8_t *input, int8_t *output);

#endif
