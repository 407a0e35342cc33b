"""What a front-end computes, in floating-point operations or as much as one: estimated before anything is built.

Fitted to what the emulator counted (firmware_templates/features/README.md); within a factor of two (a test compares).
"""

from math import log2, prod
from typing import assert_never

from nanosmith.tools.specs.board import NO_FPU, Board
from nanosmith.tools.specs.feature_memory import fft_points
from nanosmith.tools.specs.feature_shape import feature_shape, stage_shapes
from nanosmith.tools.specs.front_end import (
    BesideFrontEnd,
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MelFrontEnd,
    MfccFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    StatisticsFrontEnd,
    WaveletFrontEnd,
    is_leveled,
)

_INSTRUCTIONS = 5.0
_SOFT_INSTRUCTIONS = 95.0
"""An operation's, with loads and stores; without an FPU."""

_INTEGER_SHARE, _SOFT_INTEGER_SHARE = 1.5, 0.17
"""What an operation costs in integers, of the same in floats; without an FPU."""

_QUANTIZED, _SOFT_QUANTIZED = 8, 1.5
"""Operations to normalize and quantize one feature; without an FPU, in integers."""

_PCEN = {"float": (40, 75), "integer": (80, 11)}
"""Operations of PCEN for one feature, each time that a window is copied; with an FPU and without."""

_STANDARDIZED = {"float": (14, 8), "integer": (35, 4)}
"""The same of a window's own mean and deviation, their quantization among it."""

_LEVELED = (18, 5)
"""The same of levels against the window's loudest one, their quantization among it."""


def front_end_instructions(
    front_end: FrontEnd, sample_shape: tuple[int, ...], board: Board, *, hop_share: float
) -> float:
    """Instructions of one answer: `hop_share` of a window is new, the rest was computed for earlier answers."""
    features = prod(feature_shape(front_end, sample_shape))
    is_soft = board.core in NO_FPU
    integer_share = _SOFT_INTEGER_SHARE if is_soft else _INTEGER_SHARE
    quantized = (_SOFT_QUANTIZED if is_soft else _QUANTIZED) * features
    operations = (_operations(front_end, sample_shape, integer_share) + quantized) * hop_share
    with_fpu, without = _finish_operations(front_end)
    operations += (without if is_soft else with_fpu) * features
    return operations * (_SOFT_INSTRUCTIONS if is_soft else _INSTRUCTIONS)


def _finish_operations(front_end: FrontEnd) -> tuple[int, int]:
    if isinstance(front_end, PcenFrontEnd):
        return _PCEN[front_end.arithmetic]
    if isinstance(front_end, RawFrontEnd | WaveletFrontEnd) and front_end.standardize:
        return _STANDARDIZED[front_end.arithmetic]
    return _LEVELED if is_leveled(front_end) else (0, 0)


def _operations(front_end: FrontEnd, sample_shape: tuple[int, ...], integer_share: float) -> float:
    """Of a whole window, before its features are quantized; one in integers counts as `integer_share`."""
    values, rows = prod(sample_shape), feature_shape(front_end, sample_shape)[0]
    match front_end:
        case RawFrontEnd():
            return float(values)
        case StatisticsFrontEnd() | MotionFrontEnd():
            return _series_operations(front_end, sample_shape, integer_share)
        case LogMelFrontEnd() | PcenFrontEnd() | SpectrumFrontEnd():
            return rows * sample_shape[1] * _frame_operations(front_end, integer_share)
        case MfccFrontEnd():
            cosine = 2.0 * front_end.bands * front_end.coefficients
            share = integer_share if front_end.arithmetic == "integer" else 1.0
            return rows * (_frame_operations(front_end, integer_share) + cosine * share)
        case WaveletFrontEnd():
            return 10.0 * values * front_end.levels
        case ImageFrontEnd():
            return 7.0 * values
        case ChainFrontEnd():
            return sum(
                _operations(stage, shape, integer_share) for stage, shape in stage_shapes(front_end, sample_shape)
            )
        case BesideFrontEnd():
            return sum(_operations(part, sample_shape, integer_share) for part in front_end.parts)
        case _:
            assert_never(front_end)


def _series_operations(
    front_end: StatisticsFrontEnd | MotionFrontEnd, sample_shape: tuple[int, ...], integer_share: float
) -> float:
    values, (rows, columns) = prod(sample_shape), feature_shape(front_end, sample_shape)
    is_integer = front_end.arithmetic == "integer"
    if isinstance(front_end, StatisticsFrontEnd):
        return (12.0 * values + 30.0 * rows * columns) * integer_share if is_integer else 20.0 * values
    taps = rows * (2 * front_end.lag + 1) * len(front_end.triples)
    return values + (6.0 * taps * integer_share if is_integer else 15.0 * taps)


def _frame_operations(front_end: MelFrontEnd | SpectrumFrontEnd, integer_share: float) -> float:
    points = fft_points(front_end.frame)
    is_integer = front_end.arithmetic == "integer"
    has_roots = isinstance(front_end, SpectrumFrontEnd) and front_end.compression == "root" and not is_integer
    operations = points * (2.5 * log2(points) + 3.0) + (100.0 if has_roots else 10.0) * front_end.bands
    return operations * (integer_share if is_integer else 1.0)
