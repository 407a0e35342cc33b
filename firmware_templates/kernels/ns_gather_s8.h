/* Copies blocks of bytes in an order that a table says: nearest-neighbor resizing, mirrored borders, gathers. */
#ifndef NS_GATHER_S8_H
#define NS_GATHER_S8_H

#include <stdint.h>

typedef struct {
    const uint16_t *blocks; /* [count], number of the input's block that each block of the output is */
    uint32_t count;
    uint16_t block; /* bytes */
} ns_gather_s8;

void ns_gather_s8_run(const ns_gather_s8 *layer, const int8_t *input, int8_t *output);

#endif
