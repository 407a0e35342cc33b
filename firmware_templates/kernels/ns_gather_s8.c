#include "ns_gather_s8.h"

#include <string.h>

void ns_gather_s8_run(const ns_gather_s8 *layer, const int8_t *input, int8_t *output)
{
    const uint32_t block = layer->block;
    const uint16_t *from = layer->blocks;
    for (uint32_t count = layer->count; count > 0; count--) {
        memcpy(output, input + *from++ * block, block);
        output += block;
    }
}
