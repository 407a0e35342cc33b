/* Puts the series in `streams.bin` (a count, then time and two channels a sample, as words) on a uniform grid; a line each
 * grid sample: 1 where the grid starts, else 0, and the bits of both channels as hexadecimal digits. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ns_resample.h"

#ifdef ON_BOARD
#include "uart.h"
#else
#include <stdio.h>
static void uart_write(const char *bytes, size_t length)
{
    (void)fwrite(bytes, 1, length, stdout);
}
#endif

extern const uint32_t stream_words[];

static const ns_resample settings = {.channels = CHANNELS, .step_q16 = STEP_Q16, .longest_gap_us = LONGEST_GAP_US};

static void write_sample(bool starts, const float *sample)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t bits[CHANNELS];

    memcpy(bits, sample, sizeof bits);
    uart_write(starts ? "1" : "0", 1);
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        for (uint32_t shift = 32; shift > 0; shift -= 4) {
            uart_write(&digits[(bits[channel] >> (shift - 4)) & 15u], 1);
        }
    }
    uart_write("\n", 1);
}

int main(void)
{
    static float memory[2 * CHANNELS];
    ns_resample_state state;
    const uint32_t *word = stream_words + 1;

    ns_resample_init(&state);
    for (uint32_t i = 0; i < stream_words[0]; i++) {
        float sample[CHANNELS];
        bool starts;

        memcpy(sample, word + 1, sizeof sample);
        starts = ns_resample_push(&state, &settings, memory, sample, word[0]) == NS_RESAMPLE_RESTART;
        while (ns_resample_pull(&state, &settings, memory, sample)) {
            write_sample(starts, sample);
            starts = false;
        }
        word += 1 + CHANNELS;
    }
    uart_write("done\n", 5);
    return 0;
}
