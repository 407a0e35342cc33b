/* Decisions over recordings that are there already; for the host alone. */
#ifndef NS_DECISION_BATCH_H
#define NS_DECISION_BATCH_H

#include "ns_decision.h"

/* Answers in order of time, [count][classes]. */
typedef struct {
    const int8_t *scores;
    const uint8_t *breaks; /* before each answer: 0 none, 1 a gap, 2 another recording begins */
    int32_t count;
} ns_decision_answers;

/* Writes the class in force after each answer; `smoothed` has one entry a class. */
void ns_decision_batch(const ns_decision *decision, const ns_decision_answers *answers, uint32_t *smoothed,
                       int32_t *in_force);

#endif
