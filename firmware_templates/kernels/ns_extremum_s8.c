#include "ns_extremum_s8.h"

static void maximum_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                        uint32_t count, int8_t *output)
{
    (void)parameters;
    for (; count > 0; count--) {
        *output++ = *a > *b ? *a : *b;
        a += stride_a;
        b += stride_b;
    }
}

static void minimum_row(const void *parameters, const int8_t *a, int32_t stride_a, const int8_t *b, int32_t stride_b,
                        uint32_t count, int8_t *output)
{
    (void)parameters;
    for (; count > 0; count--) {
        *output++ = *a < *b ? *a : *b;
        a += stride_a;
        b += stride_b;
    }
}

void ns_maximum_s8_run(const ns_extremum_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, maximum_row, layer, a, b, output);
}

void ns_minimum_s8_run(const ns_extremum_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    ns_broadcast_s8_run(&layer->shape, minimum_row, layer, a, b, output);
}
