"""Parameters of the front-ends that work in time: statistics, motion, wavelet."""

from math import cos, fsum, lcm, pi
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.features.parameters import (
    FIXED,
    FLOAT_MATH,
    INTEGER_MATH,
    SUMS,
    Field,
    StepParameters,
    chain,
    scaled,
)
from nanosmith.tools.features.raw import raw_parameters
from nanosmith.tools.specs.feature_memory import (
    STANDARD_FLOATS,
    STANDARD_INTEGER_FLOATS,
    STATISTICS_FLOATS,
    STATISTICS_INTEGER_FLOATS,
    motion_floats,
)
from nanosmith.tools.specs.feature_shape import feature_shape, wavelet_support
from nanosmith.tools.specs.front_end import (
    MotionFrontEnd,
    RawFrontEnd,
    Statistic,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

_STATISTICS: tuple[str, ...] = get_args(Statistic)
"""In the order of `ns_statistic`."""

_SHAPE = {"skew", "kurtosis"}
"""Want third and fourth powers."""

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
    common = (
        Field("channels", channels),
        Field("frame", front_end.frame),
        Field("count", len(chosen), "statistics of a channel"),
        Field("statistics", np.array(chosen, np.uint16), ", ".join(front_end.statistics)),
    )
    if front_end.arithmetic == "integer":
        return StepParameters(
            kind="statistics_integer",
            fields=(
                *common,
                Field("has_shape", int(not _SHAPE.isdisjoint(front_end.statistics))),
                *scaled("share", 1.0 / front_end.frame, "1 / frame"),
                *scaled("step_share", 1.0 / (front_end.frame - 1), "1 / (frame - 1)"),
                *scaled("floor", front_end.floor, f"{front_end.floor:g}"),
            ),
            memory_floats=channels * (STATISTICS_INTEGER_FLOATS + len(chosen)),
            sources=("ns_statistics.h", *SUMS, *INTEGER_MATH),
        )
    return StepParameters(
        kind="statistics",
        fields=(
            *common,
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
    hann = _low_pass(front_end.lag)
    is_integer = front_end.arithmetic == "integer"
    motion = StepParameters(
        kind="motion_integer" if is_integer else "motion",
        fields=(
            Field("channels", channels),
            Field("triples", len(front_end.triples)),
            Field("taps", taps, "2 lag + 1"),
            Field("axes", np.array(front_end.triples, np.uint16).reshape(-1), "channels of x, y, z"),
            Field("window_q15", _in_shares(hann), "Hann, sums to 2^15") if is_integer
            else Field("window", np.array(hann, np.float32), "Hann, sums to 1"),
            *(Field(part, int(part in front_end.parts)) for part in ("raw", "gravity", "body", "magnitude")),
        ),
        memory_floats=motion_floats(front_end, channels),
        sources=(FIXED, *INTEGER_MATH) if is_integer else FLOAT_MATH,
    )  # fmt: skip
    if front_end.decimate == 1:
        return motion
    return chain(raw_parameters(RawFrontEnd(decimate=front_end.decimate), sample_shape), motion)


def standard_parameters(front_end: RawFrontEnd | WaveletFrontEnd, sample_shape: tuple[int, ...]) -> StepParameters:
    """What `ns_standard` takes for the rows of a window [samples, channels]."""
    rows, columns = feature_shape(front_end, sample_shape)
    if front_end.arithmetic == "integer":
        return StepParameters(
            kind="standard_integer",
            fields=(
                Field("columns", columns),
                Field("rows", rows),
                *scaled("share", 1.0 / rows, "1 / rows"),
                *scaled("floor", front_end.floor, f"{front_end.floor:g}"),
            ),
            memory_floats=STANDARD_INTEGER_FLOATS * columns,
            sources=(*SUMS, *INTEGER_MATH),
            surveys=True,
        )
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


def _low_pass(lag: int) -> list[float]:
    """A Hann window without its zeros, of unit sum."""
    hann = [0.5 - 0.5 * cos(2 * pi * i / (2 * lag + 2)) for i in range(1, 2 * lag + 2)]
    total = fsum(hann)
    return [value / total for value in hann]


def _in_shares(window: list[float]) -> NDArray[np.uint16]:
    """In 2^-15; the middle takes what rounding leaves, so that what stands still is passed as it is."""
    shares = [round(2**15 * value) for value in window]
    shares[len(shares) // 2] += 2**15 - sum(shares)
    return np.array(shares, np.uint16)


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
