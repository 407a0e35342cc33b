/* A tape is the word NS_TAPE_MAGIC, the number of bytes, and the bytes. */
#include "tape.h"

#include <stddef.h>

#define NS_TAPE_MAGIC 0x5054534Eu /* "NSTP" */

extern const volatile uint32_t ns_tape_origin[]; /* linker symbols, from the board's manifest */
extern const uint8_t ns_tape_bytes[];

void ns_tape_open(ns_tape *tape)
{
    const uint32_t room = (uint32_t)(uintptr_t)ns_tape_bytes;

    tape->next = NULL;
    tape->left = 0u;
    if (room >= 8u && ns_tape_origin[0] == NS_TAPE_MAGIC && ns_tape_origin[1] <= room - 8u) {
        tape->next = (const uint8_t *)(uintptr_t)&ns_tape_origin[2];
        tape->left = ns_tape_origin[1];
    }
}

bool ns_tape_read(ns_tape *tape, uint8_t *byte)
{
    if (tape->left == 0u) {
        return false;
    }
    *byte = *tape->next;
    tape->next++;
    tape->left--;
    return true;
}
