/* The local platform `nanosmith`: polled serial line, painted stack, no LED. */
#include <startup.h>
#include <tape.h>
#include <uart.h>

#include "port.h"

static ns_tape tape; /* the port's own state: a board has one serial line */

void port_init(void)
{
    ns_tape_open(&tape);
}

uint8_t port_read_byte(void)
{
    uint8_t byte;

    return ns_tape_read(&tape, &byte) ? byte : uart_read();
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
