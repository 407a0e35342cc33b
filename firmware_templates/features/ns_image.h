/* Pictures made smaller by area average: each output pixel is the mean of the area that it covers, parts of pixels
 * counted by their share. A sample is one row of the picture, a feature row one row of the smaller one. */
#ifndef NS_IMAGE_H
#define NS_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Lengths are counted in units that divide both an input and an output pixel; an output pixel is never the smaller. */
typedef struct {
    uint16_t colors; /* of the input, interleaved */
    uint16_t width;  /* of the output, in pixels */
    uint16_t input_pixel_width;
    uint16_t output_pixel_width;
    uint16_t input_pixel_height;
    uint16_t output_pixel_height;
    float share; /* 1 / (output_pixel_width * output_pixel_height) */
    bool gray;   /* from red, green and blue, by the weights of ITU-R BT.601 */
} ns_image;

/* A step of ns_front_end. Memory: one output row of floats; two where an input row can be shared by two output rows,
 * that is where input_pixel_height > 1. */
const float *ns_image_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
