/* The Helium (MVE) instructions of Cortex-M55 that the kernels for it are built on.
 *
 * NS_MVE is 1 where the core has them and the build optimizes: without, there are not registers enough for the loops.
 * Elsewhere plain C computes the same, so that models that were made for the M55 run and are tested anywhere. Inner
 * loops are assembly: GCC 12 does not form tail-predicated loops (DLSTP, LETP). */
#ifndef NS_MVE_H
#define NS_MVE_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && defined(__OPTIMIZE__)
#define NS_MVE 1
#include <arm_mve.h>
typedef int32x4_t ns_lanes;
#else
#define NS_MVE 0
typedef struct {
    int32_t lane[4];
} ns_lanes;
#endif

static inline ns_lanes ns_mve_zeros(void)
{
#if NS_MVE
    return vdupq_n_s32(0);
#else
    const ns_lanes zeros = {{0}};
    return zeros;
#endif
}

/* Copies `count` bytes between places that do not overlap. */
static inline void ns_mve_copy(int8_t *to, const int8_t *from, uint32_t count)
{
#if NS_MVE
    __asm__ volatile("wlstp.8 lr, %2, 2f\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%1], #16\n\t"
                     "vstrb.8 q0, [%0], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : "+l"(to), "+l"(from)
                     : "r"(count)
                     : "lr", "q0", "memory");
#else
    memcpy(to, from, count);
#endif
}

/* Copies `rows` runs of `count` bytes; from one run to the next it is from_step and to_step bytes. rows, count > 0. */
static inline void ns_mve_copy_rows(int8_t *to, uint32_t to_step, const int8_t *from, uint32_t from_step,
                                    uint32_t count, uint32_t rows)
{
#if NS_MVE
    if (count <= 16) {
        __asm__ volatile("vctp.8 %5\n\t"
                         "dls lr, %4\n"
                         "1:\n\t"
                         "vpstt\n\t"
                         "vldrbt.8 q0, [%1]\n\t"
                         "vstrbt.8 q0, [%0]\n\t"
                         "add %1, %1, %3\n\t"
                         "add %0, %0, %2\n\t"
                         "le lr, 1b"
                         : "+r"(to), "+r"(from)
                         : "r"(to_step), "r"(from_step), "r"(rows), "r"(count)
                         : "lr", "q0", "p0", "memory");
        return;
    }
    const int8_t *x;
    int8_t *y;
    __asm__ volatile("1:\n\t"
                     "mov %2, %1\n\t"
                     "mov %3, %0\n\t"
                     "dlstp.8 lr, %7\n"
                     "2:\n\t"
                     "vldrb.8 q0, [%2], #16\n\t"
                     "vstrb.8 q0, [%3], #16\n\t"
                     "letp lr, 2b\n\t"
                     "add %1, %1, %6\n\t"
                     "add %0, %0, %5\n\t"
                     "subs %4, %4, #1\n\t"
                     "bne 1b"
                     : "+r"(to), "+r"(from), "=&l"(x), "=&l"(y), "+r"(rows)
                     : "r"(to_step), "r"(from_step), "r"(count)
                     : "lr", "q0", "cc", "memory");
#else
    for (; rows > 0; rows--) {
        memcpy(to, from, count);
        to += to_step;
        from += from_step;
    }
#endif
}

/* Writes one value `count` times. */
static inline void ns_mve_fill(int8_t *to, int8_t value, uint32_t count)
{
#if NS_MVE
    __asm__ volatile("vdup.8 q0, %1\n\t"
                     "wlstp.8 lr, %2, 2f\n"
                     "1:\n\t"
                     "vstrb.8 q0, [%0], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : "+l"(to)
                     : "r"(value), "r"(count)
                     : "lr", "q0", "memory");
#else
    memset(to, value, count);
#endif
}

/* Sums of products of one run of bytes with four: lane k is sum x[i] * rows[k][i], `count` > 0. */
static inline ns_lanes ns_mve_dot_1x4(const int8_t *x, const int8_t *const rows[4], uint32_t count)
{
#if NS_MVE
    const int8_t *w0 = rows[0];
    const int8_t *w1 = rows[1];
    const int8_t *w2 = rows[2];
    const int8_t *w3 = rows[3];
    int32_t s0 = 0;
    int32_t s1 = 0;
    int32_t s2 = 0;
    int32_t s3 = 0;
    __asm__ volatile("dlstp.8 lr, %9\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%4], #16\n\t"
                     "vldrb.8 q1, [%5], #16\n\t"
                     "vmladava.s8 %0, q0, q1\n\t"
                     "vldrb.8 q2, [%6], #16\n\t"
                     "vmladava.s8 %1, q0, q2\n\t"
                     "vldrb.8 q1, [%7], #16\n\t"
                     "vmladava.s8 %2, q0, q1\n\t"
                     "vldrb.8 q2, [%8], #16\n\t"
                     "vmladava.s8 %3, q0, q2\n\t"
                     "letp lr, 1b"
                     : "+Te"(s0), "+Te"(s1), "+Te"(s2), "+Te"(s3), "+r"(x), "+r"(w0), "+r"(w1), "+r"(w2), "+r"(w3)
                     : "r"(count)
                     : "lr", "q0", "q1", "q2", "memory");
    ns_lanes sums = ns_mve_zeros();
    __asm__("vmov %q0[2], %q0[0], %1, %2\n\t"
            "vmov %q0[3], %q0[1], %3, %4"
            : "+w"(sums)
            : "r"(s0), "r"(s2), "r"(s1), "r"(s3));
    return sums;
#else
    ns_lanes sums;
    for (int k = 0; k < 4; k++) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < count; i++) {
            sum += x[i] * rows[k][i];
        }
        sums.lane[k] = sum;
    }
    return sums;
#endif
}

#endif
