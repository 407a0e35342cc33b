#include "ns_level.h"

#include "ns_strict_float.h"

void ns_level_survey(const void *parameters, uint32_t row, float *state, const float *features)
{
    const ns_level *level = parameters;

    if (row == 0) {
        state[0] = level->least;
    }
    for (uint32_t i = 0; i < level->columns; i++) {
        if (features[i] > state[0]) {
            state[0] = features[i];
        }
    }
}

void ns_level_finish(const void *parameters, uint32_t row, float *state, float *features)
{
    const ns_level *level = parameters;

    (void)row;
    for (uint32_t i = 0; i < level->columns; i++) {
        const float below = features[i] - state[0];

        features[i] = below > -level->range ? below : -level->range;
    }
}
