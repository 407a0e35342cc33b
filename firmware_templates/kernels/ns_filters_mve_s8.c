#include "ns_filters_mve_s8.h"

#include "ns_requantize_mve.h"

#if NS_MVE

#include <stddef.h>

/* What the assembly below walks; it knows the places of the fields. */
typedef struct {
    uint32_t zero0; /* r0, r2, r4, r6, r8, r10: sums */
    const int8_t *x0;
    uint32_t zero2;
    const int8_t *x1;
    uint32_t zero4;
    const int8_t *x2;
    uint32_t zero6;
    uint32_t zero8;
    uint32_t zero10;
    uint32_t taps; /* 36 */
    const int32_t *bias; /* 40 */
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t zero_point;
    int8_t *output0;
    int8_t *output1;
    int8_t *output2;
    uint32_t groups;
    uint32_t kept; /* 72: r7, which may be the frame pointer */
} walk;
_Static_assert(offsetof(walk, taps) == 36 && offsetof(walk, bias) == 40 && offsetof(walk, kept) == 72, "places");

/* VMLADAVA over all taps of three positions, q0, and of the weights of two channels, q1 and q2. */
#define DOT                          \
    "dlstp.8 lr, lr\n"               \
    "2:\n\t"                         \
    "vldrb.8 q0, [r1], #16\n\t"      \
    "vldrb.8 q1, [r7], #16\n\t"      \
    "vmladava.s8 r0, q0, q1\n\t"     \
    "vldrb.8 q2, [r9], #16\n\t"      \
    "vmladava.s8 r2, q0, q2\n\t"     \
    "vldrb.8 q0, [r3], #16\n\t"      \
    "vmladava.s8 r4, q0, q1\n\t"     \
    "vmladava.s8 r6, q0, q2\n\t"     \
    "vldrb.8 q0, [r5], #16\n\t"      \
    "vmladava.s8 r8, q0, q1\n\t"     \
    "vmladava.s8 r10, q0, q2\n\t"    \
    "letp lr, 2b\n\t"

/* q4, q5 and q6 times the multipliers q1, shifted by q2; narrow sums as ns_scale_narrow_mve does it. */
#define SCALE_NARROW                 \
    "vldrw.32 q1, [r1], #16\n\t"     \
    "vqrdmulh.s32 q4, q4, q1\n\t"    \
    "vqrdmulh.s32 q5, q5, q1\n\t"    \
    "vqrdmulh.s32 q6, q6, q1\n\t"    \
    "vldrb.s32 q2, [r2], #4\n\t"     \
    "vshr.s32 q0, q4, #31\n\t"       \
    "vadd.i32 q4, q4, q0\n\t"        \
    "vshr.s32 q1, q5, #31\n\t"       \
    "vadd.i32 q5, q5, q1\n\t"        \
    "vshr.s32 q0, q6, #31\n\t"       \
    "vadd.i32 q6, q6, q0\n\t"
/* Any others, as ns_scale_mve does it. */
#define SCALE_ANY                    \
    "vmov.i32 q0, #0\n\t"            \
    "vldrb.s32 q2, [r2], #4\n\t"     \
    "vmax.s32 q1, q2, q0\n\t"        \
    "vmin.s32 q2, q2, q0\n\t"        \
    "vshl.s32 q4, q4, q1\n\t"        \
    "vshl.s32 q5, q5, q1\n\t"        \
    "vshl.s32 q6, q6, q1\n\t"        \
    "vldrw.32 q1, [r1], #16\n\t"     \
    "vqrdmulh.s32 q4, q4, q1\n\t"    \
    "vqrdmulh.s32 q5, q5, q1\n\t"    \
    "vqrdmulh.s32 q6, q6, q1\n\t"    \
    "vand q0, q4, q2\n\t"            \
    "vshr.s32 q0, q0, #31\n\t"       \
    "vqadd.s32 q4, q4, q0\n\t"       \
    "vand q1, q5, q2\n\t"            \
    "vshr.s32 q1, q1, #31\n\t"       \
    "vqadd.s32 q5, q5, q1\n\t"       \
    "vand q0, q6, q2\n\t"            \
    "vshr.s32 q0, q0, #31\n\t"       \
    "vqadd.s32 q6, q6, q0\n\t"

/* Groups of four channels. r11 walks the weights, q3 and q7 hold the limits; q4, q5 and q6 collect the sums of the
 * positions, channels 0 and 2 first. */
