#include "ns_lookup_s8.h"

void ns_lookup_s8_run(const ns_lookup_s8 *layer, const int8_t *input, int8_t *output)
{
    const int8_t *middle = layer->answers + 128;
    for (uint32_t count = layer->count; count > 0; count--) {
        *output++ = middle[*input++];
    }
}
