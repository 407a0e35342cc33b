#include "ns_crop.h"

#include <stddef.h>

const float *ns_crop_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_crop *crop = parameters;
    const int32_t row = *position;

    (void)memory;
    *position = row + 1 < crop->picture_height ? row + 1 : 0;
    return row >= crop->top && row < crop->top + crop->height ? sample + crop->skip : NULL;
}
