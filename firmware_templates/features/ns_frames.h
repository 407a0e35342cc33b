/* Gathers frames of any number of channels from single samples; a frame starts every `hop` samples. */
#ifndef NS_FRAMES_H
#define NS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint16_t channels;
    uint16_t frame;  /* samples in a frame */
    uint16_t hop;    /* samples from the start of one frame to the start of the next */
    uint16_t points; /* of the buffer that a frame is worked on in, at least `frame` */
    uint16_t bands;  /* of each channel: a row is float[channels][bands] */
} ns_frames;

/* Takes float[channels]; true when it completed a frame of each channel, which are to be taken in order before the next
 * sample. Memory in floats, the buffer, frames gathered, a row where channels share the buffer, and frames kept:
 *   channels * max(0, frame - hop) + (channels - 1) * frame + (one channel: max(points, points / 2 + 1 + bands), more:
 *   points + channels * bands)
 * `position` is 0 at the start of a stream. */
bool ns_frames_push(const ns_frames *frames, int32_t *position, float *memory, const float *sample);

/* The buffer, float[points], with the frame of a channel at its start; the frame of the channel before it is gone. */
float *ns_frames_take(const ns_frames *frames, float *memory, uint32_t channel);

/* Where the row goes: behind the first points / 2 + 1 floats of one channel's buffer, or behind the whole of it. */
float *ns_frames_row(const ns_frames *frames, float *memory);

#endif
