/* ns_pcen in integers, for cores without an FPU: the same features, other bits; logarithms and powers by ns_integer_math. */
#ifndef NS_PCEN_INTEGER_H
#define NS_PCEN_INTEGER_H

#include <stdint.h>

typedef struct {
    uint16_t bands;
    uint16_t smoothing_q16; /* share of the newest energy in the smoothed one, above 0 */
    int32_t gain_q16;       /* in [0, 2^16] */
    int32_t power_q16;      /* in [0, 2^16] */
    uint32_t bias_mantissa; /* above 0, as ns_scaled */
    int32_t bias_exponent;
    float bias_power; /* bias^power */
} ns_pcen_integer;

/* A finish of ns_front_end for rows of energies, not below 0. State: float[bands]; a window starts with its first row. */
void ns_pcen_integer_finish(const void *parameters, uint32_t row, float *state, float *features);

#endif
