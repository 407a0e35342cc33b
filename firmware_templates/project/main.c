/* Window -> front-end -> inference -> application -> output. All memory of the firmware is `device`. */
#include <stdalign.h>
#include <stddef.h>

#include "device.h"
#include "marks.h"
#include "port.h"
#include "sensor.h"
#if NS_LONGEST_GAP_US > 0u
#include "front_end/ns_resample.h"
#endif
#if NS_REFERENCE_SAMPLES > 0u
#include "reference.h"
#endif

static struct {
    alignas(16) uint8_t arena[MODEL_ARENA_BYTES];
    alignas(max_align_t) uint8_t app_memory[APP_STATE_BYTES];
    front_end_state front_end;
    sensor_state sensor;
#if NS_LONGEST_GAP_US > 0u
    ns_resample_state resampling;
    float neighbors[2u * NS_SAMPLE_FLOATS];
#endif
#if NS_REFERENCE_SAMPLES > 0u
    reference_state reference;
#endif
#ifdef NS_DECISION_WEIGHT
    ns_decision_state decision;
    uint32_t smoothed[APP_CLASSES];
#endif
    float sample[NS_SAMPLE_FLOATS];
    int8_t scores[APP_CLASSES];
    uint32_t samples;      /* since start; with time stamps also those that a hole would have held */
    uint32_t answers;      /* since start */
    uint32_t until_answer; /* samples */
} device;

#ifdef NS_DECISION_WEIGHT
static const ns_decision decision = {
    .classes = APP_CLASSES,
    .resting = NS_DECISION_RESTING,
    .weight = NS_DECISION_WEIGHT,
    .enter = NS_DECISION_ENTER,
    .leave = NS_DECISION_LEAVE,
    .shortest = NS_DECISION_SHORTEST,
    .refractory = NS_DECISION_REFRACTORY,
};
#endif

#if NS_LONGEST_GAP_US > 0u
static const ns_resample time_grid = {
    .channels = NS_SAMPLE_FLOATS,
    .step_q16 = NS_STEP_US_Q16,
    .longest_gap_us = NS_LONGEST_GAP_US,
};
#endif

/* Class in force after the latest answer; -1 before the first, and where the answer is a number. */
static int class_in_force(void)
{
#ifdef NS_DECISION_WEIGHT
    return (int)device.decision.in_force;
#else
    return -1;
#endif
}

static app_state *application(void)
{
    return (app_state *)(void *)device.app_memory;
}

static void restart(void)
{
    ns_front_end_init(&device.front_end.state, &front_end);
    device.until_answer = NS_WINDOW_SAMPLES;
}

/* Samples that follow have nothing to do with those before. `goes_on`: and yet decisions go on. */
static void break_stream(bool goes_on)
{
    restart();
#ifdef MODEL_STATE_BYTES
    model_reset(device.arena);
#endif
#ifdef NS_DECISION_WEIGHT
    if (!goes_on) {
        ns_decision_gap(&device.decision);
    }
#endif
    (void)goes_on;
}

/* The stream starts anew. `prepared`: it goes on elsewhere, with samples that need no reference. */
static void begin_stream(bool prepared)
{
    break_stream(prepared);
#if NS_LONGEST_GAP_US > 0u
    ns_resample_init(&device.resampling);
#endif
#if NS_REFERENCE_SAMPLES > 0u
    if (prepared) {
        reference_skip(&device.reference);
    } else {
        reference_init(&device.reference);
    }
#endif
}

void firmware_setup(void)
{
    port_init();
#ifdef NS_DECISION_WEIGHT
    ns_decision_init(&device.decision);
#endif
    begin_stream(false);
    sensor_init(&device.sensor);
    if (app_state_bytes() > APP_STATE_BYTES) {
        app_emit("@ns error app_state is larger than APP_STATE_BYTES");
        for (;;) {
        }
    }
    app_init(application());
}

static int highest(const int8_t *scores)
{
    int winner = 0;

    for (int i = 1; i < APP_CLASSES; i++) {
        if (scores[i] > scores[winner]) {
            winner = i;
        }
    }
    return winner;
}

