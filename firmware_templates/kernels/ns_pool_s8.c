#include "ns_pool_s8.h"

#include "ns_requantize.h"

typedef struct {
    int32_t top;
    int32_t bottom;
    int32_t left;
    int32_t right;
} window;

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static window cut_window(const ns_pool_s8 *layer, int32_t y, int32_t x)
{
    const int32_t top = y * layer->stride_y - layer->pad_top;
    const int32_t left = x * layer->stride_x - layer->pad_left;
    const window cut = {
        .top = larger(top, 0),
        .bottom = smaller(top + layer->window_height, layer->input_height),
        .left = larger(left, 0),
        .right = smaller(left + layer->window_width, layer->input_width),
    };
    return cut;
}

void ns_max_pool_s8_run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output)
{
    const int32_t channels = layer->channels;
    for (int32_t y = 0; y < layer->output_height; y++) {
        for (int32_t x = 0; x < layer->output_width; x++) {
            const window cut = cut_window(layer, y, x);
            for (int32_t c = 0; c < channels; c++) {
                int32_t largest = INT8_MIN;
                for (int32_t row = cut.top; row < cut.bottom; row++) {
                    const int8_t *pixel = input + (row * layer->input_width + cut.left) * channels + c;
                    for (int32_t column = cut.left; column < cut.right; column++) {
                        largest = larger(largest, *pixel);
                        pixel += channels;
                    }
                }
                *output++ = ns_clamp_s8(largest, layer->activation_min, layer->activation_max);
            }
        }
    }
}

void ns_average_pool_s8_run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output)
{
    const int32_t channels = layer->channels;
    for (int32_t y = 0; y < layer->output_height; y++) {
        for (int32_t x = 0; x < layer->output_width; x++) {
            const window cut = cut_window(layer, y, x);
            const int32_t count = (cut.bottom - cut.top) * (cut.right - cut.left);
            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = 0;
                for (int32_t row = cut.top; row < cut.bottom; row++) {
                    const int8_t *pixel = input + (row * layer->input_width + cut.left) * channels + c;
                    for (int32_t column = cut.left; column < cut.right; column++) {
                        sum += *pixel;
                        pixel += channels;
                    }
                }
                sum = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
                *output++ = ns_clamp_s8(sum, layer->activation_min, layer->activation_max);
            }
        }
    }
}
