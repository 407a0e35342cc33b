#include "ns_beside.h"

#include <stddef.h>
#include <string.h>

#define FIRST_IS_THERE 1
#define SECOND_IS_THERE 2

const float *ns_beside_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_beside *beside = parameters;
    float *row = memory + NS_BESIDE_FLOATS;
    float *first_memory = row + beside->first_columns + beside->second_columns;
    float *second_memory = first_memory + beside->first_floats;
    const float *features;
    int32_t words[NS_BESIDE_FLOATS];

    memcpy(words, memory, sizeof words);
    features = beside->first(beside->first_parameters, position, first_memory, sample);
    if (features != NULL) {
        memcpy(row, features, beside->first_columns * sizeof *row);
        words[1] |= FIRST_IS_THERE;
    }
    features = beside->second(beside->second_parameters, &words[0], second_memory, sample);
    if (features != NULL) {
        memcpy(row + beside->first_columns, features, beside->second_columns * sizeof *row);
        words[1] |= SECOND_IS_THERE;
    }
    features = NULL;
    if (words[1] == (FIRST_IS_THERE | SECOND_IS_THERE)) {
        words[1] = 0;
        features = row;
    }
    memcpy(memory, words, sizeof words);
    return features;
}
