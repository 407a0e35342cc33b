/* Statistics of each channel over blocks of `frame` samples; a feature row is one block, channel after channel. */
#ifndef NS_STATISTICS_H
#define NS_STATISTICS_H

#include <stdint.h>

typedef enum {
    NS_MEAN,
    NS_STD,
    NS_RMS,
    NS_MIN,
    NS_MAX,
    NS_RANGE,      /* peak to peak */
    NS_CHANGE,     /* mean of |x[i] - x[i - 1]| */
    NS_CROSSINGS,  /* share of steps that cross zero */
    NS_TURNS,      /* share of steps after which rising turns into falling or back */
    NS_CREST,      /* farthest from the mean, in standard deviations */
    NS_SKEW,       /* third and fourth standardized moment, the latter 0 for a normal distribution; */
    NS_KURTOSIS,   /* both 0 where the channel hardly moves */
    NS_LOG_ENERGY, /* log2 of the mean square + floor */
    NS_LOG_STD,    /* log2 of the variance + floor */
} ns_statistic;

typedef struct {
    uint16_t channels;
    uint16_t frame; /* samples in a block, at least 2 */
    uint16_t count; /* statistics of a channel */
    const uint16_t *statistics; /* [count], each an ns_statistic */
    float share;                /* 1 / frame */
    float floor;
} ns_statistics;

#define NS_STATISTICS_FLOATS 12 /* kept of each channel */

/* A step of ns_front_end. Memory: float[channels][NS_STATISTICS_FLOATS], and a row of channels * count. */
const float *ns_statistics_step(const void *parameters, int32_t *position, float *memory, const float *sample);

#endif
