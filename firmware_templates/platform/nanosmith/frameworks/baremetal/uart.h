/* The polled serial line of a board: one driver per kind of peripheral, chosen by the board's manifest. */
#ifndef NS_UART_H
#define NS_UART_H

#include <stddef.h>
#include <stdint.h>

/* Called by the start-up code before main. Bytes that come before it may be lost. */
void uart_init(void);

/* Waits for one byte. Nothing is lost while nobody waits: a full receiver holds the emulator's line back. */
uint8_t uart_read(void);

void uart_write(const char *bytes, size_t length);

/* The board's register block; its address is a linker symbol. */
extern volatile uint32_t ns_uart_base[];

#endif
