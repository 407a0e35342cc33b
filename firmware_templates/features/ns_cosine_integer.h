/* ns_cosine in integers, for cores without an FPU: the same coefficients, other bits.
 *
 * A row's values become integers of 24 digits below the largest of them, their differences to the first one of 15: all
 * coefficients but the lowest stay the same where a constant is taken away. */
#ifndef NS_COSINE_INTEGER_H
#define NS_COSINE_INTEGER_H

#include <stdint.h>

typedef struct {
    uint16_t inputs; /* at most 128 */
    uint16_t coefficients;
    const int16_t *cosine;   /* [4 * inputs]: 32767 * cos(pi i / (2 * inputs)) */
    uint32_t first_mantissa; /* sqrt(1 / inputs) as ns_scaled */
    int32_t first_exponent;
    uint32_t scale_mantissa; /* sqrt(2 / inputs) / 32767, likewise */
    int32_t scale_exponent;
} ns_cosine_integer;

/* A step of ns_front_end. Memory: float[coefficients], and as many words as inputs. */
const float *ns_cosine_integer_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
