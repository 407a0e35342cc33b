#include "ns_resize_bilinear_s8.h"

void ns_resize_bilinear_s8_run(const ns_resize_bilinear_s8 *layer, const int8_t *input, int8_t *output)
{
    const uint32_t channels = layer->channels;
    const uint32_t row_bytes = layer->input_width * channels;
    for (uint32_t y = 0; y < layer->output_height; y++) {
        const int8_t *const above = input + layer->rows.lower[y] * row_bytes;
        const int8_t *const below = input + layer->rows.upper[y] * row_bytes;
        const int32_t down = layer->rows.fraction[y];
        for (uint32_t x = 0; x < layer->output_width; x++) {
            const uint32_t left = layer->columns.lower[x] * channels;
            const uint32_t right = layer->columns.upper[x] * channels;
            const int32_t across = layer->columns.fraction[x];
            for (uint32_t c = 0; c < channels; c++) {
                const int32_t sum = (above[left + c] * (1024 - across) + above[right + c] * across) * (1024 - down) +
                                    (below[left + c] * (1024 - across) + below[right + c] * across) * down;
                *output++ = (int8_t)((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
            }
        }
    }
}
