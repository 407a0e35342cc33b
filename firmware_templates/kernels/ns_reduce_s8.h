/* Mean, sum, maximum and minimum over one run of dimensions: input [outer][reduced][inner], output [outer][inner]. */
#ifndef NS_REDUCE_S8_H
#define NS_REDUCE_S8_H

#include <stdint.h>

typedef struct {
    uint32_t outer;
    uint32_t reduced;
    uint32_t inner;
    int32_t bias;       /* minus the input's zero point, times reduced */
    int32_t multiplier; /* of the sum; a mean has 1 / reduced in it */
    int8_t shift;
    int8_t output_zero_point;
} ns_reduce_s8;

void ns_reduce_sum_s8_run(const ns_reduce_s8 *layer, const int8_t *input, int8_t *output);
void ns_reduce_max_s8_run(const ns_reduce_s8 *layer, const int8_t *input, int8_t *output);
void ns_reduce_min_s8_run(const ns_reduce_s8 *layer, const int8_t *input, int8_t *output);

#endif
