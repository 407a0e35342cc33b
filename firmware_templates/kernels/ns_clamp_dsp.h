/* Activations whose limits are not int8's own, for kernels that only saturate: after their last output. */
#ifndef NS_CLAMP_DSP_H
#define NS_CLAMP_DSP_H

#include <stdint.h>

/* Clamps `count` outputs to low ... high, in place. */
void ns_clamp_dsp(int8_t *output, uint32_t count, int8_t low, int8_t high);

#endif
