#include "ns_spectrum_integer.h"

#include "ns_frames.h"
#include "ns_integer_fft.h"
#include "ns_integer_math.h"

#include <stddef.h>
#include <string.h>

#define SIGN_BIT 0x80000000u
#define LARGEST_FLOAT 0x7F7FFFFFu
#define SAMPLE_DIGITS 15
#define LEAST_EXPONENT (SAMPLE_DIGITS + 1) /* frames below 2^(16 - 126) are silent: no floor is as low */
#define LOST_DIGITS 2     /* of a sample's product with the window, for the FFT's first sums */
#define UNIT_EXPONENT 141 /* a sample that holds the largest float exponent e is in units of 2^(e - 141) */

_Static_assert(SAMPLE_DIGITS + 15 - LOST_DIGITS == NS_INTEGER_FFT_PEAK, "what the FFT takes");

static uint32_t bits_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Exponent bits of the largest sample. Infinity and what is no number become the largest float first. */
static uint32_t largest_exponent(float *samples, uint32_t count)
{
    uint32_t twice = 0; /* the bits without the sign */

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t bits = bits_of(samples[i]) << 1;

        twice = bits > twice ? bits : twice;
    }
    if (twice <= LARGEST_FLOAT << 1) {
        return twice >> 24;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t bits = bits_of(samples[i]);
        const uint32_t largest = (bits & SIGN_BIT) | LARGEST_FLOAT;

        if (bits << 1 > LARGEST_FLOAT << 1) {
            memcpy(samples + i, &largest, sizeof largest);
        }
    }
    return LARGEST_FLOAT >> 23;
}

/* Samples as integers, below 2^15 or rounded up to it, times the window; what is too small becomes 0. Returns the digits of
 * the largest product. */
static uint32_t windowed(const ns_spectrum_integer *spectrum, const float *samples, uint32_t exponent, int32_t *signal)
{
    const uint16_t *window = spectrum->window_q15;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < spectrum->frame; i++) {
        const uint32_t bits = bits_of(samples[i]);
        const uint32_t shift = exponent - ((bits << 1) >> 24);
        int32_t product = 0;

        if (shift <= SAMPLE_DIGITS) {
            const uint32_t mantissa = SIGN_BIT | (bits << 8);

            product = (int32_t)(((((mantissa >> (31 - SAMPLE_DIGITS + shift)) + 1) >> 1) * window[i]) >> LOST_DIGITS);
        }
        seen |= (uint32_t)product;
        signal[i] = (bits & SIGN_BIT) != 0 ? -product : product;
    }
    for (uint32_t i = spectrum->frame; i < spectrum->points; i++) {
        signal[i] = 0;
    }
    return ns_bits_u32(seen);
}

static float compressed(const ns_spectrum_integer *spectrum, uint64_t energy, int32_t exponent)
{
    const ns_scaled floor = {spectrum->floor_mantissa, spectrum->floor_exponent};
    const ns_scaled sum = ns_scaled_sum(ns_scaled_of(energy, exponent), floor);
    int32_t logarithm;

    if (sum.mantissa == 0) {
        return 0.0f;
    }
    logarithm = ns_log2_q16(sum) - spectrum->norm_q16;
    switch (spectrum->compression) {
    case NS_SPECTRUM_LOG:
        return ns_q16_to_float(logarithm);
    case NS_SPECTRUM_ROOT:
        return ns_scaled_to_float(ns_exp2_q16(logarithm / 4));
    case NS_SPECTRUM_ENERGY:
    default:
        return ns_scaled_to_float(ns_exp2_q16(logarithm));
    }
}

/* Sums powers, in units of 2^exponent, into bands; a bin between two corners belongs to the band that rises there and to
 * the one that falls. */
static void sum_bands(const ns_spectrum_integer *spectrum, const uint32_t *powers, int32_t exponent, float *bands)
{
    const uint16_t *rise = spectrum->rise_q16;
    uint64_t risen = 0;

    for (uint32_t corner = 0; corner <= spectrum->bands; corner++) {
        uint64_t rising = 0;
        uint64_t falling = 0;

        for (uint32_t bin = spectrum->corners[corner]; bin < spectrum->corners[corner + 1]; bin++) {
            const uint32_t power = powers[bin];
            const uint32_t part = (power >> 16) * *rise + (((power & 0xFFFFu) * *rise) >> 16);

            rising += part;
            falling += power - part;
            rise++;
        }
        if (corner > 0) {
            bands[corner - 1] = compressed(spectrum, risen + falling, exponent);
        }
        risen = rising;
    }
}

/* Bands of the frame at `samples`, which the FFT overwrites. */
static void frame_bands(const ns_spectrum_integer *spectrum, float *samples, float *bands)
{
    int32_t *signal = (int32_t *)(void *)samples;
    const uint32_t largest = largest_exponent(samples, spectrum->frame);
    const uint32_t exponent = largest < LEAST_EXPONENT ? UINT32_MAX : largest; /* so that no sample is near it */
    const uint32_t digits = windowed(spectrum, samples, exponent, signal);
    const int32_t shift = ns_integer_fft_power(signal, spectrum->points, digits, spectrum->cosine_q14);
    /* of an amplitude; the FFT's are twice too large */
    const int32_t unit = (int32_t)largest - UNIT_EXPONENT + LOST_DIGITS + shift - 1;

    sum_bands(spectrum, (const uint32_t *)(const void *)signal, 2 * unit, bands);
}

static const float *finish_row(const ns_spectrum_integer *spectrum, const ns_frames *frames, float *memory)
{
    float *row = ns_frames_row(frames, memory);

    for (uint32_t channel = 0; channel < frames->channels; channel++) {
        frame_bands(spectrum, ns_frames_take(frames, memory, channel), row + (size_t)channel * frames->bands);
    }
    return row;
}

const float *ns_spectrum_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_spectrum_integer *spectrum = parameters;
    const ns_frames frames = {spectrum->channels, spectrum->frame, spectrum->hop, spectrum->points, spectrum->bands};

    return ns_frames_push(&frames, position, memory, sample) ? finish_row(spectrum, &frames, memory) : NULL;
}
