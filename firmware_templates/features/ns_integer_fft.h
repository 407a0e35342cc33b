/* Power spectrum of a real signal in 32-bit integers, in place. */
#ifndef NS_INTEGER_FFT_H
#define NS_INTEGER_FFT_H

#include <stdint.h>

#define NS_INTEGER_FFT_PEAK 28 /* digits of the largest value that a signal may hold, 2^28 */

/* Replaces signal[length] by the powers of its bins 0 ... length / 2, each uint32_t, and leaves the rest undefined.
 *
 * The power of bin k is |2 X[k]|^2 / 2^(2 * shift), shift being what is returned, which may be negative. `digits` are those
 * of the largest magnitude in the signal, ns_bits_u32; `length` is a power of two, at least 8;
 * cosine_q14[length / 4 + 1] holds cos(2 pi i / length).
 *
 * Block floating point: one exponent for all values, which are scaled down before a stage where they could outgrow it
 * (Oppenheim and Weinstein 1972, Effects of finite register length in digital filtering and the fast Fourier transform).
 * Values have 17 digits and a sign, factors 15, so that the sum of two products fits 32 bits: no core needs more. A real
 * signal is transformed as a complex one of half the length, as in ns_real_fft. */
int32_t ns_integer_fft_power(int32_t *signal, uint32_t length, uint32_t digits, const uint16_t *cosine_q14);

#endif
