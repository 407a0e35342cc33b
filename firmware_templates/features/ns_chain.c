#include "ns_chain.h"

#include <stddef.h>
#include <string.h>

const float *ns_chain_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_chain *chain = parameters;
    const float *row = chain->first(chain->first_parameters, position, memory + 1, sample);
    const float *features;
    int32_t second_position;

    if (row == NULL) {
        return NULL;
    }
    memcpy(&second_position, memory, sizeof second_position);
    features = chain->second(chain->second_parameters, &second_position, memory + 1 + chain->first_floats, row);
    memcpy(memory, &second_position, sizeof second_position);
    return features;
}
