#include "ns_spectrum.h"

#include "ns_float_math.h"
#include "ns_frames.h"
#include "ns_real_fft.h"
#include "ns_strict_float.h"

#include <stddef.h>

/* Sums powers into bands; a bin between two corners belongs to the band that rises there and to the one that falls. */
static void sum_bands(const ns_spectrum *spectrum, const float *powers, float *bands)
{
    const float *rise = spectrum->rise;

    for (uint32_t band = 0; band < spectrum->bands; band++) {
        bands[band] = 0.0f;
    }
    for (uint32_t corner = 0; corner <= spectrum->bands; corner++) {
        float rising = 0.0f;
        float falling = 0.0f;

        for (uint32_t bin = spectrum->corners[corner]; bin < spectrum->corners[corner + 1]; bin++) {
            const float part = powers[bin] * *rise;

            rising += part;
            falling += powers[bin] - part;
            rise++;
        }
        if (corner < spectrum->bands) {
            bands[corner] += rising;
        }
        if (corner > 0) {
            bands[corner - 1] += falling;
        }
    }
}

static float compressed(const ns_spectrum *spectrum, float energy)
{
    switch (spectrum->compression) {
    case NS_SPECTRUM_LOG:
        return ns_log2_f32(energy + spectrum->floor);
    case NS_SPECTRUM_ROOT:
        return ns_sqrt_f32(ns_sqrt_f32(energy));
    case NS_SPECTRUM_ENERGY:
    default:
        return energy + spectrum->floor;
    }
}

/* Bands of the frame at `signal`, which the FFT overwrites. */
static void frame_bands(const ns_spectrum *spectrum, float *signal, float *bands)
{
    for (uint32_t i = 0; i < spectrum->frame; i++) {
        signal[i] *= spectrum->window[i];
    }
    for (uint32_t i = spectrum->frame; i < spectrum->points; i++) {
        signal[i] = 0.0f;
    }
    ns_real_fft_power(signal, spectrum->points, spectrum->cosine);
    sum_bands(spectrum, signal, bands);
    for (uint32_t band = 0; band < spectrum->bands; band++) {
        bands[band] = compressed(spectrum, bands[band]);
    }
}

const float *ns_spectrum_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_spectrum *spectrum = parameters;
    const ns_frames frames = {spectrum->channels, spectrum->frame, spectrum->hop, spectrum->points, spectrum->bands};
    float *row;

    if (!ns_frames_push(&frames, position, memory, sample)) {
        return NULL;
    }
    row = ns_frames_row(&frames, memory);
    for (uint32_t channel = 0; channel < spectrum->channels; channel++) {
        frame_bands(spectrum, ns_frames_take(&frames, memory, channel), row + (size_t)channel * spectrum->bands);
    }
    return row;
}
