#include "ns_wavelet.h"

#include "ns_float_math.h"
#include "ns_strict_float.h"

#include <stddef.h>

/* Where a level's delay line stands: its oldest value, and those one and two tap distances later. */
typedef struct {
    uint32_t oldest;
    uint32_t older;
    uint32_t newer;
} taps;

static taps taps_of(uint32_t position, uint32_t distance)
{
    const uint32_t length = 3u * distance;
    const uint32_t place = position % length;
    const taps found = {place, (place + distance) % length, (place + 2u * distance) % length};

    return found;
}

static void add(const ns_wavelet *wavelet, float value, float *feature)
{
    if (wavelet->measure == NS_WAVELET_VALUE) {
        *feature = value;
    } else {
        const float square = value * value;

        *feature += square;
    }
}

/* Sends one level's inputs through its filters; its outputs are the next level's inputs. */
static void filter_level(const ns_wavelet *wavelet, const taps *at, float *lines, size_t stride, const float *inputs,
                         float *outputs, float *features)
{
    const uint32_t columns = wavelet->levels + 1u;

    for (uint32_t channel = 0; channel < wavelet->channels; channel++) {
        float *line = lines + channel * stride;
        const float outer = line[at->oldest] + inputs[channel];
        const float inner = line[at->older] + line[at->newer];
        const float thrice = 3.0f * inner;

        add(wavelet, 2.0f * (line[at->newer] - line[at->older]), features + channel * columns);
        line[at->oldest] = inputs[channel];
        outputs[channel] = (outer + thrice) * 0.125f;
    }
}

static void clear_row(const ns_wavelet *wavelet, float *row)
{
    for (uint32_t i = 0; i < wavelet->channels * (wavelet->levels + 1u); i++) {
        row[i] = 0.0f;
    }
}

static void compress_row(const ns_wavelet *wavelet, float *row)
{
    for (uint32_t i = 0; i < wavelet->channels * (wavelet->levels + 1u); i++) {
        const float mean = row[i] * wavelet->share;

        row[i] = ns_log2_f32(mean + wavelet->floor);
    }
}

/* `position` counts up to `support`, then around in a cycle that ends a row and every delay line. */
const float *ns_wavelet_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_wavelet *wavelet = parameters;
    const size_t stride = (size_t)wavelet->support;
    float *row = memory + wavelet->channels * stride;
    float *lows = row + wavelet->channels * (wavelet->levels + 1u);
    const int32_t phase = *position < wavelet->support ? -1 : (*position - wavelet->support) % wavelet->hop;
    const float *inputs = sample;
    float *line = memory;

    if (phase <= 0) {
        clear_row(wavelet, row);
    }
    for (uint32_t level = 0; level < wavelet->levels; level++) {
        const uint32_t distance = 1u << level;
        const taps at = taps_of((uint32_t)*position, distance);

        filter_level(wavelet, &at, line, stride, inputs, lows, row + level);
        inputs = lows;
        line += (size_t)3 * distance;
    }
    for (uint32_t channel = 0; channel < wavelet->channels; channel++) {
        add(wavelet, lows[channel], row + channel * (wavelet->levels + 1u) + wavelet->levels);
    }
    (*position)++;
    if (*position == wavelet->support + wavelet->cycle) {
        *position = wavelet->support;
    }
    if (wavelet->measure == NS_WAVELET_VALUE) {
        return phase == 0 ? row : NULL;
    }
    if (phase != wavelet->hop - 1) {
        return NULL;
    }
    compress_row(wavelet, row);
    return row;
}
