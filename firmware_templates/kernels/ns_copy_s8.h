/* Moves elements: concatenation, slices, transposition and padding are copies between two strided shapes. */
#ifndef NS_COPY_S8_H
#define NS_COPY_S8_H

#include <stdint.h>

typedef struct {
    uint32_t count[4];        /* outermost first */
    int32_t input_stride[4];  /* elements from one index to the next */
    int32_t output_stride[4];
} ns_copy_s8;

void ns_copy_s8_run(const ns_copy_s8 *layer, const int8_t *input, int8_t *output);

typedef struct {
    ns_copy_s8 inside;
    uint32_t output_count;
    uint32_t offset; /* output element where the inside begins */
    int8_t value;
} ns_pad_s8;

/* Fills the output with one value and copies the input into its inside. */
void ns_pad_s8_run(const ns_pad_s8 *layer, const int8_t *input, int8_t *output);

#endif
