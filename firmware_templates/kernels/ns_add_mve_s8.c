#include "ns_add_mve_s8.h"

#include "ns_mve.h"
#include "ns_requantize.h"

#if NS_MVE

/* `x` times `multiplier`, shifted right by `-shift`, a vector; q6 is scratch. */
#define SCALE(x, multiplier, shift)                     \
    "vqrdmulh.s32 " x ", " x ", " multiplier "\n\t"     \
    "vand q6, " x ", " shift "\n\t"                     \
    "vshr.s32 q6, q6, #31\n\t"                          \
    "vadd.i32 " x ", " x ", q6\n\t"                     \
    "vrshl.s32 " x ", " x ", " shift "\n\t"

void ns_add_mve_s8_run(const ns_add_mve_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    register int32x4_t q0 __asm__("q0") = vdupq_n_s32(layer->a_shift);
    register int32x4_t q1 __asm__("q1") = vdupq_n_s32(layer->b_shift);
    register int32x4_t q2 __asm__("q2") = vdupq_n_s32(layer->output_shift);
    register int32x4_t q3 __asm__("q3") = vdupq_n_s32(layer->activation_min);
    register int32x4_t q7 __asm__("q7") = vdupq_n_s32(layer->activation_max);
    register uint32_t left __asm__("lr") = layer->count;
    __asm__ volatile("wlstp.32 lr, lr, 2f\n"
                     "1:\n\t"
                     "vldrb.s32 q4, [%0], #4\n\t"
                     "vsub.i32 q4, q4, %9\n\t"
                     "vldrb.s32 q5, [%1], #4\n\t"
                     "vsub.i32 q5, q5, %10\n\t"
                     "vshl.i32 q4, q4, #20\n\t"
                     "vshl.i32 q5, q5, #20\n\t" SCALE("q4", "%11", "q0") SCALE("q5", "%12", "q1")
                     "vmla.s32 q4, q5, %13\n\t" SCALE("q4", "%14", "q2")
                     "vadd.i32 q4, q4, %15\n\t"
                     "vmax.s32 q4, q4, q3\n\t"
                     "vmin.s32 q4, q4, q7\n\t"
                     "vstrb.32 q4, [%2], #4\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : "+l"(a), "+l"(b), "+l"(output), "+r"(left)
                     : "w"(q0), "w"(q1), "w"(q2), "w"(q3), "w"(q7), "r"((int32_t)layer->a_zero_point),
                       "r"((int32_t)layer->b_zero_point), "r"(layer->a_multiplier), "r"(layer->b_multiplier),
                       "r"((int32_t)layer->b_sign), "r"(layer->output_multiplier),
                       "r"((int32_t)layer->output_zero_point)
                     : "q4", "q5", "q6", "memory");
}

#else

static int32_t scaled(int32_t difference, int32_t multiplier, int32_t shift)
{
    return ns_rounding_shift(ns_multiply_high(difference * (1 << 20), multiplier), -shift);
}

void ns_add_mve_s8_run(const ns_add_mve_s8 *layer, const int8_t *a, const int8_t *b, int8_t *output)
{
    for (uint32_t i = 0; i < layer->count; i++) {
        const int32_t x = scaled(a[i] - layer->a_zero_point, layer->a_multiplier, layer->a_shift);
        const int32_t y = scaled(b[i] - layer->b_zero_point, layer->b_multiplier, layer->b_shift);
        const int32_t high = ns_multiply_high(x + y * layer->b_sign, layer->output_multiplier);
        const int32_t sum = ns_rounding_shift(high, -layer->output_shift) + layer->output_zero_point;
        output[i] = ns_clamp_s8(sum, layer->activation_min, layer->activation_max);
    }
}

#endif
