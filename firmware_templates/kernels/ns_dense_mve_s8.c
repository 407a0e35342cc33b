#include "ns_dense_mve_s8.h"

void ns_dense_mve_s8_run(const ns_dense_mve_s8 *layer, const int8_t *input, int8_t *output)
{
    ns_filters_mve_s8_run1(&layer->filters, 0, input, output);
}
