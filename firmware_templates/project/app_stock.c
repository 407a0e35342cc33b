/* Reports each change of the class in force on the serial line. */
#include "app.h"

struct app_state {
    int32_t reports; /* since start, up to INT32_MAX */
};

size_t app_state_bytes(void)
{
    return sizeof(app_state);
}

void app_init(app_state *state)
{
    state->reports = 0;
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
    if (answer->changed) {
        if (state->reports < INT32_MAX) {
            state->reports++;
        }
        report(answer, answer->in_force);
    }
}
