/* What a board, or a framework, gives to the firmware. One file `port_<framework>` implements it. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void port_init(void);
uint8_t port_read_byte(void); /* waits for one byte from the serial line */
void port_write(const char *bytes, size_t length);
void port_led(bool on);
uint32_t port_stack_bytes(void); /* most stack ever in use; 0 where the port can't tell */

/* The firmware, for ports whose framework owns `main`: call setup once, then step for ever. */
void firmware_setup(void);
void firmware_step(void);

#ifdef __cplusplus
}
#endif

#endif
