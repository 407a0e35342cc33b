#include "ns_decision.h"

/* Fractions of a level that the average keeps; 255 * 4096 * 256 is below 2^32. */
#define FRACTION_BITS 12u

void ns_decision_init(ns_decision_state *state)
{
    state->in_force = -1;
    state->waiting = 0;
    ns_decision_gap(state);
}

void ns_decision_gap(ns_decision_state *state)
{
    state->candidate = -1;
    state->streak = 0;
    state->answers = 0;
}

static void smooth(ns_decision_state *state, const ns_decision *decision, uint32_t *smoothed, const int8_t *scores)
{
    const uint32_t newest = state->answers == 0 ? 256u : (uint32_t)decision->weight;

    for (int32_t i = 0; i < decision->classes; i++) {
        const uint32_t level = (uint32_t)((int32_t)scores[i] + 128) << FRACTION_BITS;
        const uint32_t before = newest == 256u ? 0u : smoothed[i];

        smoothed[i] = (before * (256u - newest) + level * newest + 128u) >> 8;
    }
    state->answers = 1;
}

/* The event with the highest level, the first of equals. */
static int32_t strongest(const ns_decision *decision, const uint32_t *smoothed)
{
    int32_t best = decision->resting == 0 ? 1 : 0;

    for (int32_t i = best + 1; i < decision->classes; i++) {
        if (i != decision->resting && smoothed[i] > smoothed[best]) {
            best = i;
        }
    }
    return best;
}

/* The class that the levels speak for, whatever was before and may begin. */
static int32_t wanted(const ns_decision_state *state, const ns_decision *decision, const uint32_t *smoothed)
{
    const int32_t best = strongest(decision, smoothed);
    const int32_t now = state->in_force;
    const bool is_event = now >= 0 && now != decision->resting;
    const bool stays = now >= 0 && (!is_event || smoothed[now] >= (uint32_t)decision->leave << FRACTION_BITS);

    if (best != now && smoothed[best] >= (uint32_t)decision->enter << FRACTION_BITS) {
        return best;
    }
    if (stays) {
        return now;
    }
    return decision->resting >= 0 ? decision->resting : best;
}

bool ns_decision_take(ns_decision_state *state, const ns_decision *decision, uint32_t *smoothed, const int8_t *scores)
{
    int32_t next;

    smooth(state, decision, smoothed, scores);
    if (state->waiting > 0) {
        state->waiting--;
    }
    next = wanted(state, decision, smoothed);
    if (next == state->in_force) {
        state->candidate = -1;
        state->streak = 0;
        return false;
    }
    if (next != state->candidate) {
        state->candidate = next;
        state->streak = 0;
    }
    if (state->streak < decision->shortest) {
        state->streak++;
    }
    if (state->streak < decision->shortest || (next != decision->resting && state->waiting > 0)) {
        return false;
    }
    state->in_force = next;
    state->candidate = -1;
    state->streak = 0;
    if (next != decision->resting) {
        state->waiting = decision->refractory;
    }
    return true;
}
