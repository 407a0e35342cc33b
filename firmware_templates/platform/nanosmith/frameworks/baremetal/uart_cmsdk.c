/* CMSDK APB UART (Arm DDI 0479): MPS2 and MPS3 boards. */
#include "uart.h"

enum { DATA = 0, STATE = 1, CTRL = 2, BAUDDIV = 4 }; /* register numbers */
#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX_RX 3u

void uart_init(void)
{
    ns_uart_base[BAUDDIV] = 16u; /* the smallest divider that the peripheral takes */
    ns_uart_base[CTRL] = CTRL_TX_RX;
}

uint8_t uart_read(void)
{
    while ((ns_uart_base[STATE] & STATE_RX_FULL) == 0u) {
    }
    return (uint8_t)ns_uart_base[DATA];
}

void uart_write(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while ((ns_uart_base[STATE] & STATE_TX_FULL) != 0u) {
        }
        ns_uart_base[DATA] = (uint8_t)bytes[i];
    }
}
