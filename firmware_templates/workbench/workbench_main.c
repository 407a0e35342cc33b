/* Feeds vectors that the emulator laid into memory, compares every answer, and says what was found, a fact a line. */
#include "workbench.h"

#define WB_MAGIC 0x314E4E56u
#define WB_PAINT 0xA5A5A5A5u
#define WB_UNPAINTED 32u /* bytes below the painter's stack pointer that stay as they are */

typedef struct {
    uint32_t magic;
    uint32_t count;
    uint32_t input_bytes;
    uint32_t output_bytes;
    uint8_t data[]; /* input, expected output, input, ... */
} wb_vectors;

#define WB_VECTORS ((const volatile wb_vectors *)WB_VECTORS_AT)

static uint32_t *paint_top;

__attribute__((noinline)) static void paint(void)
{
    paint_top = (uint32_t *)(wb_stack_pointer() - WB_UNPAINTED);
    for (volatile uint32_t *word = wb_stack_floor; word < paint_top; word++) {
        *word = WB_PAINT;
    }
}

__attribute__((noinline)) static uint32_t stack_used(void)
{
    const volatile uint32_t *word = wb_stack_floor;

    while (word < paint_top && *word == WB_PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)paint_top - (uintptr_t)word);
}

static void say(const char *name, uint32_t value)
{
    char digits[12];
    unsigned int at = sizeof digits - 1u;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0u);
    wb_write(name);
    wb_write(" ");
    wb_write(digits + at);
    wb_write("\n");
}

void wb_before_call(uint32_t call)
{
    (void)call;
    ns_mark_inference();
    ns_mark_begin();
}

int workbench_main(void)
{
    const uint32_t count = WB_VECTORS->count;
    const uint32_t input_bytes = WB_VECTORS->input_bytes;
    const uint32_t output_bytes = WB_VECTORS->output_bytes;
    uint32_t worst = 0u, differing = 0u, failed = 0u;

    if (WB_VECTORS->magic != WB_MAGIC) {
        wb_write("FAULT no vectors\n");
        return 1;
    }
    paint();
    ns_mark_begin();
    int status = wb_model_init();
    ns_mark_inference();
    say("INITSTACK", stack_used());
    if (status != 0) {
        wb_write("FAULT init\n");
        return 1;
    }
    for (uint32_t k = 0; k < count; k++) {
        const volatile uint8_t *input = WB_VECTORS->data + k * (input_bytes + output_bytes);
        const volatile uint8_t *expected = input + input_bytes;
        volatile uint8_t *fed = wb_model_input();

        for (uint32_t i = 0; i < input_bytes; i++) {
            fed[i] = input[i];
        }
        paint();
        ns_mark_begin();
        status = wb_model_invoke();
        ns_mark_inference();
        if (k == 0u) {
            say("STACK", stack_used());
        }
        failed += status != 0;
        const volatile int8_t *answer = wb_model_output();
        for (uint32_t i = 0; i < output_bytes; i++) {
            const int32_t difference = (int32_t)answer[i] - (int32_t)(int8_t)expected[i];
            const uint32_t distance = (uint32_t)(difference < 0 ? -difference : difference);

            differing += distance != 0u;
            worst = distance > worst ? distance : worst;
        }
    }
    say("VECTORS", count);
    say("FAILED", failed);
    say("DIFFERING", differing);
    say("WORST", worst);
    wb_write("DONE\n");
    return 0;
}
