/* A rectangle of each picture: rows outside it are dropped, of the others the part inside it goes on. */
#ifndef NS_CROP_H
#define NS_CROP_H

#include <stdint.h>

typedef struct {
    uint16_t picture_height;
    uint16_t top;    /* rows above the rectangle */
    uint16_t height; /* of the rectangle */
    uint32_t skip;   /* floats left of it */
} ns_crop;

/* A step of ns_front_end. Memory: none. */
const float *ns_crop_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
