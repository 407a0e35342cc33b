/* ns_requantize.h for four accumulators at once, the same roundings; `count` names the lanes that exist. */
#ifndef NS_REQUANTIZE_MVE_H
#define NS_REQUANTIZE_MVE_H

#include "ns_mve.h"
#include "ns_requantize.h"

/* What turns the accumulators of four channels into outputs. */
typedef struct {
    ns_lanes bias;
    ns_lanes multiplier;
    ns_lanes shift;
} ns_scales_mve;

/* Of up to four channels; step is 1, or 0 where all channels share multiplier and shift. */
static inline ns_scales_mve ns_load_scales_mve(const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
                                               uint32_t step, uint32_t count)
{
    ns_scales_mve scales;
#if NS_MVE
    const mve_pred16_t exists = vctp32q(count);
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), step);
    scales.bias = vldrwq_z_s32(bias, exists);
    scales.multiplier = vldrwq_gather_shifted_offset_z_s32(multiplier, places, exists);
    scales.shift = vldrbq_gather_offset_z_s32(shift, places, exists);
#else
    memset(&scales, 0, sizeof scales);
    for (uint32_t i = 0; i < 4 && i < count; i++) {
        scales.bias.lane[i] = bias[i];
        scales.multiplier.lane[i] = multiplier[i * step];
        scales.shift.lane[i] = shift[i * step];
    }
#endif
    return scales;
}

#if NS_MVE
/* round(x * multiplier * 2**(shift - 31)) in each lane. */
static inline int32x4_t ns_scale_mve(int32x4_t x, int32x4_t multiplier, int32x4_t shift, uint32_t narrow)
{
    if (narrow) { /* shifts are to the right, so halves of negative numbers are moved past the rounding */
        x = vqrdmulhq_s32(x, multiplier);
        return vrshlq_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), shift);
    }
    const int32x4_t none = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(shift, none);
    x = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(shift, none)), multiplier);
    return vrshlq_s32(vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, right), 31)), right);
}
#endif

/* output[i] = clamp(zero_point + round(scale[i] * (bias[i] + sums[i]))), i < 4 and i < count; `narrow` as in
 * ns_filters_mve_s8.h. */
static inline void ns_requantize_mve(const int32_t sums[4], const ns_scales_mve *scales, uint32_t narrow,
                                     int32_t zero_point, int32_t low, int32_t high, uint32_t count, int8_t *output)
{
#if NS_MVE
    int32x4_t x = ns_scale_mve(vaddq_s32(vldrwq_s32(sums), scales->bias), scales->multiplier, scales->shift, narrow);
    x = vmaxq_s32(vaddq_n_s32(x, zero_point), vdupq_n_s32(low));
    vstrbq_p_s32(output, vminq_s32(x, vdupq_n_s32(high)), vctp32q(count));
#else
    (void)narrow;
    for (uint32_t i = 0; i < 4 && i < count; i++) {
        const int32_t x = (int32_t)((uint32_t)sums[i] + (uint32_t)scales->bias.lane[i]);
        const int32_t scaled = ns_requantize(x, scales->multiplier.lane[i], scales->shift.lane[i]);
        output[i] = ns_clamp_s8(scaled + zero_point, low, high);
    }
#endif
}

#endif
