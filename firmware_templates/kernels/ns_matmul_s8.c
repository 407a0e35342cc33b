#include "ns_matmul_s8.h"

#include "ns_requantize.h"

static void multiply(const ns_matmul_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    const int32_t zero_a = layer->a_zero_point;
    const int32_t zero_b = layer->b_zero_point;
    const uint32_t step_a = layer->a_column;
    const uint32_t step_b = layer->b_row;
    for (uint32_t row = 0; row < layer->rows; row++) {
        for (uint32_t column = 0; column < layer->columns; column++) {
            const int8_t *x = a + row * layer->a_row;
            const int8_t *y = b + column * layer->b_column;
            int32_t sum = 0;
            for (uint32_t k = layer->inner; k > 0; k--) {
                sum += (*x - zero_a) * (*y - zero_b);
                x += step_a;
                y += step_b;
            }
            sum = ns_requantize(sum, layer->multiplier, layer->shift) + layer->output_zero_point;
            *output++ = ns_clamp_s8(sum, INT8_MIN, INT8_MAX);
        }
    }
}

void ns_matmul_s8_run(const ns_matmul_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    const uint32_t size = (uint32_t)layer->rows * layer->columns;
    for (uint32_t i = 0; i < layer->count[0]; i++) {
        for (uint32_t j = 0; j < layer->count[1]; j++) {
            for (uint32_t k = 0; k < layer->count[2]; k++) {
                for (uint32_t l = 0; l < layer->count[3]; l++) {
                    const int32_t at_a = (int32_t)i * layer->stride_a[0] + (int32_t)j * layer->stride_a[1] +
                                         (int32_t)k * layer->stride_a[2] + (int32_t)l * layer->stride_a[3];
                    const int32_t at_b = (int32_t)i * layer->stride_b[0] + (int32_t)j * layer->stride_b[1] +
                                         (int32_t)k * layer->stride_b[2] + (int32_t)l * layer->stride_b[3];
                    multiply(layer, a + at_a, b + at_b, output);
                    output += size;
                }
            }
        }
    }
}
