/* Two steps, one after the other: each row of the first is a sample of the second. The second may be a chain itself. */
#ifndef NS_CHAIN_H
#define NS_CHAIN_H

#include "ns_front_end.h"

#include <stdint.h>

typedef struct {
    ns_front_end_step first;
    const void *first_parameters;
    uint16_t first_floats; /* that the first one keeps */
    ns_front_end_step second;
    const void *second_parameters;
} ns_chain;

/* A step of ns_front_end. Memory: one word for the second's position, first_floats, and what the second keeps. */
const float *ns_chain_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
