#include "ns_copy_s8.h"

#include <string.h>

void ns_copy_s8_run(const ns_copy_s8 *layer, const int8_t *input, int8_t *output)
{
    for (uint32_t i = 0; i < layer->count[0]; i++) {
        const int8_t *from1 = input;
        int8_t *to1 = output;
        for (uint32_t j = 0; j < layer->count[1]; j++) {
            const int8_t *from2 = from1;
            int8_t *to2 = to1;
            for (uint32_t k = 0; k < layer->count[2]; k++) {
                const int8_t *from3 = from2;
                int8_t *to3 = to2;
                for (uint32_t l = layer->count[3]; l > 0; l--) {
                    *to3 = *from3;
                    from3 += layer->input_stride[3];
                    to3 += layer->output_stride[3];
                }
                from2 += layer->input_stride[2];
                to2 += layer->output_stride[2];
            }
            from1 += layer->input_stride[1];
            to1 += layer->output_stride[1];
        }
        input += layer->input_stride[0];
        output += layer->output_stride[0];
    }
}

void ns_pad_s8_run(const ns_pad_s8 *layer, const int8_t *input, int8_t *output)
{
    memset(output, layer->value, layer->output_count);
    ns_copy_s8_run(&layer->inside, input, output + layer->offset);
}
