#include "ns_depthwise_scalar_s8.h"

#include "ns_requantize.h"

#if defined(__thumb__) && defined(__OPTIMIZE__)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter" /* assembly reads them where they are passed */

#if __ARM_ARCH_ISA_THUMB == 2

#define FIRST(x, w) "ldrb r10, [r4, #" x "]\n\tmla r5, r10, " w ", r5\n\t"
#define SECOND(x, w) "ldrb r10, [r4, #" x "]\n\tmla r9, r10, " w ", r9\n\t"
#define BOTH(x, w0, w1) FIRST(x, w0) "mla r9, r10, " w1 ", r9\n\t"
/* One row of the kernel at two outputs: r4 inputs, r6-r8 weights, r5 and r9 sums. */
#define ROW1 FIRST("0", "r6") BOTH("1", "r7", "r6") BOTH("2", "r8", "r7") SECOND("3", "r8")
#define ROW2 FIRST("0", "r6") FIRST("1", "r7") BOTH("2", "r8", "r6") SECOND("3", "r7") SECOND("4", "r8")
#define NEXT_ROW "ldmia lr!, {r6-r8}\n\tadd r4, r4, r2\n\t"
#define OUTPUTS(row, next)                                                                                            \
    "mov r4, r1\n\t"                                                                                                  \
    "mov lr, r3\n\t"                                                                                                  \
    "ldmia lr!, {r5-r8}\n\t"                                                                                          \
    "mov r9, r5\n\t" row NEXT_ROW row NEXT_ROW row "stmia r0!, {r5, r9}\n\t"                                          \
    "adds r1, #" next "\n\t"                                                                                          \
    "cmp r0, r12\n\t"

/* The sums of one output row until they reach `end`, two at a time: 18 products in 42 instructions. */
static NS_ASSEMBLY void sum_row(int32_t *sums, const uint8_t *inputs, uint32_t pitch, const int32_t *bias_and_weights,
                                const int32_t *end, uint32_t stride)
{
    __asm__("push {r4-r10, lr}\n\t"
            "ldrd r12, r4, [sp, #32]\n\t"
            "cmp r4, #1\n\t"
            "bne 2f\n"
            "1:\n\t" OUTPUTS(ROW1, "2") "bne 1b\n\t"
            "pop {r4-r10, pc}\n"
            "2:\n\t" OUTPUTS(ROW2, "4") "bne 2b\n\t"
            "pop {r4-r10, pc}");
}

#else

#define FIRST(x, w) "ldrb r5, [r0, #" x "]\n\tmuls r5, " w ", r5\n\tadds r6, r6, r5\n\t"
#define SECOND(x, w) "ldrb r5, [r0, #" x "]\n\tmuls r5, " w ", r5\n\tadd r8, r5\n\t"
#define BOTH(x, w0, w1)                                                                                               \
    "ldrb r5, [r0, #" x "]\n\t"                                                                                       \
    "mov r7, r5\n\t"                                                                                                  \
    "muls r7, " w0 ", r7\n\t"                                                                                         \
    "adds r6, r6, r7\n\t"                                                                                             \
    "muls r5, " w1 ", r5\n\t"                                                                                         \
    "add r8, r5\n\t"
/* One row of the kernel at two outputs: r0 inputs, r2-r4 weights, r6 and r8 sums. */
#define ROW1 FIRST("0", "r2") BOTH("1", "r3", "r2") BOTH("2", "r4", "r3") SECOND("3", "r4")
#define ROW2 FIRST("0", "r2") FIRST("1", "r3") BOTH("2", "r4", "r2") SECOND("3", "r3") SECOND("4", "r4")
#define NEXT_ROW "ldmia r1!, {r2-r4}\n\tadd r0, r9\n\t"
/* r9 pitch, r10 inputs of the first row, r11 bias and weights, r12 where sums go, lr their end. */
#define OUTPUTS(row, next)                                                                                            \
    "mov r0, r10\n\t"                                                                                                 \
    "mov r1, r11\n\t"                                                                                                 \
    "ldr r6, [r1]\n\t"                                                                                                \
    "adds r1, #4\n\t"                                                                                                 \
    "mov r8, r6\n\t"                                                                                                  \
    "ldmia r1!, {r2-r4}\n\t" row NEXT_ROW row NEXT_ROW row "mov r7, r8\n\t"                                           \
    "mov r0, r12\n\t"                                                                                                 \
    "stmia r0!, {r6, r7}\n\t"                                                                                         \
    "mov r12, r0\n\t"                                                                                                 \
    "movs r0, #" next "\n\t"                                                                                          \
    "add r10, r0\n\t"                                                                                                 \
    "cmp r12, lr\n\t"

