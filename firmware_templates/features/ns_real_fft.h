/* Power spectrum of a real signal, in place. */
#ifndef NS_REAL_FFT_H
#define NS_REAL_FFT_H

#include <stdint.h>

/* Replaces signal[length] by the powers of its bins 0 ... length / 2 and leaves the rest undefined.
 *
 * The power of bin k is |2 X[k]|^2: the caller folds the factor into its window, which costs nothing. `length` is a power of two,
 * at least 8; cosine[length / 4 + 1] holds cos(2 pi i / length).
 *
 * A real signal is transformed as a complex one of half the length (Numerical Recipes, 3rd ed., 12.3), by decimation in
 * time (Cooley and Tukey 1965). */
void ns_real_fft_power(float *signal, uint32_t length, const float *cosine);

#endif
