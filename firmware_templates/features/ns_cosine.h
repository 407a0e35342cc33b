/* Cosine transform of each row (DCT-II, orthonormal), its lowest coefficients: of log-mel bands they are MFCC. */
#ifndef NS_COSINE_H
#define NS_COSINE_H

#include <stdint.h>

typedef struct {
    uint16_t inputs;
    uint16_t coefficients;
    const float *cosine; /* [4 * inputs]: cos(pi i / (2 * inputs)) * sqrt(2 / inputs) */
    float first;         /* sqrt(1 / inputs) */
} ns_cosine;

/* A step of ns_front_end. Memory: float[coefficients]. */
const float *ns_cosine_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
