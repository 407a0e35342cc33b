"""How a front-end lies in memory: sizes, the parameters of its step, normalization and quantization in one."""

from dataclasses import dataclass, replace
from math import prod
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.features.image import image_parameters
from nanosmith.tools.features.parameters import StepParameters, beside, chain
from nanosmith.tools.features.raw import raw_parameters
from nanosmith.tools.features.series import (
    motion_parameters,
    standard_parameters,
    statistics_parameters,
    wavelet_parameters,
)
from nanosmith.tools.features.spectrum import mel_parameters, spectrum_parameters
from nanosmith.tools.specs.candidate import FittedFrontEnd
from nanosmith.tools.specs.feature_memory import finish_floats, memory_floats, state_bytes
from nanosmith.tools.specs.feature_shape import check_hop, cropped, feature_shape
from nanosmith.tools.specs.front_end import (
    BesideFrontEnd,
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MfccFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    Stage,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

_MOST_FLOATS = 65_535
"""Floats of memory are counted in uint16_t."""


@dataclass(frozen=True)
class Layout:
    """Sizes of one front-end over windows of one shape."""

    sample_floats: int
    """Floats in one sample: channels, or one row of pixels."""

    samples: int
    """Samples in one window."""

    rows: int
    columns: int
    statistics: int
    """Means and deviations: one a column of a series, one a color of a picture."""

    memory_floats: int
    finish_floats: int | None
    """What the finish of a window keeps; None where rows are quantized as they come."""

    whole_windows: bool

    state_bytes: int
    """Size of the state with memory and ring, in whole words."""


def layout_of(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> Layout:
    """Sizes for raw windows of `sample_shape`; raises ValueError as `feature_shape` does."""
    shape = feature_shape(front_end, sample_shape)
    return Layout(
        sample_floats=prod(sample_shape[1:]),
        samples=sample_shape[0],
        rows=shape[0],
        columns=prod(shape[1:]),
        statistics=shape[-1],
        memory_floats=memory_floats(front_end, sample_shape),
        finish_floats=finish_floats(front_end, prod(shape[1:])),
        whole_windows=isinstance(front_end, ImageFrontEnd),
        state_bytes=state_bytes(front_end, sample_shape),
    )


def step_parameters(front_end: FrontEnd, sample_shape: tuple[int, ...], rate_hz: float | None) -> StepParameters:
    """What the kind's C takes, tables included.

    Raises:
        ValueError: The front-end does not fit the windows or their rate.

    """
    feature_shape(front_end, sample_shape)
    parameters = _parameters(front_end, sample_shape, rate_hz)
    if isinstance(front_end, RawFrontEnd | WaveletFrontEnd) and front_end.standardize:
        parameters = replace(parameters, finish=standard_parameters(front_end, sample_shape))
    if parameters.memory_floats > _MOST_FLOATS:
        raise ValueError(f"it would keep {parameters.memory_floats:,} floats; at most {_MOST_FLOATS:,} can be")
    return parameters


def _parameters(front_end: FrontEnd, sample_shape: tuple[int, ...], rate_hz: float | None) -> StepParameters:
    match front_end:
        case RawFrontEnd():
            return raw_parameters(front_end, sample_shape)
        case LogMelFrontEnd() | MfccFrontEnd() | PcenFrontEnd():
            return mel_parameters(front_end, rate_hz)
        case SpectrumFrontEnd():
            return spectrum_parameters(front_end, sample_shape[1])
        case StatisticsFrontEnd():
            return statistics_parameters(front_end, sample_shape[1])
        case MotionFrontEnd():
            return motion_parameters(front_end, sample_shape)
        case WaveletFrontEnd():
            return wavelet_parameters(front_end, sample_shape[1])
        case ImageFrontEnd():
            return image_parameters(front_end, sample_shape, cropped(front_end, sample_shape))
        case ChainFrontEnd():
            return _chain_parameters(front_end.stages, sample_shape, rate_hz)
        case BesideFrontEnd():
            return _beside_parameters(front_end.parts, sample_shape, rate_hz)
        case _:
            assert_never(front_end)


def _chain_parameters(
    stages: tuple[Stage, ...], sample_shape: tuple[int, ...], rate_hz: float | None
) -> StepParameters:
    first = _parameters(stages[0], sample_shape, rate_hz)
    if len(stages) == 1:
        return first
    return chain(first, _chain_parameters(stages[1:], feature_shape(stages[0], sample_shape), None))


def _beside_parameters(
    parts: tuple[ChainFrontEnd, ...], sample_shape: tuple[int, ...], rate_hz: float | None
) -> StepParameters:
    first = _parameters(parts[0], sample_shape, rate_hz)
    if len(parts) == 1:
        return first
    columns = [feature_shape(part, sample_shape)[1] for part in parts]
    return beside(first, columns[0], _beside_parameters(parts[1:], sample_shape, rate_hz), sum(columns[1:]))


def check_front_end(
    front_end: FrontEnd, sample_shape: tuple[int, ...], *, rate_hz: float | None, hop: int
) -> tuple[int, ...]:
    """Check everything about a proposed front-end that can be known before there are features.

    Args:
        front_end: Any kind.
        sample_shape: One raw window: [samples, channels], or [height, width, colors] of a picture.
        rate_hz: Samples a second.
        hop: Samples from the start of one window to the start of the next.

    Returns:
        The feature shape.

    Raises:
        ValueError: It does not fit; says why and what would.

    """
    shape = feature_shape(front_end, sample_shape)
    check_hop(front_end, length=sample_shape[0], hop=hop)
    step_parameters(front_end, sample_shape, rate_hz)
    return shape


def front_end_ram_bytes(fitted: FittedFrontEnd) -> int:
    """RAM of the front-end on the device: state, the kind's memory and the ring of int8 rows."""
    return layout_of(fitted.front_end, fitted.sample_shape).state_bytes


def gain_and_offset(fitted: FittedFrontEnd) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Normalization and quantization as one product and one sum, float32 [statistics] each.

    `(f - mean) / std / scale + zero_point`, worked out in double precision and rounded once.

    Raises:
        ValueError: The statistics do not match the features, or are outside what single precision holds.

    """
    mean, std = np.asarray(fitted.mean, np.float64), np.asarray(fitted.std, np.float64)
    columns = fitted.feature_shape[-1]
    if mean.shape != (columns,) or std.shape != (columns,):
        raise ValueError(f"{mean.size} means and {std.size} deviations for {columns} columns of features")
    if not (std > 0).all():
        raise ValueError("a standard deviation must be above 0; a constant column takes 1")
    with np.errstate(over="ignore"):
        gain = (1.0 / (std * fitted.input_scale)).astype(np.float32)
        offset = (fitted.input_zero_point - mean / (std * fitted.input_scale)).astype(np.float32)
    # below the normal range some vector units flush to zero: the device would differ from the host
    if not (np.isfinite(gain).all() and np.isfinite(offset).all() and (gain >= np.finfo(np.float32).tiny).all()):
        raise ValueError("means, deviations and input scale are too far apart for single precision")
    return gain, offset


def quantize(fitted: FittedFrontEnd, features: NDArray[np.float32]) -> NDArray[np.int8]:
    """Model inputs of unnormalized features [n, *feature_shape]: what the C does to each row, in NumPy.

    The product and the sum are rounded to single precision each; then to the nearest integer, halves away from zero,
    clamped to -128 and 127. Not a number becomes -128, as in C.
    """
    gain, offset = gain_and_offset(fitted)
    with np.errstate(over="ignore", invalid="ignore"):
        values = features.astype(np.float32, copy=False) * gain + offset
    exact = np.nan_to_num(np.clip(values.astype(np.float64), -128.0, 127.0), nan=-128.0)
    return np.trunc(exact + np.copysign(0.5, exact)).astype(np.int8)
