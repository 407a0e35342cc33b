/* Arduino frameworks: `Serial` and the built-in LED. The framework owns main and calls setup and loop. */
#include <Arduino.h>

#include "port.h"

void port_init(void)
{
    Serial.begin(115200);
#ifdef LED_BUILTIN
    pinMode(LED_BUILTIN, OUTPUT);
#endif
}

uint8_t port_read_byte(void)
{
    while (Serial.available() <= 0) {
    }
    return static_cast<uint8_t>(Serial.read());
}

void port_write(const char *bytes, size_t length)
{
    Serial.write(reinterpret_cast<const uint8_t *>(bytes), length);
}

void port_led(bool on)
{
#ifdef LED_BUILTIN
    digitalWrite(LED_BUILTIN, on ? HIGH : LOW);
#else
    (void)on;
#endif
}

uint32_t port_stack_bytes(void)
{
    return 0; /* the framework paints no stack */
}

void setup()
{
    firmware_setup();
}

void loop()
{
    firmware_step();
}
