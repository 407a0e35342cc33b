/* USART of the STM32F2 and F4 (RM0090, 30.6). Clock and pins are left as they are: emulated boards need neither. */
#include "uart.h"

enum { SR = 0, DR = 1, CR1 = 3 }; /* register numbers */
#define SR_RXNE (1u << 5)
#define SR_TXE (1u << 7)
#define CR1_RE (1u << 2)
#define CR1_TE (1u << 3)
#define CR1_UE (1u << 13)

void uart_init(void)
{
    ns_uart_base[CR1] = CR1_UE | CR1_TE | CR1_RE;
}

uint8_t uart_read(void)
{
    while ((ns_uart_base[SR] & SR_RXNE) == 0u) {
    }
    return (uint8_t)ns_uart_base[DR];
}

void uart_write(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while ((ns_uart_base[SR] & SR_TXE) == 0u) {
        }
        ns_uart_base[DR] = (uint8_t)bytes[i];
    }
}