#define RUN_GROUPS(name, scale)                                                                                     \
    static void name(walk *state, const int8_t *weights, int32_t low, int32_t high)                                \
    {                                                                                                               \
        register walk *base __asm__("r12") = state;                                                                 \
        register const int8_t *row __asm__("r11") = weights;                                                        \
        register int32x4_t q3 __asm__("q3") = vdupq_n_s32(low);                                                     \
        register int32x4_t q7 __asm__("q7") = vdupq_n_s32(high);                                                    \
        __asm__ volatile("str r7, [r12, #72]\n"                                                                     \
                         "1:\n\t"                                                                                   \
                         "ldm r12, {r0, r1, r2, r3, r4, r5, r6, r8, r10, lr}\n\t"                                   \
                         "mov r7, r11\n\t"                                                                          \
                         "add r9, r11, lr, lsl #1\n\t" DOT                                                          \
                         "vmov q4[2], q4[0], r0, r2\n\t"                                                            \
                         "vmov q5[2], q5[0], r4, r6\n\t"                                                            \
                         "vmov q6[2], q6[0], r8, r10\n\t"                                                           \
                         "ldm r12, {r0, r1, r2, r3, r4, r5, r6, r8, r10, lr}\n\t"                                   \
                         "add r7, r11, lr\n\t"                                                                      \
                         "add r9, r7, lr, lsl #1\n\t"                                                               \
                         "add r11, r11, lr, lsl #2\n\t" DOT                                                         \
                         "vmov q4[3], q4[1], r0, r2\n\t"                                                            \
                         "vmov q5[3], q5[1], r4, r6\n\t"                                                            \
                         "vmov q6[3], q6[1], r8, r10\n\t"                                                           \
                         "add lr, r12, #40\n\t"                                                                     \
                         "ldm lr, {r0, r1, r2, r3, r4, r5, r6, r7}\n\t"                                             \
                         "vldrw.32 q0, [r0], #16\n\t"                                                               \
                         "vadd.i32 q4, q4, q0\n\t"                                                                  \
                         "vadd.i32 q5, q5, q0\n\t"                                                                  \
                         "vadd.i32 q6, q6, q0\n\t" scale                                                            \
                         "vrshl.s32 q4, q4, q2\n\t"                                                                 \
                         "vadd.i32 q4, q4, r3\n\t"                                                                  \
                         "vrshl.s32 q5, q5, q2\n\t"                                                                 \
                         "vadd.i32 q5, q5, r3\n\t"                                                                  \
                         "vrshl.s32 q6, q6, q2\n\t"                                                                 \
                         "vadd.i32 q6, q6, r3\n\t"                                                                  \
                         "vmax.s32 q4, q4, q3\n\t"                                                                  \
                         "vmin.s32 q4, q4, q7\n\t"                                                                  \
                         "vmax.s32 q5, q5, q3\n\t"                                                                  \
                         "vstrb.32 q4, [r4], #4\n\t"                                                                \
                         "vmin.s32 q5, q5, q7\n\t"                                                                  \
                         "vmax.s32 q6, q6, q3\n\t"                                                                  \
                         "vstrb.32 q5, [r5], #4\n\t"                                                                \
                         "vmin.s32 q6, q6, q7\n\t"                                                                  \
                         "vstrb.32 q6, [r6], #4\n\t"                                                                \
                         "subs r7, r7, #1\n\t"                                                                      \
                         "stm lr, {r0, r1, r2, r3, r4, r5, r6, r7}\n\t"                                             \
                         "bne 1b\n\t"                                                                               \
                         "ldr r7, [r12, #72]"                                                                       \
                         : "+r"(row)                                                                                \
                         : "r"(base), "w"(q3), "w"(q7)                                                              \
                         : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "lr", "q0", "q1", "q2",     \
                           "q4", "q5", "q6", "cc", "memory");                                                       \
    }
RUN_GROUPS(run_narrow_groups, SCALE_NARROW)
RUN_GROUPS(run_any_groups, SCALE_ANY)

/* What can be done in groups; returns how many channels that were. */
static uint32_t run_most(const ns_filters_mve_s8 *filters, const int8_t *const input[3], int8_t *const output[3])
{
    const uint32_t groups = filters->channels / 4u;
    if (groups == 0) {
        return 0;
    }
    walk state = {
        0, input[0], 0, input[1], 0, input[2], 0, 0, 0, filters->taps,
        filters->bias, filters->multiplier, filters->shift, filters->output_zero_point,
        output[0], output[1], output[2], groups, 0,
    };
    if (filters->narrow) {
        run_narrow_groups(&state, filters->weights, filters->activation_min, filters->activation_max);
    } else {
        run_any_groups(&state, filters->weights, filters->activation_min, filters->activation_max);
    }
    return 4 * groups;
}

#else

static uint32_t run_most(const ns_filters_mve_s8 *filters, const int8_t *const input[3], int8_t *const output[3])
{
    (void)filters;
    (void)input;
    (void)output;
    return 0;
}

#endif

void ns_filters_mve_s8_run3(const ns_filters_mve_s8 *filters, const int8_t *const input[3], int8_t *const output[3])
{
    const uint32_t done = run_most(filters, input, output);
    if (done < filters->channels) {
        for (uint32_t p = 0; p < 3; p++) {
            ns_filters_mve_s8_run1(filters, done, input[p], output[p]);
        }
    }
}