/* The sums of one output row until they reach `end`, two at a time: 18 products in 72 instructions. */
static NS_ASSEMBLY void sum_row(int32_t *sums, const uint8_t *inputs, uint32_t pitch, const int32_t *bias_and_weights,
                                const int32_t *end, uint32_t stride)
{
    __asm__(".syntax unified\n\t"
            "push {r4-r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4-r7}\n\t"
            "mov r12, r0\n\t"
            "mov r10, r1\n\t"
            "mov r9, r2\n\t"
            "mov r11, r3\n\t"
            "ldr r0, [sp, #36]\n\t"
            "mov lr, r0\n\t"
            "ldr r0, [sp, #40]\n\t"
            "cmp r0, #1\n\t"
            "bne 2f\n"
            "1:\n\t" OUTPUTS(ROW1, "2") "bne 1b\n\t"
            "b 3f\n"
            "2:\n\t" OUTPUTS(ROW2, "4") "bne 2b\n"
            "3:\n\t"
            "pop {r4-r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4-r7, pc}");
}

#endif

#pragma GCC diagnostic pop

#else

static int32_t dot3(const uint8_t *inputs, const int32_t *weights)
{
    return inputs[0] * weights[0] + inputs[1] * weights[1] + inputs[2] * weights[2];
}

static void sum_row(int32_t *sums, const uint8_t *inputs, uint32_t pitch, const int32_t *bias_and_weights,
                    const int32_t *end, uint32_t stride)
{
    const int32_t *weights = bias_and_weights + 1;
    for (; sums != end; sums++) {
        *sums = *bias_and_weights + dot3(inputs, weights) + dot3(inputs + pitch, weights + 3) +
                dot3(inputs + 2 * pitch, weights + 6);
        inputs += stride;
    }
}

#endif

static uint8_t *fill(uint8_t *to, uint8_t value, int32_t count)
{
    for (; count > 0; count--) {
        *to++ = value;
        __asm__ volatile("" : : : "memory"); /* no call of memset for a few bytes */
    }
    return to;
}

static void copy_plane(const ns_depthwise_scalar_s8 *layer, const int8_t *from, uint8_t *plane)
{
    const uint8_t zero = (uint8_t)(layer->input_zero_point + 128);
    const int32_t width = layer->plane_width;
    const int32_t left = layer->pad_left < width ? layer->pad_left : width;
    const int32_t room = width - left;
    const int32_t middle = room < layer->input_width ? room : layer->input_width;
    const uint32_t step = layer->input_step_x;
    for (int32_t row = 0; row < layer->plane_height; row++) {
        const int32_t y = row - layer->pad_top;
        if (y < 0 || y >= layer->input_height) {
            plane = fill(plane, zero, width);
            continue;
        }
        plane = fill(plane, zero, left);
        const int8_t *pixel = from;
        for (int32_t count = middle; count > 0; count--) {
            *plane++ = (uint8_t)(*pixel + 128);
            pixel += step;
        }
        plane = fill(plane, zero, room - middle);
        from += layer->input_step_y;
    }
    (void)fill(plane, zero, 2); /* what the second of two outputs reads where there is none */
}

typedef struct {
    int32_t multiplier;
    int32_t shift;
} scale;

static void finish_row(const ns_depthwise_scalar_s8 *layer, scale by, const int32_t *sums, int8_t *output)
{
    const uint32_t step = layer->output_step_x;
    const int32_t zero = layer->output_zero_point;
    const int32_t low = layer->activation_min;
    const int32_t high = layer->activation_max;
    const int32_t clamps = low > INT8_MIN || high < INT8_MAX;
    for (uint32_t count = layer->output_width; count > 0; count--) {
        const int32_t x = ns_requantize_narrow(*sums++, by.multiplier, by.shift, zero);
        *output = ns_activate_s8(x, clamps, low, high);
        output += step;
    }
}

void ns_depthwise_scalar_s8_run(const ns_depthwise_scalar_s8 *layer, const int8_t *input, int8_t *output,
                                int32_t *scratch)
{
    int32_t *const sums = scratch + 10;
    const int32_t *const end = sums + (layer->output_width + 1u) / 2 * 2;
    uint8_t *const plane = (uint8_t *)(scratch + 10 + (layer->output_width + 1u) / 2 * 2);
    const uint32_t channels = layer->channels;
    const uint32_t pitch = (uint32_t)layer->dilation_y * layer->plane_width;
    const int8_t *weights = layer->weights;
    for (uint32_t c = 0; c < channels; c++) {
        const uint32_t at = layer->per_channel ? c : 0;
        const scale by = {layer->multiplier[at], layer->shift[at]};
        const uint8_t *from = plane;
        int8_t *to = output + c;
        copy_plane(layer, input + c, plane);
        scratch[0] = layer->bias[c];
        for (uint32_t k = 1; k < 10; k++) {
            scratch[k] = *weights++;
        }
        for (uint32_t y = 0; y < layer->output_height; y++) {
            sum_row(sums, from, pitch, scratch, end, layer->stride_x);
            finish_row(layer, by, sums, to);
            from += layer->stride_y * layer->plane_width;
            to += layer->output_step_y;
        }
    }
}
