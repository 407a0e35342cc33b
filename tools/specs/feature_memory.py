"""What a front-end keeps on the device, in floats and bytes; the formulas of the C headers."""

from math import prod
from typing import assert_never

from nanosmith.tools.specs.feature_shape import cropped, feature_shape, motion_columns, stage_shapes, wavelet_support
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

_STATE_BYTES = 8
"""`ns_front_end_state` before the memory and the ring."""

BESIDE_FLOATS = 2
"""Words for a position and for which rows are there."""

STATISTICS_FLOATS = 12
STATISTICS_INTEGER_FLOATS = 16
"""Of each channel's block at hand."""

MOTION_INTEGER_FLOATS = 2
"""Of each sample of a triple in integers."""

STANDARD_FLOATS = 3
STANDARD_INTEGER_FLOATS = 5
"""Of each column that is standardized."""


def state_bytes(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> int:
    """RAM of a front-end over windows of `sample_shape`: state, memory and ring, in whole words."""
    shape = feature_shape(front_end, sample_shape)
    kept = _STATE_BYTES + 4 * memory_floats(front_end, sample_shape)
    finish = finish_floats(front_end, prod(shape[1:]))
    if finish is None:
        return kept + -(-prod(shape) // 4) * 4
    return kept + 4 * (finish + shape[1] + prod(shape))  # rows are kept as floats, and one is finished at a time


def memory_floats(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> int:
    """Floats that the kind's step keeps between samples; raises ValueError as `feature_shape` does."""
    if isinstance(front_end, ImageFrontEnd):
        return _image_floats(front_end, sample_shape)
    columns = feature_shape(front_end, sample_shape)[1]
    channels = sample_shape[1]
    match front_end:
        case RawFrontEnd():
            return channels if front_end.decimate > 1 else 0
        case StatisticsFrontEnd():
            kept = STATISTICS_FLOATS if front_end.arithmetic == "float" else STATISTICS_INTEGER_FLOATS
            return channels * kept + columns
        case MotionFrontEnd():
            averaged = 1 + channels if front_end.decimate > 1 else 0
            return averaged + motion_floats(front_end, channels)
        case LogMelFrontEnd() | PcenFrontEnd() | SpectrumFrontEnd():
            return spectrum_floats(front_end, channels)
        case MfccFrontEnd():
            row = front_end.bands if front_end.arithmetic == "integer" else 0
            return 1 + spectrum_floats(front_end, channels) + front_end.coefficients + row
        case WaveletFrontEnd():
            return channels * (wavelet_support(front_end) + front_end.levels + 2)
        case ChainFrontEnd():
            kept = sum(memory_floats(stage, shape) for stage, shape in stage_shapes(front_end, sample_shape))
            return len(front_end.stages) - 1 + kept
        case BesideFrontEnd():
            return _beside_floats(front_end.parts, sample_shape)
        case _:
            assert_never(front_end)


def motion_floats(front_end: MotionFrontEnd, channels: int) -> int:
    """The low-pass' samples, all channels' or, in integers, those that are asked for as they are; and a row."""
    if front_end.arithmetic == "float":
        kept = channels
    else:
        kept = MOTION_INTEGER_FLOATS * len(front_end.triples) + (channels if "raw" in front_end.parts else 0)
    return (2 * front_end.lag + 1) * kept + motion_columns(front_end, channels)


def _beside_floats(parts: tuple[ChainFrontEnd, ...], sample_shape: tuple[int, ...]) -> int:
    """Words and row of the first part and all others, which are such a pair in turn, and what each keeps."""
    kept = memory_floats(parts[0], sample_shape)
    if len(parts) == 1:
        return kept
    columns = sum(feature_shape(part, sample_shape)[1] for part in parts)
    return BESIDE_FLOATS + columns + kept + _beside_floats(parts[1:], sample_shape)


def finish_floats(front_end: FrontEnd, columns: int) -> int | None:
    """Floats that are kept while a window's rows of `columns` are copied; None where nothing is done then."""
    if isinstance(front_end, PcenFrontEnd):
        return front_end.bands
    if is_leveled(front_end):
        return 1
    if isinstance(front_end, RawFrontEnd | WaveletFrontEnd) and front_end.standardize:
        return columns * (STANDARD_FLOATS if front_end.arithmetic == "float" else STANDARD_INTEGER_FLOATS)
    return None


def fft_points(frame: int) -> int:
    """A frame's length, raised to a power of two."""
    return 1 << (frame - 1).bit_length()


def spectrum_floats(front_end: MelFrontEnd | SpectrumFrontEnd, channels: int) -> int:
    """What is kept of the last frame, the frames at hand, the FFT's buffer, and a row (see ns_spectrum.h)."""
    points, bands = fft_points(front_end.frame), front_end.bands
    kept = channels * max(0, front_end.frame - front_end.hop)
    if channels == 1:
        return kept + max(points, points // 2 + 1 + bands)
    return kept + points + (channels - 1) * front_end.frame + channels * bands


def _image_floats(front_end: ImageFrontEnd, sample_shape: tuple[int, ...]) -> int:
    """One output row of sums; two where an input row can be shared by two; the second position behind a crop."""
    height, _, colors = cropped(front_end, sample_shape)
    row = front_end.width * (1 if front_end.gray else colors)
    return (row if height % front_end.height == 0 else 2 * row) + (front_end.crop is not None)
