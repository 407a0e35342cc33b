#include "ns_cosine.h"

#include "ns_strict_float.h"

const float *ns_cosine_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_cosine *transform = parameters;
    const uint32_t period = 4u * transform->inputs;

    (void)position;
    memory[0] = 0.0f;
    for (uint32_t i = 0; i < transform->inputs; i++) {
        memory[0] += sample[i];
    }
    memory[0] *= transform->first;
    for (uint32_t k = 1; k < transform->coefficients; k++) {
        uint32_t angle = k; /* k * (2 i + 1), in steps of the table */
        float sum = 0.0f;

        for (uint32_t i = 0; i < transform->inputs; i++) {
            sum += sample[i] * transform->cosine[angle];
            angle += 2u * k;
            if (angle >= period) {
                angle -= period;
            }
        }
        memory[k] = sum;
    }
    return memory;
}
