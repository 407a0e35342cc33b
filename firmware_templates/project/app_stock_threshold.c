/* Reports the number on the serial line: the first one, and each that lies APP_STEP or more from the one reported last.
 * Tells where an alarm at one of the limits begins and ends; the LED is on while there is one. */
#include "app.h"

struct app_state {
    int32_t reported; /* last digits */
    bool has_reported;
    app_alarm alarms[APP_ALARMS];
};

size_t app_state_bytes(void)
{
    return sizeof(app_state);
}

void app_init(app_state *state)
{
    state->reported = 0;
    state->has_reported = false;
    for (int index = 0; index < APP_ALARMS; index++) {
        state->alarms[index] = (app_alarm){.on = false, .beyond = 0};
    }
}

static bool is_new(const app_state *state, int32_t value)
{
    const int64_t change = (int64_t)value - state->reported;

    return !state->has_reported || change >= APP_STEP || change <= -APP_STEP;
}

static void report(app_state *state, const app_answer *answer, int32_t value)
{
    app_line line;

    state->reported = value;
    state->has_reported = true;
    app_line_begin(&line);
    app_line_number(&line, (int32_t)(answer->time_ms & INT32_MAX));
    app_line_text(&line, " ms: ");
    app_line_value(&line, value);
    app_line_emit(&line);
}

void app_on_answer(app_state *state, const app_answer *answer)
{
    const int32_t value = app_value(answer);
    bool any = false;

    if (is_new(state, value)) {
        report(state, answer, value);
    }
    for (int index = 0; index < APP_ALARMS; index++) {
        if (app_alarm_step(&state->alarms[index], index, value)) {
            app_emit_alarm(answer, index, state->alarms[index].on);
        }
        any = any || state->alarms[index].on;
    }
    app_led(any);
}
