#include "ns_batch.h"

#include "ns_resample.h"

#include <string.h>

#ifndef NS_BATCH_KEY
#error "NS_BATCH_KEY is the key of the sources"
#endif

const char *ns_batch_key(void)
{
    return NS_BATCH_KEY;
}

static const float *sample_at(const ns_batch_windows *windows, size_t window, size_t index)
{
    const size_t start = (window * windows->samples + index) * windows->sample_floats;

    if (windows->floats != NULL) {
        return windows->floats + start;
    }
    for (size_t i = 0; i < windows->sample_floats; i++) {
        windows->sample[i] = (float)windows->bytes[start + i];
    }
    return windows->sample;
}

/* What happens to a whole window's rows when it is copied, before they are quantized. */
static void finish_window(const ns_front_end *front_end, float *state, float *features)
{
    memset(state, 0, front_end->finish_floats * sizeof *state);
    for (uint32_t row = 0; front_end->survey != NULL && row < front_end->rows; row++) {
        front_end->survey(front_end->finish_parameters, row, state, features + (size_t)row * front_end->columns);
    }
    for (uint32_t row = 0; front_end->finish != NULL && row < front_end->rows; row++) {
        front_end->finish(front_end->finish_parameters, row, state, features + (size_t)row * front_end->columns);
    }
}

bool ns_batch_features(const ns_front_end *front_end, const ns_batch_windows *windows, float *memory, float *features)
{
    for (size_t window = 0; window < windows->count; window++) {
        int32_t position = 0;
        size_t rows = 0;
        float *first_row = features;

        memset(memory, 0, front_end->memory_floats * sizeof *memory);
        for (size_t i = 0; i < windows->samples; i++) {
            const float *row = front_end->step(front_end->parameters, &position, memory, sample_at(windows, window, i));

            if (row == NULL) {
                continue;
            }
            if (rows == front_end->rows) {
                return false;
            }
            memcpy(features, row, front_end->columns * sizeof *features);
            features += front_end->columns;
            rows++;
        }
        if (rows != front_end->rows) {
            return false;
        }
        finish_window(front_end, memory + front_end->memory_floats, first_row);
    }
    return true;
}

bool ns_batch_quantized(const ns_front_end *front_end, const ns_batch_windows *windows, ns_front_end_state *state,
                        int8_t *model_inputs)
{
    for (size_t window = 0; window < windows->count; window++) {
        ns_front_end_init(state, front_end);
        for (size_t i = 0; i < windows->samples; i++) {
            (void)ns_front_end_push(state, front_end, sample_at(windows, window, i));
        }
        if (!ns_front_end_ready(state, front_end)) {
            return false;
        }
        ns_front_end_copy(state, front_end, model_inputs);
        model_inputs += (size_t)front_end->rows * front_end->columns;
    }
    return true;
}

size_t ns_batch_resample(const ns_resample *settings, const ns_batch_times *series, float *memory, float *samples,
                         uint8_t *restarts, size_t room)
{
    ns_resample_state state;
    size_t made = 0;

    ns_resample_init(&state);
    for (size_t i = 0; i < series->count; i++) {
        const ns_resample_event event = ns_resample_push(&state, settings, memory,
                                                         series->samples + i * settings->channels, series->times_us[i]);
        bool restarts_here = event == NS_RESAMPLE_RESTART;

        if (event == NS_RESAMPLE_LATE) {
            continue;
        }
        while (made < room && ns_resample_pull(&state, settings, memory, samples + made * settings->channels)) {
            restarts[made] = restarts_here ? 1u : 0u;
            restarts_here = false;
            made++;
        }
    }
    return made;
}
