/* From the model's answers, one a window, to the class that the device says is there.
 *
 * A level is a score + 128, from 0 to 255: a share of belief times 256 where the model ends in a softmax. Levels are
 * smoothed over time (exponential moving average); a class comes into force once its smoothed level reaches `enter`,
 * and leaves once it is below `leave`; either must last for `shortest` answers in a row. After an event has begun no
 * other one begins for `refractory` answers. All of it is integer arithmetic: host and boards agree bit for bit.
 *
 * Debouncing is the case of weight 256, enter 0, shortest N: a class comes into force once it won N answers in a row.
 */
#ifndef NS_DECISION_H
#define NS_DECISION_H

#include <stdbool.h>
#include <stdint.h>

/* Chosen once, constant. */
typedef struct {
    int32_t classes;
    int32_t resting;    /* class that is no event, in force when no other one is; -1: every class is an event */
    int32_t weight;     /* of the newest answer in the average, of 256: from 1 to 256, which does not smooth */
    int32_t enter;      /* level, from 0 to 256 */
    int32_t leave;      /* level, from 0 to 256 */
    int32_t shortest;   /* answers in a row that a change takes, at least 1 */
    int32_t refractory; /* answers from the beginning of an event in which no other one may begin; 0: none */
} ns_decision;

/* Between answers: 20 bytes, and 4 bytes a class in `smoothed`, which is the caller's. */
typedef struct {
    int32_t in_force;  /* class that the device says is there; -1 before the first */
    int32_t candidate; /* class that would take its place */
    int32_t streak;    /* answers in a row for the candidate */
    int32_t waiting;   /* answers left until another event may begin */
    int32_t answers;   /* in the average: 0 or 1, which stands for more */
} ns_decision_state;

/* Before the first answer. */
void ns_decision_init(ns_decision_state *state);

/* After a gap in the samples: what came before it counts no more; the class in force stays until another comes. */
void ns_decision_gap(ns_decision_state *state);

/* Takes one answer. `scores` and `smoothed` have one entry a class. True where another class came into force. */
bool ns_decision_take(ns_decision_state *state, const ns_decision *decision, uint32_t *smoothed, const int8_t *scores);

#endif
