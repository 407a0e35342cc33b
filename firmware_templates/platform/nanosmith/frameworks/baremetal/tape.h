/* Bytes that an emulator put into memory before the firmware started, read as if they came over the serial line.
 *
 * A polled line costs an emulator a round trip a byte; 200 windows of sound are 13 million bytes. So the emulator lays
 * the beginning of the stream into memory that the firmware does not use (the board's manifest says where), and sends
 * only what does not fit there over the line. */
#ifndef NS_TAPE_H
#define NS_TAPE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const uint8_t *next;
    uint32_t left;
} ns_tape;

/* Finds the tape; an empty one where none was laid. */
void ns_tape_open(ns_tape *tape);

/* False once the tape is used up. */
bool ns_tape_read(ns_tape *tape, uint8_t *byte);

#endif
