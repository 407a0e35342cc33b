/* Any function of one int8: a table of its 256 answers. */
#ifndef NS_LOOKUP_S8_H
#define NS_LOOKUP_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *answers; /* [256], for -128 ... 127 */
    uint32_t count;
} ns_lookup_s8;

void ns_lookup_s8_run(const ns_lookup_s8 *layer, const int8_t *input, int8_t *output);

#endif
