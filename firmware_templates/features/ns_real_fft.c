#include "ns_real_fft.h"

#include "ns_strict_float.h"

typedef struct {
    float re;
    float im;
} complex_f32;

static complex_f32 load(const float *z, uint32_t index)
{
    const complex_f32 value = {z[2 * index], z[2 * index + 1]};

    return value;
}

static void store(float *z, uint32_t index, complex_f32 value)
{
    z[2 * index] = value.re;
    z[2 * index + 1] = value.im;
}

static complex_f32 add(complex_f32 a, complex_f32 b)
{
    const complex_f32 sum = {a.re + b.re, a.im + b.im};

    return sum;
}

static complex_f32 subtract(complex_f32 a, complex_f32 b)
{
    const complex_f32 difference = {a.re - b.re, a.im - b.im};

    return difference;
}

/* a * (cosine - i sine) */
static complex_f32 turn(complex_f32 a, float cosine, float sine)
{
    const float re_cosine = a.re * cosine;
    const float im_sine = a.im * sine;
    const float im_cosine = a.im * cosine;
    const float re_sine = a.re * sine;
    const complex_f32 turned = {re_cosine + im_sine, im_cosine - re_sine};

    return turned;
}

/* a * -i */
static complex_f32 quarter_turn(complex_f32 a)
{
    const complex_f32 turned = {a.im, -a.re};

    return turned;
}

static void butterfly(float *z, uint32_t first, uint32_t second, complex_f32 turned)
{
    const complex_f32 base = load(z, first);

    store(z, first, add(base, turned));
    store(z, second, subtract(base, turned));
}

static void reverse_bits(float *z, uint32_t points)
{
    uint32_t reversed = 0;

    for (uint32_t i = 0; i < points; i++) {
        uint32_t bit = points / 2;

        if (i < reversed) {
            const complex_f32 kept = load(z, i);

            store(z, i, load(z, reversed));
            store(z, reversed, kept);
        }
        while (bit > 0 && (reversed & bit) != 0) {
            reversed ^= bit;
            bit /= 2;
        }
        reversed |= bit;
    }
}

/* The first two stages, whose factors are 1 and -i, as one without products. */
static void first_stages(float *z, uint32_t points)
{
    for (uint32_t i = 0; i < points; i += 4) {
        const complex_f32 a = add(load(z, i), load(z, i + 1));
        const complex_f32 b = subtract(load(z, i), load(z, i + 1));
        const complex_f32 c = add(load(z, i + 2), load(z, i + 3));
        const complex_f32 d = quarter_turn(subtract(load(z, i + 2), load(z, i + 3)));

        store(z, i, add(a, c));
        store(z, i + 1, add(b, d));
        store(z, i + 2, subtract(a, c));
        store(z, i + 3, subtract(b, d));
    }
}

/* Joins transforms of `half` points into ones of twice that. A factor serves twice: a quarter of a turn on, it is the
 * same one times -i. */
static void stage(float *z, uint32_t points, uint32_t half, const float *cosine)
{
    const uint32_t quarter = points / 2; /* index of cos(pi / 2) */
    const uint32_t stride = points / half;

    for (uint32_t j = 0; j < half / 2; j++) {
        const float cosine_j = cosine[j * stride];
        const float sine_j = cosine[quarter - j * stride];

        for (uint32_t i = j; i < points; i += 2 * half) {
            const uint32_t k = i + half / 2;

            butterfly(z, i, i + half, turn(load(z, i + half), cosine_j, sine_j));
            butterfly(z, k, k + half, quarter_turn(turn(load(z, k + half), cosine_j, sine_j)));
        }
    }
}

static float power(complex_f32 a)
{
    const float re_squared = a.re * a.re;
    const float im_squared = a.im * a.im;

    return re_squared + im_squared;
}

/* Takes the spectra of the even and the odd samples apart and joins them into the real signal's, as powers. */
static void split_into_powers(float *z, uint32_t points, const float *cosine)
{
    const uint32_t quarter = points / 2;
    const complex_f32 zero = load(z, 0);
    const float lowest = 2.0f * (zero.re + zero.im);
    const float highest = 2.0f * (zero.re - zero.im);

    for (uint32_t k = 1; k <= points / 2; k++) {
        const complex_f32 low = load(z, k);
        const complex_f32 high = load(z, points - k);
        const complex_f32 even = {low.re + high.re, low.im - high.im};
        const complex_f32 odd = {low.im + high.im, high.re - low.re};
        const complex_f32 turned = turn(odd, cosine[k], cosine[quarter - k]);

        z[2 * k] = power(add(even, turned));
        z[2 * (points - k)] = power(subtract(even, turned));
    }
    z[0] = lowest * lowest;
    for (uint32_t k = 1; k < points; k++) {
        z[k] = z[2 * k];
    }
    z[points] = highest * highest;
}

void ns_real_fft_power(float *signal, uint32_t length, const float *cosine)
{
    const uint32_t points = length / 2;

    reverse_bits(signal, points);
    first_stages(signal, points);
    for (uint32_t half = 4; half < points; half *= 2) {
        stage(signal, points, half, cosine);
    }
    split_into_powers(signal, points, cosine);
}
