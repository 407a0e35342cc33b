/* Samples from the serial line, as blocks: one byte of command, then little-endian
 *
 *   'F' count:u32  count * NS_SAMPLE_FLOATS float32          sums:u32,u32
 *   'H' count:u32  scale:float32  int16 values (* scale)      sums:u32,u32
 *   'B' count:u32  uint8 values                               sums:u32,u32
 *   'T' count:u32  count times its time:u32 in microseconds and its float32    sums:u32,u32
 *         only where samples have times; those of the other blocks are on the uniform grid already
 *   'R'  forget the samples so far      'W'  the same; what follows is relative to a reference already
 *         'S'  report the stack's high-water mark        'E'  end
 *
 * The two sums are Fletcher's over the bytes of the samples, modulo 2^32. Answers go out as lines that start with
 * "@ns "; everything else on the line is the application's. */
#include <string.h>

#include "device.h"
#include "port.h"
#include "sensor.h"

static _Noreturn void stop(const char *line)
{
    app_emit(line);
    for (;;) {
    }
}

static uint8_t read_byte(sensor_state *state)
{
    const uint8_t byte = port_read_byte();

    state->sums[0] += byte;
    state->sums[1] += state->sums[0];
    return byte;
}

static uint32_t read_u32(sensor_state *state)
{
    uint32_t value = 0;

    for (uint32_t shift = 0; shift < 32u; shift += 8u) {
        value |= (uint32_t)read_byte(state) << shift;
    }
    return value;
}

static float read_f32(sensor_state *state)
{
    const uint32_t bits = read_u32(state);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static float read_value(sensor_state *state)
{
    if (state->encoding == 'B') {
        return (float)read_byte(state);
    }
    if (state->encoding == 'H') {
        const uint32_t low = read_byte(state);
        const uint32_t bits = low | (uint32_t)read_byte(state) << 8;

        return (float)((int32_t)(bits ^ 0x8000u) - 0x8000) * state->scale;
    }
    return read_f32(state);
}

static void begin_block(sensor_state *state, uint8_t encoding)
{
    state->encoding = encoding;
    state->left = read_u32(state);
    if (encoding == 'H') {
        state->scale = read_f32(state);
    }
    state->sums[0] = 0u;
    state->sums[1] = 0u;
}

static void end_block(sensor_state *state)
{
    const uint32_t first = state->sums[0];
    const uint32_t second = state->sums[1];

    if (read_u32(state) != first || read_u32(state) != second) {
        stop("@ns error checksum");
    }
}

static void report_stack(void)
{
    app_line line;

    app_line_begin(&line);
    app_line_text(&line, "@ns stack ");
    app_line_number(&line, (int32_t)port_stack_bytes());
    app_line_emit(&line);
}

void sensor_init(sensor_state *state)
{
    app_line line;

    state->left = 0u;
    app_line_begin(&line);
    app_line_text(&line, "@ns ready ");
    app_line_number(&line, NS_SAMPLE_FLOATS);
    app_line_text(&line, " ");
    app_line_number(&line, NS_WINDOW_SAMPLES);
    app_line_text(&line, " ");
    app_line_number(&line, NS_HOP_SAMPLES);
    app_line_text(&line, " ");
    app_line_number(&line, APP_CLASSES);
    app_line_emit(&line);
}

/* True: a block begins or the stream restarts; false: the command was answered here. */
static bool take_command(sensor_state *state, sensor_event *event)
{
    const uint8_t command = read_byte(state);

    *event = SENSOR_SAMPLE;
    switch (command) {
    case 'F':
    case 'H':
    case 'B':
#if NS_LONGEST_GAP_US > 0u
    case 'T':
#endif
        begin_block(state, command);
        if (state->left == 0u) {
            end_block(state);
        }
        return state->left > 0u;
    case 'R':
        *event = SENSOR_RESTART;
        return true;
    case 'W':
        *event = SENSOR_PREPARED;
        return true;
    case 'S':
        report_stack();
        return false;
    case 'E':
        stop("@ns end");
    default:
        stop("@ns error command");
    }
}

sensor_event sensor_read(sensor_state *state, float *sample)
{
    if (state->left == 0u) {
        sensor_event event;

        while (!take_command(state, &event)) {
        }
        if (event != SENSOR_SAMPLE) {
            return event;
        }
    }
#if NS_LONGEST_GAP_US > 0u
    if (state->encoding == 'T') {
        state->time_us = read_u32(state);
    }
#endif
    for (uint32_t i = 0; i < NS_SAMPLE_FLOATS; i++) {
        sample[i] = read_value(state);
    }
    state->left--;
    if (state->left == 0u) {
        end_block(state);
    }
#if NS_LONGEST_GAP_US > 0u
    if (state->encoding == 'T') {
        return SENSOR_TIMED;
    }
#endif
    return SENSOR_SAMPLE;
}
