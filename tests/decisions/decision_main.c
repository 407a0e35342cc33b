/* Decides over the answers in `streams.bin` (a count, then for each what lies before it and four scores, as bytes) by
 * each of the parameters in settings.h; a line each: a digit an answer, the class in force, `-` before the first. */
#include <stddef.h>

#include "ns_decision.h"

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

static const ns_decision settings[] = {
#include "settings.h"
};

int main(void)
{
    for (size_t k = 0; k < sizeof settings / sizeof settings[0]; k++) {
        const uint8_t *byte = (const uint8_t *)(stream_words + 1);
        ns_decision_state state;
        uint32_t smoothed[4];

        ns_decision_init(&state);
        for (uint32_t i = 0; i < stream_words[0]; i++) {
            int8_t scores[4];

            if (byte[0] == 2u) {
                ns_decision_init(&state);
            } else if (byte[0] == 1u) {
                ns_decision_gap(&state);
            }
            for (uint32_t c = 0; c < 4u; c++) {
                scores[c] = (int8_t)((int32_t)(byte[1u + c] ^ 0x80u) - 0x80);
            }
            (void)ns_decision_take(&state, &settings[k], smoothed, scores);
            uart_write(&"-0123"[state.in_force + 1], 1);
            byte += 5;
        }
        uart_write("\n", 1);
    }
    uart_write("done\n", 5);
    return 0;
}
