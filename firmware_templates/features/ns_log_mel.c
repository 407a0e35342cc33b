#include "ns_log_mel.h"

#include "ns_real_fft.h"
#include "ns_strict_float.h"

#include <float.h>
#include <stddef.h>
#include <string.h>

/* log2 of a positive normal number: exponent plus a polynomial of the mantissa. Its error stays below 3e-6; it is exact
 * at 1 and continuous at powers of two to within rounding. The C library's differs from one library to the next. */
static float log2_of(float value)
{
    static const float factors[6] = {1.442545f, -0.71814507f, 0.4575485f, -0.2779041f, 0.1217969f, -0.025841145f};
    uint32_t bits;
    int32_t exponent;
    float fraction;
    float sum = factors[5];

    if (!(value <= FLT_MAX)) {
        value = FLT_MAX; /* infinity, or not a number, whose bits differ from one processor to the next */
    }
    memcpy(&bits, &value, sizeof bits);
    exponent = (int32_t)(bits >> 23) - 127;
    bits = (bits & 0x007FFFFFu) | 0x3F800000u;
    memcpy(&fraction, &bits, sizeof fraction);
    fraction -= 1.0f;
    for (int i = 4; i >= 0; i--) {
        sum = sum * fraction + factors[i];
    }
    return (float)exponent + sum * fraction;
}

/* Sums powers into bands; a bin between two corners belongs to the band that rises there and to the one that falls. */
static void sum_bands(const ns_log_mel *mel, const float *powers, float *bands)
{
    const float *rise = mel->rise;

    for (uint32_t band = 0; band < mel->bands; band++) {
        bands[band] = 0.0f;
    }
    for (uint32_t corner = 0; corner <= mel->bands; corner++) {
        float rising = 0.0f;
        float falling = 0.0f;

        for (uint32_t bin = mel->corners[corner]; bin < mel->corners[corner + 1]; bin++) {
            const float part = powers[bin] * *rise;

            rising += part;
            falling += powers[bin] - part;
            rise++;
        }
        if (corner < mel->bands) {
            bands[corner] += rising;
        }
        if (corner > 0) {
            bands[corner - 1] += falling;
        }
    }
}

static const float *frame_features(const ns_log_mel *mel, float *signal)
{
    float *bands = signal + mel->points / 2 + 1;

    for (uint32_t i = 0; i < mel->frame; i++) {
        signal[i] *= mel->window[i];
    }
    for (uint32_t i = mel->frame; i < mel->points; i++) {
        signal[i] = 0.0f;
    }
    ns_real_fft_power(signal, mel->points, mel->cosine);
    sum_bands(mel, signal, bands);
    for (uint32_t band = 0; band < mel->bands; band++) {
        bands[band] = log2_of(bands[band] + mel->floor);
    }
    return bands;
}

/* The frame is gathered where the FFT will overwrite it; what the next frame needs of it is kept aside meanwhile.
 * `position` counts samples: up to `frame` for the first frame, and from `frame` on for each further one, whose first
 * frame - hop samples are there already, or whose first hop - frame ones belong to no frame. */
const float *ns_log_mel_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_log_mel *mel = parameters;
    const size_t kept = mel->frame > mel->hop ? (size_t)(mel->frame - mel->hop) : 0;
    float *signal = memory + kept;
    const int32_t place = *position < mel->frame ? *position : *position - mel->hop;

    if (*position == mel->frame) {
        memcpy(signal, memory, kept * sizeof *signal);
    }
    (*position)++;
    if (place >= 0) {
        signal[place] = *sample;
    }
    if (place + 1 < mel->frame) {
        return NULL;
    }
    *position = mel->frame;
    if (kept > 0) {
        memcpy(memory, signal + mel->hop, kept * sizeof *signal);
    }
    return frame_features(mel, signal);
}
