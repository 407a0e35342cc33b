/* Text lines without printf: 250 bytes of flash where newlib's snprintf costs 33,000. */
#include "app.h"
#include "port.h"

void app_emit(const char *line)
{
    size_t length = 0;

    while (line[length] != '\0') {
        length++;
    }
    port_write(line, length);
    port_write("\n", 1);
}

void app_led(bool on)
{
    port_led(on);
}

void app_line_begin(app_line *line)
{
    line->length = 0;
    line->text[0] = '\0';
}

void app_line_text(app_line *line, const char *text)
{
    while (*text != '\0' && line->length + 1u < sizeof line->text) {
        line->text[line->length] = *text;
        line->length++;
        text++;
    }
    line->text[line->length] = '\0';
}

void app_line_number(app_line *line, int32_t number)
{
    char digits[12];
    size_t at = sizeof digits - 1u;
    uint32_t rest = number < 0 ? 0u - (uint32_t)number : (uint32_t)number;

    digits[at] = '\0';
    do {
        at--;
        digits[at] = (char)('0' + rest % 10u);
        rest /= 10u;
    } while (rest != 0u);
    if (number < 0) {
        at--;
        digits[at] = '-';
    }
    app_line_text(line, &digits[at]);
}

void app_line_emit(const app_line *line)
{
    app_emit(line->text);
}
