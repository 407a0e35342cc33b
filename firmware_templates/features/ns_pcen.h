/* Per-channel energy normalization (Wang et al. 2017, arXiv 1607.05666): each band's energy over a smoothed energy of its
 * past, (energy / smooth^gain + bias)^power - bias^power. What a room or a microphone adds for long falls away. */
#ifndef NS_PCEN_H
#define NS_PCEN_H

#include <stdint.h>

typedef struct {
    uint16_t bands;
    float smoothing;  /* share of the newest energy in the smoothed one, in (0, 1) */
    float gain;       /* in [0, 1] */
    float bias;       /* above 0 */
    float power;      /* in (0, 1] */
    float bias_power; /* bias^power */
} ns_pcen;

/* A finish of ns_front_end for rows of energies above 0. State: float[bands]; a window starts with its first row. */
void ns_pcen_finish(const void *parameters, uint32_t row, float *state, float *features);

#endif
