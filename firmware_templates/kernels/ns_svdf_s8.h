/* SVDF: each filter is a dense layer on the input, whose last answers are kept, and a weighted sum of those over time;
 * neighbors of `rank` filters are added. The kept answers are the caller's, [filters][memory], oldest first. */
#ifndef NS_SVDF_S8_H
#define NS_SVDF_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *feature_weights; /* [filters][inputs] */
    const int32_t *feature_bias;   /* [filters]; minus the input's zero point times the weights */
    const void *time_weights;      /* [filters][memory], int8_t or int16_t as the state is */
    const int32_t *bias;           /* [filters / rank]; the state's zero point is folded in */
    int32_t feature_multiplier;
    int32_t output_multiplier;
    uint16_t inputs;
    uint16_t filters;
    uint16_t memory;
    uint16_t rank;
    int8_t feature_shift;
    int8_t output_shift;
    int8_t state_zero_point;
    int8_t output_zero_point;
} ns_svdf_s8;

void ns_svdf_s8_run(const ns_svdf_s8 *layer, const int8_t *input, int8_t *output, int8_t *state);

/* The same with int16 state and time weights. */
void ns_svdf_s16_run(const ns_svdf_s8 *layer, const int8_t *input, int8_t *output, int16_t *state);

#endif
