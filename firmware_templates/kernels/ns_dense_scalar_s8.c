#include "ns_dense_scalar_s8.h"

#include "ns_requantize.h"

#if defined(__thumb__) && defined(__OPTIMIZE__)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* assembly reads them where they are passed */

#if __ARM_ARCH_ISA_THUMB == 2

#define PRODUCT(weight, sum) "ldrb r12, [r0" weight "\n\tmla " sum ", r12, lr, " sum "\n\t"
/* One input, four channels: r0 weights, r1 inputs, r4-r7 sums. */
#define TAP(x, a, b, c, d)                                                                                            \
    "ldrsb lr, [r1" x "\n\t" PRODUCT(a, "r4") PRODUCT(b, "r5") PRODUCT(c, "r6") PRODUCT(d, "r7")

/* Adds four inputs at a time until the weights reach `end`: 16 products in 38 instructions. */
static NS_ASSEMBLY void add_quads(const uint8_t *weights, const int8_t *input, const uint8_t *end, uint32_t sums[4])
{
    __asm__("push {r4-r7, lr}\n\t"
            "ldmia r3, {r4-r7}\n\t"
            "b 2f\n"
            "1:\n\t" TAP("], #4", "], #16", ", #-15]", ", #-14]", ", #-13]")
                TAP(", #-3]", ", #-12]", ", #-11]", ", #-10]", ", #-9]")
                    TAP(", #-2]", ", #-8]", ", #-7]", ", #-6]", ", #-5]")
                        TAP(", #-1]", ", #-4]", ", #-3]", ", #-2]", ", #-1]") "2:\n\t"
            "cmp r0, r2\n\t"
            "bne 1b\n\t"
            "stmia r3, {r4-r7}\n\t"
            "pop {r4-r7, pc}");
}

#else

#define PRODUCT(weight, sum) "ldrb r2, [r0, #" weight "]\n\tmuls r2, r3, r2\n\tadd " sum ", r2\n\t"
/* One input, four channels: r0 weights, r1 inputs, r4-r7 0 ... 3, r8-r11 sums. */
#define TAP(x, a, b, c, d)                                                                                            \
    "ldrsb r3, [r1, " x "]\n\t" PRODUCT(a, "r8") PRODUCT(b, "r9") PRODUCT(c, "r10") PRODUCT(d, "r11")

/* Adds four inputs at a time until the weights reach `end`: 16 products in 56 instructions. */
static NS_ASSEMBLY void add_quads(const uint8_t *weights, const int8_t *input, const uint8_t *end, uint32_t sums[4])
{
    __asm__(".syntax unified\n\t"
            "push {r3-r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4-r7}\n\t"
            "ldmia r3!, {r4-r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "mov r12, r2\n\t"
            "movs r4, #0\n\t"
            "movs r5, #1\n\t"
            "movs r6, #2\n\t"
            "movs r7, #3\n\t"
            "b 2f\n"
            "1:\n\t" TAP("r4", "0", "1", "2", "3") TAP("r5", "4", "5", "6", "7") TAP("r6", "8", "9", "10", "11")
                TAP("r7", "12", "13", "14", "15") "adds r0, #16\n\t"
            "adds r1, #4\n"
            "2:\n\t"
            "cmp r0, r12\n\t"
            "bne 1b\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "ldr r3, [sp, #16]\n\t"
            "stmia r3!, {r4-r7}\n\t"
            "pop {r4-r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r3-r7, pc}");
}

#endif

#pragma GCC diagnostic pop

#else

static void add_quads(const uint8_t *weights, const int8_t *input, const uint8_t *end, uint32_t sums[4])
{
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    while (weights != end) {
        const int32_t x = *input++;
        a += (uint32_t)(x * weights[0]);
        b += (uint32_t)(x * weights[1]);
        c += (uint32_t)(x * weights[2]);
        d += (uint32_t)(x * weights[3]);
        weights += 4;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#endif

/* What the 128 in the weights have put into each sum. */
static uint32_t surplus(const int8_t *input, uint32_t count)
{
    int32_t sum = 0;
    for (; count > 0; count--) {
        sum += *input++;
    }
    return (uint32_t)sum * 128u;
}

void ns_dense_scalar_s8_run(const ns_dense_scalar_s8 *layer, const int8_t *input, int8_t *output)
{
    const uint32_t step = layer->per_channel;
    const uint32_t whole = layer->inputs & ~3u;
    const uint32_t beyond = surplus(input, layer->inputs);
    const int32_t low = layer->activation_min;
    const int32_t high = layer->activation_max;
    const int32_t clamps = low > INT8_MIN || high < INT8_MAX;
    const int32_t zero = layer->output_zero_point;
    const uint8_t *weights = layer->weights;
    const int32_t *bias = layer->bias;
    const int32_t *multiplier = layer->multiplier;
    const int8_t *shift = layer->shift;
    for (uint32_t left = layer->channels; left > 0;) {
        const uint32_t count = left < 4 ? left : 4;
        uint32_t sums[4];
        for (uint32_t c = 0; c < 4; c++) {
            sums[c] = (uint32_t)bias[c] - beyond;
        }
        bias += 4;
        add_quads(weights, input, weights + whole * 4, sums);
        weights += whole * 4;
        for (uint32_t k = whole; k < layer->inputs; k++) {
            const int32_t x = input[k];
            sums[0] += (uint32_t)(x * weights[0]);
            sums[1] += (uint32_t)(x * weights[1]);
            sums[2] += (uint32_t)(x * weights[2]);
            sums[3] += (uint32_t)(x * weights[3]);
            weights += 4;
        }
        for (uint32_t c = 0; c < count; c++) {
            const int32_t x = ns_requantize_narrow((int32_t)sums[c], *multiplier, *shift, zero);
            *output++ = ns_activate_s8(x, clamps, low, high);
            multiplier += step;
            shift += step;
        }
        left -= count;
    }
}
