#include "host/ns_decision_batch.h"

void ns_decision_batch(const ns_decision *decision, const ns_decision_answers *answers, uint32_t *smoothed,
                       int32_t *in_force)
{
    ns_decision_state state;

    ns_decision_init(&state);
    for (int32_t i = 0; i < answers->count; i++) {
        if (answers->breaks[i] == 2u) {
            ns_decision_init(&state);
        } else if (answers->breaks[i] == 1u) {
            ns_decision_gap(&state);
        }
        (void)ns_decision_take(&state, decision, smoothed, answers->scores + (int64_t)i * decision->classes);
        in_force[i] = state.in_force;
    }
}
