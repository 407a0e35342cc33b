#include "ns_image.h"

#include "ns_strict_float.h"

#include <stddef.h>

static const float gray_weights[3] = {0.299f, 0.587f, 0.114f};

/* Where an output pixel starts in the input row. */
typedef struct {
    uint32_t pixel;
    uint32_t left; /* units of that pixel that were not taken yet, at least 1 */
} place;

/* Sum of one color over one output pixel's width, in units; moves `from` to the next output pixel. */
static float sum_across(const ns_image *image, const float *sample, uint32_t color, place *from)
{
    uint32_t needed = image->output_pixel_width;
    float sum = 0.0f;

    while (needed > 0) {
        const uint32_t part = from->left < needed ? from->left : needed;

        sum += sample[from->pixel * image->colors + color] * (float)part;
        needed -= part;
        from->left -= part;
        if (from->left == 0) {
            from->pixel++;
            from->left = image->input_pixel_width;
        }
    }
    return sum;
}

static float gray_across(const ns_image *image, const float *sample, place *from)
{
    float gray = 0.0f;
    place end = *from;

    for (uint32_t color = 0; color < 3; color++) {
        end = *from;
        gray += sum_across(image, sample, color, &end) * gray_weights[color];
    }
    *from = end;
    return gray;
}

/* What one input row adds to the sums of output rows. */
typedef struct {
    float now;   /* units of its height that belong to the output row at hand */
    float later; /* units that belong to the next one */
    bool starts; /* it is the first of the output row at hand */
    bool ends;   /* it is the last one */
} share_of_row;

static void add_value(const ns_image *image, const share_of_row *share, float value, float *sum, float *feature)
{
    const float part = value * share->now;
    const float total = share->starts ? part : *sum + part;

    if (share->ends) {
        *sum = value * share->later;
        *feature = total * image->share; /* after the sum: both may be the same float where nothing is left for later */
    } else {
        *sum = total;
    }
}

const float *ns_image_step(const void *parameters, int32_t *position, float *memory, const float *sample)
{
    const ns_image *image = parameters;
    const uint32_t output_colors = image->gray ? 1u : image->colors;
    const uint32_t gathered = (uint32_t)*position;
    const uint32_t missing = image->output_pixel_height - gathered;
    const uint32_t height = image->input_pixel_height;
    const uint32_t now = height < missing ? height : missing;
    const share_of_row share = {(float)now, (float)(height - now), gathered == 0, height >= missing};
    float *features = height > 1 ? memory + (size_t)image->width * output_colors : memory;
    place from = {0, image->input_pixel_width};

    for (uint32_t x = 0; x < image->width; x++) {
        place next = from;

        if (image->gray) {
            const float value = gray_across(image, sample, &next);

            add_value(image, &share, value, memory + x, features + x);
        } else {
            for (uint32_t color = 0; color < output_colors; color++) {
                float value;

                next = from;
                value = sum_across(image, sample, color, &next);
                add_value(image, &share, value, memory + x * output_colors + color,
                          features + x * output_colors + color);
            }
        }
        from = next;
    }
    *position = (int32_t)(share.ends ? height - now : gathered + now);
    return share.ends ? features : NULL;
}