/* The line that a replay reads: winner, class in force and the output bytes as hexadecimal digits. */
static void write_scores(int winner)
{
    static const char digits[] = "0123456789abcdef";
    app_line line;

    app_line_begin(&line);
    app_line_text(&line, "@ns answer ");
    app_line_number(&line, winner);
    app_line_text(&line, " ");
    app_line_number(&line, class_in_force());
    app_line_text(&line, " ");
    port_write(line.text, line.length);
    for (int i = 0; i < APP_CLASSES; i++) {
        const uint8_t byte = (uint8_t)device.scores[i];
        const char pair[2] = {digits[byte >> 4], digits[byte & 15u]};

        port_write(pair, sizeof pair);
    }
    port_write("\n", 1);
}

static void answer(void)
{
    app_answer latest;

    ns_mark_begin();
    ns_front_end_copy(&device.front_end.state, &front_end, model_input(device.arena));
    ns_mark_copy();
    ns_mark_begin();
    model_run(device.arena, model_input(device.arena), device.scores);
    ns_mark_inference();

    latest.scores = device.scores;
    latest.winner = highest(device.scores);
#ifdef NS_DECISION_WEIGHT
    latest.changed = ns_decision_take(&device.decision, &decision, device.smoothed, device.scores);
    latest.in_force = class_in_force();
#endif
    latest.number = device.answers;
    latest.time_ms = (uint32_t)(((uint64_t)device.samples * NS_SAMPLE_MS_Q20) >> 20);
    latest.scale = MODEL_OUTPUT_SCALE;
    latest.zero_point = MODEL_OUTPUT_ZERO_POINT;
    device.answers++;
    write_scores(latest.winner);
    app_on_answer(application(), &latest);
}

/* Takes device.sample, the next one of the uniform stream; the caller has marked the beginning. */
static void take_sample(void)
{
#if NS_REFERENCE_SAMPLES > 0u
    if (!reference_take(&device.reference, device.sample)) {
        device.samples++;
        return;
    }
#endif
    (void)ns_front_end_push(&device.front_end.state, &front_end, device.sample);
    ns_mark_push();
    device.samples++;
    device.until_answer--;
    if (device.until_answer > 0u) {
        return;
    }
    device.until_answer = NS_HOP_SAMPLES;
    if (ns_front_end_ready(&device.front_end.state, &front_end)) {
        answer();
    }
    if (NS_HOP_SAMPLES >= NS_WINDOW_SAMPLES) {
        restart(); /* windows that share no sample each start with an empty front-end */
    }
}

#if NS_LONGEST_GAP_US > 0u
/* Takes every grid point up to device.sample. What was normal is still known after a hole. */
static void take_timed_sample(void)
{
    const bool had_one = device.resampling.started;
    const uint32_t since_us = device.sensor.time_us - device.resampling.latest_us;

    ns_mark_begin();
    if (ns_resample_push(&device.resampling, &time_grid, device.neighbors, device.sample, device.sensor.time_us) ==
            NS_RESAMPLE_RESTART &&
        had_one) {
        break_stream(false);
        device.samples += since_us / (uint32_t)((time_grid.step_q16 + 0x8000u) >> 16); /* whole microseconds will do */
    }
    while (ns_resample_pull(&device.resampling, &time_grid, device.neighbors, device.sample)) {
        take_sample();
        ns_mark_begin();
    }
}
#endif

void firmware_step(void)
{
    const sensor_event event = sensor_read(&device.sensor, device.sample);

    switch (event) {
    case SENSOR_SAMPLE:
        ns_mark_begin();
        take_sample();
        break;
#if NS_LONGEST_GAP_US > 0u
    case SENSOR_TIMED:
        take_timed_sample();
        break;
#endif
    case SENSOR_PREPARED:
    case SENSOR_RESTART:
        begin_stream(event == SENSOR_PREPARED);
        break;
    }
}

#ifndef NS_FRAMEWORK_OWNS_MAIN
int main(void)
{
    firmware_setup();
    for (;;) {
        firmware_step();
    }
}
#endif
