/* Max and average pooling for cores with SIMD on bytes, NHWC, 4 * n channels: four of them at a time. */
#ifndef NS_POOL_DSP_S8_H
#define NS_POOL_DSP_S8_H

#include "ns_pool_s8.h"

/* As ns_max_pool_s8_run and ns_average_pool_s8_run, but four channels are read before they are written; an averaged
 * window has at most 255 elements. */
void ns_max_pool_dsp_s8_run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output);
void ns_average_pool_dsp_s8_run(const ns_pool_s8 *layer, const int8_t *input, int8_t *output);

#endif
