#include "ns_pool_mve_s8.h"

#include "ns_mve.h"
#include "ns_requantize.h"

/* What one output position reads: `height` rows of `width` pixels. */
typedef struct {
    const int8_t *from;
    uint32_t height;
    uint32_t width;
    uint32_t pitch; /* bytes from one row of the input to the next */
    uint32_t channels;
} window;

typedef void pooling(const ns_pool_mve_s8 *layer, const window *cut, int8_t *output);

static inline int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline void slide(const ns_pool_mve_s8 *layer, const int8_t *input, int8_t *output, pooling *pool)
{
    const int32_t channels = layer->channels;
    const int32_t pitch = layer->input_width * channels;
    for (int32_t y = 0; y < layer->output_height; y++) {
        const int32_t y0 = y * layer->stride_y - layer->pad_top;
        const int32_t top = larger(y0, 0);
        const int32_t bottom = smaller(y0 + layer->window_height, layer->input_height);
        for (int32_t x = 0; x < layer->output_width; x++) {
            const int32_t x0 = x * layer->stride_x - layer->pad_left;
            const int32_t left = larger(x0, 0);
            const int32_t right = smaller(x0 + layer->window_width, layer->input_width);
            const window cut = {
                input + top * pitch + left * channels, (uint32_t)(bottom - top), (uint32_t)(right - left),
                (uint32_t)pitch,                       (uint32_t)channels,
            };
            pool(layer, &cut, output);
            output += channels;
        }
    }
}

static void pool_max(const ns_pool_mve_s8 *layer, const window *cut, int8_t *output)
{
#if NS_MVE
    for (uint32_t c = 0; c < cut->channels; c += 16) {
        const mve_pred16_t exists = vctp8q(cut->channels - c);
        int8x16_t most = vdupq_n_s8(layer->activation_min);
        const int8_t *row = cut->from + c;
        for (uint32_t y = cut->height; y > 0; y--) {
            const int8_t *pixel = row;
            for (uint32_t x = cut->width; x > 0; x--) {
                most = vmaxq_s8(most, vldrbq_z_s8(pixel, exists));
                pixel += cut->channels;
            }
            row += cut->pitch;
        }
        vstrbq_p_s8(output + c, vminq_s8(most, vdupq_n_s8(layer->activation_max)), exists);
    }
#else
    for (uint32_t c = 0; c < cut->channels; c++) {
        int32_t most = layer->activation_min;
        for (uint32_t y = 0; y < cut->height; y++) {
            for (uint32_t x = 0; x < cut->width; x++) {
                most = larger(most, cut->from[y * cut->pitch + x * cut->channels + c]);
            }
        }
        output[c] = (int8_t)smaller(most, layer->activation_max);
    }
#endif
}

/* Sums of up to four channels of a window. */
static inline ns_lanes sum_window(const window *cut, uint32_t c)
{
    ns_lanes sums = ns_mve_zeros();
    const int8_t *row = cut->from + c;
#if NS_MVE
    const mve_pred16_t exists = vctp32q(cut->channels - c);
#else
    const uint32_t lanes = cut->channels - c < 4 ? cut->channels - c : 4;
#endif
    for (uint32_t y = cut->height; y > 0; y--) {
        const int8_t *pixel = row;
        for (uint32_t x = cut->width; x > 0; x--) {
#if NS_MVE
            sums = vaddq_s32(sums, vldrbq_z_s32(pixel, exists));
#else
            for (uint32_t lane = 0; lane < lanes; lane++) {
                sums.lane[lane] += pixel[lane];
            }
#endif
            pixel += cut->channels;
        }
        row += cut->pitch;
    }
    return sums;
}

static void pool_average(const ns_pool_mve_s8 *layer, const window *cut, int8_t *output)
{
    const int32_t count = (int32_t)(cut->height * cut->width);
    for (uint32_t c = 0; c < cut->channels; c += 4) {
        int32_t sums[4];
        const ns_lanes lanes = sum_window(cut, c);
        memcpy(sums, &lanes, sizeof sums);
        for (uint32_t i = 0; i < 4 && c + i < cut->channels; i++) {
            const int32_t half = sums[i] > 0 ? count / 2 : -(count / 2);
            output[c + i] = ns_clamp_s8((sums[i] + half) / count, layer->activation_min, layer->activation_max);
        }
    }
}

void ns_max_pool_mve_s8_run(const ns_pool_mve_s8 *layer, const int8_t *input, int8_t *output)
{
    slide(layer, input, output, pool_max);
}

void ns_average_pool_mve_s8_run(const ns_pool_mve_s8 *layer, const int8_t *input, int8_t *output)
{
    slide(layer, input, output, pool_average);
}
