/* Normalization and quantization of one feature. */
#ifndef NS_QUANTIZE_H
#define NS_QUANTIZE_H

#include <stdint.h>

/* feature * gain + offset to the nearest integer, halves away from zero, clamped to int8. Product and sum are rounded to
 * single precision each, the rest is exact. What is no number becomes -128. */
int8_t ns_quantize_f32(float feature, float gain, float offset);

/* The same for every float, in integers where they can tell: a third of the instructions on cores without an FPU. */
int8_t ns_quantize_by_bits(float feature, float gain, float offset);

#endif
