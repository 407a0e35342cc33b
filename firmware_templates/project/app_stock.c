/* Reports each change of class on the serial line, once the new class won APP_DEBOUNCE answers in a row. */
#include "app.h"

struct app_state {
    int candidate; /* class that won the latest answer */
    int streak;    /* answers in a row that it won, counted up to APP_DEBOUNCE */
    int reported;  /* class reported last; -1 before the first report */
};

size_t app_state_bytes(void)
{
    return sizeof(app_state);
}

void app_init(app_state *state)
{
    state->candidate = -1;
    state->streak = 0;
    state->reported = -1;
}

static void report(const app_answer *answer, int index)
{
    app_line line;

    app_line_begin(&line);
    app_line_number(&line, (int32_t)answer->time_ms);
    app_line_text(&line, " ms: ");
    app_line_text(&line, app_class_name(index));
    app_line_emit(&line);
}

void app_on_answer(app_state *state, const app_answer *answer)
{
    if (answer->winner != state->candidate) {
        state->candidate = answer->winner;
        state->streak = 0;
    }
    if (state->streak < APP_DEBOUNCE) {
        state->streak++;
    }
    if (state->streak >= APP_DEBOUNCE && state->candidate != state->reported) {
        state->reported = state->candidate;
        report(answer, state->reported);
    }
}
