#include "ns_clamp_dsp.h"

#include "ns_requantize.h"

#if NS_DSP_CORE

/* Four outputs at once: SEL takes the bytes that are not below what SSUB8 compared them with. */
static uint32_t clamp_fours(int8_t *output, uint32_t count, int8_t low, int8_t high)
{
    const uint32_t lows = (uint8_t)low * UINT32_C(0x01010101);
    const uint32_t highs = (uint8_t)high * UINT32_C(0x01010101);
    uint32_t done = 0;
    for (; done + 4 <= count; done += 4) {
        uint32_t word;
        uint32_t spare;
        memcpy(&word, output + done, sizeof word);
        __asm__("ssub8 %1, %0, %2\n\t"
                "sel %0, %0, %2\n\t"
                "ssub8 %1, %3, %0\n\t"
                "sel %0, %0, %3"
                : "+&r"(word), "=&r"(spare)
                : "r"(lows), "r"(highs)
                : "cc");
        memcpy(output + done, &word, sizeof word);
    }
    return done;
}

#endif

void ns_clamp_dsp(int8_t *output, uint32_t count, int8_t low, int8_t high)
{
    uint32_t i = 0;
    if (low == INT8_MIN && high == INT8_MAX) {
        return;
    }
#if NS_DSP_CORE
    i = clamp_fours(output, count, low, high);
#endif
    for (; i < count; i++) {
        output[i] = ns_clamp_s8(output[i], low, high);
    }
}
