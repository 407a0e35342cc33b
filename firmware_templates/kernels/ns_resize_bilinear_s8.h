/* Bilinear resizing, NHWC, in the reference's fixed point: 10 bits of fraction along each dimension. */
#ifndef NS_RESIZE_BILINEAR_S8_H
#define NS_RESIZE_BILINEAR_S8_H

#include <stdint.h>

/* Where one output row or column lies between two of the input. */
typedef struct {
    const uint16_t *lower;
    const uint16_t *upper;
    const int16_t *fraction; /* of 1024, from lower on; below 0 or above 1024 at the edges */
} ns_between;

typedef struct {
    ns_between rows;    /* [output_height] */
    ns_between columns; /* [output_width] */
    uint16_t input_width;
    uint16_t output_height;
    uint16_t output_width;
    uint16_t channels;
} ns_resize_bilinear_s8;

void ns_resize_bilinear_s8_run(const ns_resize_bilinear_s8 *layer, const int8_t *input, int8_t *output);

#endif
