/* ns_requantize.h for the sums of four channels at once, the same roundings. */
#ifndef NS_REQUANTIZE_MVE_H
#define NS_REQUANTIZE_MVE_H

#include "ns_mve.h"
#include "ns_requantize.h"

/* What turns the sums of all channels into outputs, from the channel on that is next. */
typedef struct {
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    uint32_t step;   /* from one channel's multiplier and shift to the next's; 0 where all share them */
    uint32_t narrow; /* 1: all accumulators are below 2**30 and all shifts below 0 */
    int32_t zero_point;
    int32_t low;
    int32_t high;
} ns_scales_mve;

#if NS_MVE
/* round(x * multiplier * 2**(shift - 31)) in each lane. */
static inline int32x4_t ns_scale_mve(int32x4_t x, int32x4_t multiplier, int32x4_t shift)
{
    const int32x4_t none = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(shift, none);
    x = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(shift, none)), multiplier);
    return vrshlq_s32(vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, right), 31)), right);
}

/* The same for narrow sums: shifts are to the right, so halves of negative numbers are moved past the rounding. */
static inline int32x4_t ns_scale_narrow_mve(int32x4_t x, int32x4_t multiplier, int32x4_t shift)
{
    x = vqrdmulhq_s32(x, multiplier);
    return vrshlq_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), shift);
}
#endif

/* output[i] = clamp(zero_point + round(scale[i] * (bias[i] + sums[i]))) for i < 4 and i < count. */
static inline void ns_requantize_mve(ns_lanes sums, const ns_scales_mve *scales, uint32_t count, int8_t *output)
{
#if NS_MVE
    const mve_pred16_t exists = vctp32q(count);
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), scales->step);
    const int32x4_t multiplier = vldrwq_gather_shifted_offset_z_s32(scales->multiplier, places, exists);
    const int32x4_t shift = vldrbq_gather_offset_z_s32(scales->shift, places, exists);
    int32x4_t x = vaddq_s32(sums, vldrwq_z_s32(scales->bias, exists));
    x = scales->narrow ? ns_scale_narrow_mve(x, multiplier, shift) : ns_scale_mve(x, multiplier, shift);
    x = vmaxq_s32(vaddq_n_s32(x, scales->zero_point), vdupq_n_s32(scales->low));
    vstrbq_p_s32(output, vminq_s32(x, vdupq_n_s32(scales->high)), exists);
#else
    for (uint32_t i = 0; i < 4 && i < count; i++) {
        const int32_t x = (int32_t)((uint32_t)sums.lane[i] + (uint32_t)scales->bias[i]);
        const int32_t scaled = ns_requantize(x, scales->multiplier[i * scales->step], scales->shift[i * scales->step]);
        output[i] = ns_clamp_s8(scaled + scales->zero_point, scales->low, scales->high);
    }
#endif
}

/* To the next four channels. */
static inline void ns_next_scales_mve(ns_scales_mve *scales)
{
    scales->bias += 4;
    scales->multiplier += 4 * scales->step;
    scales->shift += 4 * scales->step;
}

#endif
