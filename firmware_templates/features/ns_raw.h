/* Samples as they come, or the mean of `decimate` neighbors: one feature a channel. */
#ifndef NS_RAW_H
#define NS_RAW_H

#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint16_t decimate; /* samples in a row, at least 1 */
    float share;       /* 1 / decimate */
} ns_raw;

/* A step of ns_front_end. Memory: float[channels] where decimate > 1, else nothing. */
const float *ns_raw_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
