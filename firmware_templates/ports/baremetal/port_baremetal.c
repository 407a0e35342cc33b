/* The local platform `nanosmith`: polled serial line, painted stack, no LED. */
#include <startup.h>
#include <uart.h>

#include "port.h"

void port_init(void)
{
}

uint8_t port_read_byte(void)
{
    return uart_read();
}

void port_write(const char *bytes, size_t length)
{
    uart_write(bytes, length);
}

void port_led(bool on)
{
    (void)on; /* emulated boards have none that anybody could see */
}

uint32_t port_stack_bytes(void)
{
    return ns_stack_high_water();
}
