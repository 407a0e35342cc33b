/* Runs a generated front-end on streams of samples and writes each window that it would hand to a model.
 *
 * The streams are part of the program (stream_data.S): an emulated serial line takes seconds for what they hold. Each
 * is a count, as uint32_t, and that many samples, padded to whole words; a count of 0 ends them. Output: one line of
 * hexadecimal digits a window, then "done". A window is due after FRONT_END_SAMPLES and then every HOP samples, as in
 * the firmware. */
#include <stdbool.h>
#include <stdint.h>

#include "front_end.h"

/* Marks: where the emulator's plugin counts instructions, as in the firmware. */
#ifdef ON_BOARD
#include "uart.h"
void ns_mark_begin(void);
void ns_mark_push(void);
void ns_mark_copy(void);
void ns_mark_inference(void);
__attribute__((noipa)) void ns_mark_begin(void)
{
}
__attribute__((noipa)) void ns_mark_push(void)
{
}
__attribute__((noipa)) void ns_mark_copy(void)
{
}
__attribute__((noipa)) void ns_mark_inference(void)
{
}
#else
#define ns_mark_begin() ((void)0)
#define ns_mark_push() ((void)0)
#define ns_mark_copy() ((void)0)
#define ns_mark_inference() ((void)0)
#include <stdio.h>
static void uart_write(const char *bytes, size_t length)
{
    (void)fwrite(bytes, 1, length, stdout);
}
#endif

extern const uint32_t stream_words[];

static struct {
    front_end_state front_end;
    float sample[FRONT_END_SAMPLE_FLOATS];
    int8_t input[FRONT_END_ROWS * FRONT_END_COLUMNS];
} all;

static void write_window(void)
{
    static const char digits[] = "0123456789abcdef";

    for (uint32_t i = 0; i < sizeof all.input; i++) {
        const uint8_t byte = (uint8_t)all.input[i];
        const char pair[2] = {digits[byte >> 4], digits[byte & 15u]};

        uart_write(pair, sizeof pair);
    }
    uart_write("\n", 1);
}

static void run_stream(const SAMPLE_TYPE *samples, uint32_t count)
{
    uint32_t until_window = FRONT_END_SAMPLES;

    ns_front_end_init(&all.front_end.state, &front_end);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < FRONT_END_SAMPLE_FLOATS; k++) {
            all.sample[k] = (float)samples[i * FRONT_END_SAMPLE_FLOATS + k];
        }
        ns_mark_begin();
        (void)ns_front_end_push(&all.front_end.state, &front_end, all.sample);
        ns_mark_push();
        until_window--;
        if (until_window > 0) {
            continue;
        }
        until_window = HOP;
        if (ns_front_end_ready(&all.front_end.state, &front_end)) {
            ns_mark_begin();
            ns_front_end_copy(&all.front_end.state, &front_end, all.input);
            ns_mark_copy();
            ns_mark_begin();
            ns_mark_inference();
            write_window();
        } else {
            uart_write("not-ready\n", 10);
        }
    }
}

int main(void)
{
    const uint32_t *words = stream_words;

    while (*words > 0) {
        const uint32_t count = *words;
        const uint32_t bytes = count * FRONT_END_SAMPLE_FLOATS * (uint32_t)sizeof(SAMPLE_TYPE);

        run_stream((const SAMPLE_TYPE *)(const void *)(words + 1), count);
        words += 1 + (bytes + 3) / 4;
    }
    uart_write("done\n", 5);
    return 0;
}
