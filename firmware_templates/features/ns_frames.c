#include "ns_frames.h"

#include <stddef.h>
#include <string.h>

/* The buffer comes first in memory, where the first channel's frame is gathered; then the other channels' frames, the row,
 * and what the next frame needs of each channel. */
static float *frame_of(const ns_frames *frames, float *memory, uint32_t channel)
{
    return channel == 0 ? memory : memory + frames->points + ((size_t)channel - 1) * frames->frame;
}

static size_t kept_of(const ns_frames *frames)
{
    return frames->frame > frames->hop ? (size_t)frames->frame - frames->hop : 0;
}

static float *kept_at(const ns_frames *frames, float *memory)
{
    float *behind_row = ns_frames_row(frames, memory) + (size_t)frames->channels * frames->bands;
    float *behind_buffer = memory + frames->points;

    return behind_row > behind_buffer ? behind_row : behind_buffer;
}

/* The first channel's frame is gathered where the work overwrites it: what the next frame needs of it is kept aside. */
static void keep(const ns_frames *frames, float *memory)
{
    const size_t kept = kept_of(frames);
    float *aside = kept_at(frames, memory);

    for (uint32_t channel = 0; kept > 0 && channel < frames->channels; channel++) {
        memcpy(aside + channel * kept, frame_of(frames, memory, channel) + frames->hop, kept * sizeof *memory);
    }
}

static void bring_back(const ns_frames *frames, float *memory)
{
    const size_t kept = kept_of(frames);
    const float *aside = kept_at(frames, memory);

    for (uint32_t channel = 0; kept > 0 && channel < frames->channels; channel++) {
        memcpy(frame_of(frames, memory, channel), aside + channel * kept, kept * sizeof *memory);
    }
}

/* `position` counts samples: up to `frame` for the first frame, and from `frame` on for each further one, whose first
 * frame - hop samples are there already, or whose first hop - frame ones belong to no frame. */
bool ns_frames_push(const ns_frames *frames, int32_t *position, float *memory, const float *sample)
{
    int32_t place = *position;
    float *slot;

    if (place == frames->frame) {
        bring_back(frames, memory);
    }
    (*position)++;
    if (place >= frames->frame) {
        place -= frames->hop;
    }
    if (place < 0) {
        return false;
    }
    slot = memory + place;
    for (uint32_t channel = 0; channel < frames->channels; channel++) {
        *slot = sample[channel];
        slot += channel == 0 ? frames->points : frames->frame;
    }
    if (place + 1 < frames->frame) {
        return false;
    }
    *position = frames->frame;
    keep(frames, memory);
    return true;
}

float *ns_frames_take(const ns_frames *frames, float *memory, uint32_t channel)
{
    if (channel > 0) {
        memcpy(memory, frame_of(frames, memory, channel), frames->frame * sizeof *memory);
    }
    return memory;
}

float *ns_frames_row(const ns_frames *frames, float *memory)
{
    return frames->channels == 1 ? memory + frames->points / 2 + 1 : frame_of(frames, memory, frames->channels);
}
