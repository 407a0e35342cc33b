/* Where samples come from.
 *
 * `sensor_replay.c` is the driver that ships: it takes recorded samples from the serial line, on the emulator and on a
 * real board alike, so that the firmware can be checked before a sensor is wired. For a real sensor write your own
 * `sensor_read` and leave `sensor_replay.c` out (platformio.ini shows where); README.md has an example.
 *
 * Where NS_LONGEST_GAP_US (device.h) is not 0, the recordings were irregular in time. A driver then says when each
 * sample was taken and returns SENSOR_TIMED; the firmware puts the samples on the grid that the model was trained on:
 * straight lines between neighbors, samples that are not later than the one before dropped, the windows begun anew after
 * a hole longer than NS_LONGEST_GAP_US. Faster samples are not averaged. The clock may run over, so it can't tell a pause
 * of half an hour (2^31 us): after one, return SENSOR_RESTART once. SENSOR_SAMPLE remains for samples that a timer takes
 * evenly at the model's rate.
 */
#ifndef SENSOR_H
#define SENSOR_H

#include <stdint.h>

#include "device.h"

typedef enum {
    SENSOR_SAMPLE, /* one sample was written; it is on the uniform grid */
#if NS_LONGEST_GAP_US > 0u
    SENSOR_TIMED, /* one sample was written, and into the state's time_us when it was taken */
#endif
    SENSOR_PREPARED, /* as the next, and the samples that follow are relative to a reference already */
    SENSOR_RESTART /* the stream starts anew: forget the samples so far */
} sensor_event;

/* What a driver keeps between calls; zeroed at start. */
typedef struct {
    uint32_t left;     /* samples left in the block that is being read */
    uint32_t sums[2];  /* checksum of that block so far */
    uint8_t encoding;  /* of its samples */
    float scale;
#if NS_LONGEST_GAP_US > 0u
    uint32_t time_us; /* of a SENSOR_TIMED sample: microseconds of any clock that runs over at 2^32 */
#endif
} sensor_state;

void sensor_init(sensor_state *state);

/* Waits until the next sample is due and writes its NS_SAMPLE_FLOATS values (device.h), in the order and the units of
 * the recordings that the model was trained on; a sample of a picture is one row of pixels, 0 to 255. */
sensor_event sensor_read(sensor_state *state, float *sample);

#endif
