#include "ns_spectrum.h"

#include "ns_float_math.h"
#include "ns_real_fft.h"
#include "ns_strict_float.h"

#include <stddef.h>
#include <string.h>

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

/* Where things lie: what the next frame needs of each channel, the FFT with the first channel's frame, the frames of the
 * other channels, and the row. One channel's row goes behind the powers. */
typedef struct {
    size_t kept;
    float *fft;
    float *others;
    float *row;
} places;

static places places_of(const ns_spectrum *spectrum, float *memory)
{
    const size_t kept = spectrum->frame > spectrum->hop ? (size_t)(spectrum->frame - spectrum->hop) : 0;
    float *fft = memory + kept * spectrum->channels;
    float *others = fft + spectrum->points;
    float *after = others + ((size_t)spectrum->channels - 1) * spectrum->frame;
    const places found = {kept, fft, others, spectrum->channels == 1 ? fft + spectrum->points / 2 + 1 : after};

    return found;
}

static float *frame_of(const ns_spectrum *spectrum, const places *at, uint32_t channel)
{
    return channel == 0 ? at->fft : at->others + ((size_t)channel - 1) * spectrum->frame;
}

static const float *finish_row(const ns_spectrum *spectrum, const places *at, float *memory)
{
    for (uint32_t channel = 0; at->kept > 0 && channel < spectrum->channels; channel++) {
        memcpy(memory + channel * at->kept, frame_of(spectrum, at, channel) + spectrum->hop,
               at->kept * sizeof *memory);
    }
    for (uint32_t channel = 0; channel < spectrum->channels; channel++) {
        if (channel > 0) {
            memcpy(at->fft, frame_of(spectrum, at, channel), spectrum->frame * sizeof *memory);
        }
        frame_bands(spectrum, at->fft, at->row + (size_t)channel * spectrum->bands);
    }
    return at->row;
}

/* The first channel's frame is gathered where the FFT will overwrite it; what the next frame needs of it is kept aside
 * meanwhile. `position` counts samples: up to `frame` for the first frame, and from `frame` on for each further one,
 * whose first frame - hop samples are there already, or whose first hop - frame ones belong to no frame. */
const float *ns_spectrum_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_spectrum *spectrum = parameters;
    const places at = places_of(spectrum, memory);
    const int32_t place = *position < spectrum->frame ? *position : *position - spectrum->hop;

    for (uint32_t channel = 0; channel < spectrum->channels; channel++) {
        float *frame = frame_of(spectrum, &at, channel);

        if (*position == spectrum->frame) {
            memcpy(frame, memory + channel * at.kept, at.kept * sizeof *frame);
        }
        if (place >= 0) {
            frame[place] = sample[channel];
        }
    }
    (*position)++;
    if (place + 1 < spectrum->frame) {
        return NULL;
    }
    *position = spectrum->frame;
    return finish_row(spectrum, &at, memory);
}
