#include "ns_dense_s8.h"

void ns_dense_s8_run(const ns_dense_s8 *layer, const int8_t *input, int8_t *output)
{
    ns_filters_s8_run1(&layer->filters, input, layer->inputs, output);
}
