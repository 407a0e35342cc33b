/* UART of the nRF51 (reference manual 3.0, chapter 29): events, tasks and a receiver six bytes deep. */
#include "uart.h"

enum {
    TASKS_STARTRX = 0x000 / 4,
    TASKS_STARTTX = 0x008 / 4,
    EVENTS_RXDRDY = 0x108 / 4,
    EVENTS_TXDRDY = 0x11C / 4,
    ENABLE = 0x500 / 4,
    RXD = 0x518 / 4,
    TXD = 0x51C / 4
};
#define ENABLE_ENABLED 4u

void uart_init(void)
{
    ns_uart_base[ENABLE] = ENABLE_ENABLED;
    ns_uart_base[TASKS_STARTRX] = 1u;
    ns_uart_base[TASKS_STARTTX] = 1u;
}

uint8_t uart_read(void)
{
    while (ns_uart_base[EVENTS_RXDRDY] == 0u) {
    }
    ns_uart_base[EVENTS_RXDRDY] = 0u; /* before reading: the read raises it again when more bytes wait */
    return (uint8_t)ns_uart_base[RXD];
}

void uart_write(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        ns_uart_base[EVENTS_TXDRDY] = 0u;
        ns_uart_base[TXD] = (uint8_t)bytes[i];
        while (ns_uart_base[EVENTS_TXDRDY] == 0u) {
        }
    }
}
