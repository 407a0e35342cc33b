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

/* Sums of products of one run of bytes with four: sums[k] = sum x[i] * rows[k][i], `count` > 0. */
static inline void ns_mve_dot_1x4(const int8_t *x, const int8_t *const rows[4], uint32_t count, int32_t sums[4])
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
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
#else
    for (int k = 0; k < 4; k++) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < count; i++) {
            sum += x[i] * rows[k][i];
        }
        sums[k] = sum;
    }
#endif
}

/* Sums of products of three runs of bytes with two that follow each other `step` bytes apart:
 * sums[4 * p + k] = sum x[p][i] * w[k * step + i], `count` > 0. */
static inline void ns_mve_dot_3x2(const int8_t *const x[3], const int8_t *w, uint32_t step, uint32_t count,
                                  int32_t *sums)
{
#if NS_MVE
    const int8_t *x0 = x[0];
    const int8_t *x1 = x[1];
    const int8_t *x2 = x[2];
    const int8_t *v = w + step;
    int32_t s00 = 0;
    int32_t s01 = 0;
    int32_t s10 = 0;
    int32_t s11 = 0;
    int32_t s20 = 0;
    int32_t s21 = 0;
    register uint32_t left __asm__("lr") = count;
    __asm__ volatile("dlstp.8 lr, lr\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%6], #16\n\t"
                     "vldrb.8 q1, [%9], #16\n\t"
                     "vmladava.s8 %0, q0, q1\n\t"
                     "vldrb.8 q2, [%10], #16\n\t"
                     "vmladava.s8 %1, q0, q2\n\t"
                     "vldrb.8 q0, [%7], #16\n\t"
                     "vmladava.s8 %2, q0, q1\n\t"
                     "vmladava.s8 %3, q0, q2\n\t"
                     "vldrb.8 q0, [%8], #16\n\t"
                     "vmladava.s8 %4, q0, q1\n\t"
                     "vmladava.s8 %5, q0, q2\n\t"
                     "letp lr, 1b"
                     : "+Te"(s00), "+Te"(s01), "+Te"(s10), "+Te"(s11), "+Te"(s20), "+Te"(s21), "+r"(x0), "+r"(x1),
                       "+r"(x2), "+r"(w), "+r"(v), "+r"(left)
                     :
                     : "q0", "q1", "q2", "memory");
    sums[0] = s00;
    sums[1] = s01;
    sums[4] = s10;
    sums[5] = s11;
    sums[8] = s20;
    sums[9] = s21;
#else
    for (int p = 0; p < 3; p++) {
        int32_t first = 0;
        int32_t second = 0;
        for (uint32_t i = 0; i < count; i++) {
            first += x[p][i] * w[i];
            second += x[p][i] * w[step + i];
        }
        sums[4 * p] = first;
        sums[4 * p + 1] = second;
    }
#endif
}

#endif
