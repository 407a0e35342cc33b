/* Larger or smaller of two inputs that share one scale. */
#ifndef NS_EXTREMUM_S8_H
#define NS_EXTREMUM_S8_H

#include "ns_broadcast_s8.h"

typedef struct {
    ns_broadcast shape;
} ns_extremum_s8;

void ns_maximum_s8_run(const ns_extremum_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);
void ns_minimum_s8_run(const ns_extremum_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output);

#endif
