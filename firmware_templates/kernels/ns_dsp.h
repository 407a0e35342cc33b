/* The few instructions of Cortex-M4, M7, M33 and M55 that the kernels are built on: two 16-bit products at once.
 *
 * NS_DSP is 1 where the core has them and the build optimizes. -DNS_EMULATE_DSP=1 takes the same path with plain C in
 * place of the instructions, so that it can be tested anywhere. */
#ifndef NS_DSP_H
#define NS_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__OPTIMIZE__)
#define NS_DSP 1
#define NS_DSP_CORE 1
#elif defined(NS_EMULATE_DSP) && NS_EMULATE_DSP
#define NS_DSP 1
#define NS_DSP_CORE 0
#else
#define NS_DSP 0
#define NS_DSP_CORE 0
#endif

/* A function whose body is assembly, prologue included; callers must not look into it for what it leaves alone. */
#if defined(__clang__)
#define NS_ASSEMBLY __attribute__((naked, noinline))
#else
#define NS_ASSEMBLY __attribute__((naked, noipa))
#endif

/* The signed bytes 0 and 2 of a word, as two halfwords. */
static inline int32_t ns_even_bytes(int32_t word)
{
#if NS_DSP_CORE
    int32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
#else
    const uint32_t low = (uint32_t)(int8_t)((uint32_t)word & 0xffu);
    const uint32_t high = (uint32_t)(int8_t)((uint32_t)word >> 16 & 0xffu);
    return (int32_t)((low & 0xffffu) | high << 16);
#endif
}

/* The signed bytes 1 and 3 of a word, as two halfwords. */
static inline int32_t ns_odd_bytes(int32_t word)
{
#if NS_DSP_CORE
    int32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
#else
    return ns_even_bytes((int32_t)((uint32_t)word >> 8));
#endif
}

/* sum + the products of the low and of the high halfwords. */
static inline int32_t ns_dot2(int32_t x, int32_t y, int32_t sum)
{
#if NS_DSP_CORE
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(x), "r"(y));
    return sum;
#else
    const int32_t low = (int16_t)((uint32_t)x & 0xffffu) * (int16_t)((uint32_t)y & 0xffffu);
    return sum + low + (x >> 16) * (y >> 16);
#endif
}

/* round(x * y / 2**32), halves up. */
static inline int32_t ns_high_word(int32_t x, int32_t y)
{
#if NS_DSP_CORE
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x), "r"(y));
    return high;
#else
    return (int32_t)(((int64_t)x * y + (INT64_C(1) << 31)) >> 32);
#endif
}

/* M3 has this one, too. */
static inline int32_t ns_saturate_s8(int32_t x)
{
#if defined(__ARM_FEATURE_SAT) && defined(__OPTIMIZE__)
    __asm__("ssat %0, #8, %0" : "+r"(x));
    return x;
#else
    return x < -128 ? -128 : (x > 127 ? 127 : x);
#endif
}

/* Four bytes from any address. */
static inline int32_t ns_load_word(const void *from)
{
    int32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

#endif
