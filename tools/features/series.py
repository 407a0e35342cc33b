"""Parameters of the front-ends that work in time: statistics, motion, wavelet."""

from math import cos, fsum, lcm, pi
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.features.parameters import FLOAT_MATH, Field, StepParameters, chain
from nanosmith.tools.features.raw import raw_parameters
from nanosmith.tools.specs.feature_memory import STANDARD_FLOATS, STATISTICS_FLOATS
from nanosmith.tools.specs.feature_shape import feature_shape, motion_columns, wavelet_support
from nanosmith.tools.specs.front_end import (
    MotionFrontEnd,
    RawFrontEnd,
    Statistic,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

_STATISTICS: tuple[str, ...] = get_args(Statistic)
"""In the order of `ns_statistic`."""

_MEASURES = ("value", "energy")
"""In the order of `ns_wavelet_measure`."""


def statistics_parameters(front_end: StatisticsFrontEnd, channels: int) -> StepParameters:
    """What `ns_statistics` takes.

    Raises:
        ValueError: A statistic is named twice.

    """
    if len(set(front_end.statistics)) < len(front_end.statistics):
        raise ValueError(f"statistics {', '.join(front_end.statistics)}: each once")
    chosen = [_STATISTICS.index(name) for name in front_end.statistics]
    return StepParameters(
        kind="statistics",
        fields=(
            Field("channels", channels),
            Field("frame", front_end.frame),
            Field("count", len(chosen), "statistics of a channel"),
            Field("statistics", np.array(chosen, np.uint16), ", ".join(front_end.statistics)),
            Field("share", np.float32(1.0 / front_end.frame), "1 / frame"),
            Field("floor", np.float32(front_end.floor)),
        ),
        memory_floats=channels * (STATISTICS_FLOATS + len(chosen)),
        sources=FLOAT_MATH,
    )


def motion_parameters(front_end: MotionFrontEnd, sample_shape: tuple[int, ...]) -> StepParameters:
    """What `ns_motion` takes, behind `ns_raw` where samples are averaged first."""
    channels = sample_shape[1]
    taps = 2 * front_end.lag + 1
    motion = StepParameters(
        kind="motion",
        fields=(
            Field("channels", channels),
            Field("triples", len(front_end.triples)),
            Field("taps", taps, "2 lag + 1"),
            Field("axes", np.array(front_end.triples, np.uint16).reshape(-1), "channels of x, y, z"),
            Field("window", _low_pass(front_end.lag), "Hann, sums to 1"),
            *(Field(part, int(part in front_end.parts)) for part in ("raw", "gravity", "body", "magnitude")),
        ),
        memory_floats=taps * channels + motion_columns(front_end, channels),
        sources=FLOAT_MATH,
    )
    if front_end.decimate == 1:
        return motion
    return chain(raw_parameters(RawFrontEnd(decimate=front_end.decimate), sample_shape), motion)


def standard_parameters(front_end: RawFrontEnd | WaveletFrontEnd, sample_shape: tuple[int, ...]) -> StepParameters:
    """What `ns_standard` takes for the rows of a window [samples, channels]."""
    rows, columns = feature_shape(front_end, sample_shape)
    return StepParameters(
        kind="standard",
        fields=(
            Field("columns", columns),
            Field("share", np.float32(1.0 / rows), "1 / rows"),
            Field("floor", np.float32(front_end.floor)),
        ),
        memory_floats=STANDARD_FLOATS * columns,
        sources=FLOAT_MATH,
        surveys=True,
    )


def _low_pass(lag: int) -> NDArray[np.float32]:
    """A Hann window without its zeros, of unit sum."""
    hann = [0.5 - 0.5 * cos(2 * pi * i / (2 * lag + 2)) for i in range(1, 2 * lag + 2)]
    total = fsum(hann)
    return np.array([value / total for value in hann], np.float32)


def wavelet_parameters(front_end: WaveletFrontEnd, channels: int) -> StepParameters:
    """What `ns_wavelet` takes."""
    support = wavelet_support(front_end)
    return StepParameters(
        kind="wavelet",
        fields=(
            Field("channels", channels),
            Field("levels", front_end.levels),
            Field("hop", front_end.hop),
            Field("support", support, "samples before the first whole response"),
            Field("cycle", lcm(front_end.hop, 3 * 2 ** (front_end.levels - 1))),
            Field("share", np.float32(1.0 / front_end.hop), "1 / hop"),
            Field("floor", np.float32(front_end.floor)),
            Field("measure", _MEASURES.index(front_end.measure), front_end.measure),
        ),
        memory_floats=channels * (support + front_end.levels + 2),
        sources=FLOAT_MATH,
    )
