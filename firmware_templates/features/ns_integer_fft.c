#include "ns_integer_fft.h"

#include <stdbool.h>
#include <stddef.h>

/* Shifts of negative numbers to the right keep the sign on every compiler that these cores have.
 *
 * No value's magnitude exceeds 2^16.5: a stage at most doubles magnitudes, and where a component has reached 2^15 it halves
 * its results; where none has, magnitudes are below 2^15.5. A product with a factor is then below 2^31. */
#define TWIDDLE_BITS 14
#define LIMIT INT32_C(0x8000)
#define FIRST_DIGITS 16 /* of the largest value behind the first two stages */
#define POWER_SHIFT 2   /* of values of magnitude 2^17.5: their squares stay below 2^32 */

typedef struct {
    int32_t re;
    int32_t im;
} complex_s32;

/* Writes a value, scaled down; bits from LIMIT's double on are set where a component has reached LIMIT. */
static inline uint32_t store(complex_s32 *z, int32_t re, int32_t im, uint32_t shift)
{
    re >>= shift;
    im >>= shift;
    z->re = re;
    z->im = im;
    return (uint32_t)(re + LIMIT) | (uint32_t)(im + LIMIT);
}

/* Whether a component has reached LIMIT, by what `store` returned for all of them. */
static uint32_t is_over(uint32_t seen)
{
    return seen >= 2u * LIMIT ? 1 : 0;
}

static int32_t half_of(uint32_t shift)
{
    return shift == 0 ? 0 : INT32_C(1) << (shift - 1);
}

/* a * (cosine - i sine) */
static complex_s32 turn(complex_s32 a, int32_t cosine, int32_t sine)
{
    const int32_t half = INT32_C(1) << (TWIDDLE_BITS - 1);
    const complex_s32 turned = {(a.re * cosine + a.im * sine + half) >> TWIDDLE_BITS,
                                (a.im * cosine - a.re * sine + half) >> TWIDDLE_BITS};

    return turned;
}

static void reverse_bits(complex_s32 *z, uint32_t points)
{
    uint32_t reversed = 0;

    for (uint32_t i = 0; i < points; i++) {
        uint32_t bit = points / 2;

        if (i < reversed) {
            const complex_s32 kept = z[i];

            z[i] = z[reversed];
            z[reversed] = kept;
        }
        while ((reversed & bit) != 0) {
            reversed ^= bit;
            bit /= 2;
        }
        reversed |= bit;
    }
}

/* The first two stages, whose factors are 1 and -i: sums of four values, scaled once. Returns what `store` saw. */
static uint32_t first_stages(complex_s32 *z, uint32_t points, uint32_t shift)
{
    const int32_t half = half_of(shift);
    uint32_t seen = 0;

    for (complex_s32 *four = z; four < z + points; four += 4) {
        const complex_s32 a = {four[0].re + four[1].re + half, four[0].im + four[1].im + half};
        const complex_s32 b = {four[0].re - four[1].re + half, four[0].im - four[1].im + half};
        const complex_s32 c = {four[2].re + four[3].re, four[2].im + four[3].im};
        const complex_s32 d = {four[2].im - four[3].im, four[3].re - four[2].re};

        seen |= store(four, a.re + c.re, a.im + c.im, shift);
        seen |= store(four + 1, b.re + d.re, b.im + d.im, shift);
        seen |= store(four + 2, a.re - c.re, a.im - c.im, shift);
        seen |= store(four + 3, b.re - d.re, b.im - d.im, shift);
    }
    return seen;
}

/* Joins transforms of `span` points into ones of twice that, scaled down by `shift`. A factor serves twice: a quarter of a
 * turn on, it is the same one times -i. Returns what `store` saw. */
static uint32_t stage(complex_s32 *z, uint32_t points, uint32_t span, uint32_t shift, const uint16_t *cosine_q14)
{
    const uint32_t stride = points / span;
    const int32_t half = half_of(shift);
    uint32_t seen = 0;

    for (uint32_t j = 0; j < span; j++) {
        const bool is_early = j < span / 2;
        const uint32_t angle = (is_early ? j : j - span / 2) * stride;
        const int32_t cosine = cosine_q14[angle];
        const int32_t sine = cosine_q14[points / 2 - angle];
        const int32_t re_factor = is_early ? cosine : -sine;
        const int32_t im_factor = is_early ? sine : cosine;

        for (complex_s32 *first = z + j; first < z + points; first += 2 * (size_t)span) {
            complex_s32 *second = first + span;
            const complex_s32 turned = turn(*second, re_factor, im_factor);
            const complex_s32 base = {first->re + half, first->im + half};

            seen |= store(first, base.re + turned.re, base.im + turned.im, shift);
            seen |= store(second, base.re - turned.re, base.im - turned.im, shift);
        }
    }
    return seen;
}

static uint32_t power(int32_t re, int32_t im)
{
    return (uint32_t)re * (uint32_t)re + (uint32_t)im * (uint32_t)im; /* modulo 2^32, which signs don't change */
}

/* Takes the spectra of the even and the odd samples apart, scaled down by `shift`, and joins them into the real signal's, as
 * powers of values that are scaled down once more. */
static void split_into_powers(complex_s32 *z, uint32_t points, uint32_t shift, const uint16_t *cosine_q14)
{
    const int32_t half = half_of(shift);
    const int32_t half_power = INT32_C(1) << (POWER_SHIFT - 1);
    const complex_s32 ends = {(2 * (z[0].re + z[0].im)) >> (shift + POWER_SHIFT),
                              (2 * (z[0].re - z[0].im)) >> (shift + POWER_SHIFT)};
    uint32_t *powers = (uint32_t *)(void *)z;

    for (uint32_t k = 1; k <= points / 2; k++) {
        const complex_s32 low = z[k];
        const complex_s32 high = z[points - k];
        const complex_s32 even = {((low.re + high.re + half) >> shift) + half_power,
                                  ((low.im - high.im + half) >> shift) + half_power};
        const complex_s32 odd = {(low.im + high.im + half) >> shift, (high.re - low.re + half) >> shift};
        const complex_s32 turned = turn(odd, cosine_q14[k], cosine_q14[points / 2 - k]);

        powers[2 * k] = power((even.re + turned.re) >> POWER_SHIFT, (even.im + turned.im) >> POWER_SHIFT);
        powers[2 * (points - k)] = power((even.re - turned.re) >> POWER_SHIFT, (even.im - turned.im) >> POWER_SHIFT);
    }
    powers[0] = power(ends.re, 0);
    for (uint32_t k = 1; k < points; k++) {
        powers[k] = powers[2 * k];
    }
    powers[points] = power(ends.im, 0);
}

int32_t ns_integer_fft_power(int32_t *signal, uint32_t length, uint32_t digits, const uint16_t *cosine_q14)
{
    const uint32_t points = length / 2;
    complex_s32 *z = (complex_s32 *)(void *)signal;
    const uint32_t first = digits + 2 > FIRST_DIGITS ? digits + 2 - FIRST_DIGITS : 0; /* two more, of the sum of four */
    uint32_t shift = first;
    uint32_t seen;

    reverse_bits(z, points);
    seen = first_stages(z, points, first);
    for (uint32_t span = 4; span < points; span *= 2) {
        const uint32_t down = is_over(seen);

        seen = stage(z, points, span, down, cosine_q14);
        shift += down;
    }
    split_into_powers(z, points, is_over(seen), cosine_q14);
    return (int32_t)(shift + is_over(seen) + POWER_SHIFT);
}
