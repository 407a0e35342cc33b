"""What shape a front-end's features have, and which windows it fits."""

from collections.abc import Iterator
from math import lcm, prod
from typing import assert_never

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
    is_standardized,
)

_LARGEST = 65_535
"""Rows, columns and sides of pictures are uint16_t in C; samples of a series are not counted there."""


def feature_shape(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one window's features: [rows, columns] of a series, [height, width, colors] of a picture.

    Args:
        front_end: Any kind.
        sample_shape: One raw window: [samples, channels], or [height, width, colors] of a picture.

    Raises:
        ValueError: The front-end does not fit such windows; says why and what would.

    """
    if any(length < 1 for length in sample_shape):
        raise ValueError(f"a window of shape {list(sample_shape)} holds nothing")
    if isinstance(front_end, ImageFrontEnd):
        shape = _image_shape(front_end, sample_shape)
    elif len(sample_shape) != 2:
        raise ValueError(f"{front_end.kind} takes [samples, channels]; pictures take the image front-end")
    elif isinstance(front_end, BesideFrontEnd):
        shape = _beside_shape(front_end, sample_shape)
    else:
        shape = _series_shape(front_end, sample_shape)
    counted = (*shape, *sample_shape[1:]) if len(sample_shape) == 2 else (*shape, *sample_shape)
    if max(counted) > _LARGEST:
        raise ValueError(
            f"windows {list(sample_shape)} give features {list(shape)}; no side may be longer than {_LARGEST:,}"
        )
    return shape


def stage_shapes(front_end: ChainFrontEnd, sample_shape: tuple[int, ...]) -> Iterator[tuple[FrontEnd, tuple[int, ...]]]:
    """Each stage of a chain with the shape of what it takes."""
    for stage in front_end.stages:
        yield stage, sample_shape
        sample_shape = feature_shape(stage, sample_shape)


def samples_per_row(front_end: FrontEnd) -> int:
    """Samples from the start of one feature row of a stream to the start of the next; 1 for pictures."""
    match front_end:
        case RawFrontEnd() | MotionFrontEnd():
            return front_end.decimate
        case StatisticsFrontEnd():
            return front_end.frame
        case LogMelFrontEnd() | MfccFrontEnd() | PcenFrontEnd() | SpectrumFrontEnd() | WaveletFrontEnd():
            return front_end.hop
        case ChainFrontEnd():
            return prod(samples_per_row(stage) for stage in front_end.stages)
        case BesideFrontEnd():
            return lcm(*(samples_per_row(part) for part in front_end.parts))
        case ImageFrontEnd():
            return 1
        case _:
            assert_never(front_end)


def check_hop(front_end: FrontEnd, *, length: int, hop: int) -> None:
    """Check that a stream's feature rows fall where a window's own rows do; else the device would compute others.

    Args:
        front_end: Any kind.
        length: Samples in one window.
        hop: Samples from the start of one window to the start of the next; from `length` on every window starts afresh.

    Raises:
        ValueError: They do not; says which hops fit.

    """
    step = samples_per_row(front_end)
    if isinstance(front_end, BesideFrontEnd) and hop < length:
        paces = {samples_per_row(part) for part in front_end.parts}
        if len(paces) > 1:
            raise ValueError(
                f"windows overlap, and rows side by side come every {' and '.join(map(str, sorted(paces)))} samples; "
                "give all parts one pace"
            )
    if hop < length and hop % step:
        raise ValueError(
            f"windows {hop} samples apart don't fall on feature rows {step} samples apart: {step} must divide {hop}"
        )


def _series_shape(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    channels = sample_shape[1]
    match front_end:
        case RawFrontEnd():
            return _blocks(sample_shape, front_end.decimate, f"decimate {front_end.decimate}"), channels
        case StatisticsFrontEnd():
            rows = _blocks(sample_shape, front_end.frame, f"a frame of {front_end.frame} samples")
            return rows, channels * len(front_end.statistics)
        case SpectrumFrontEnd():
            return _frames(front_end, sample_shape), channels * front_end.bands
        case LogMelFrontEnd() | PcenFrontEnd() | MfccFrontEnd():
            if channels != 1:
                raise ValueError(
                    f"{front_end.kind} takes [samples, 1], a signal of one channel, not {list(sample_shape)}; "
                    "more channels take the spectrum front-end"
                )
            columns = front_end.coefficients if isinstance(front_end, MfccFrontEnd) else front_end.bands
            return _frames(front_end, sample_shape), columns
        case WaveletFrontEnd():
            return _wavelet_rows(front_end, sample_shape), channels * (front_end.levels + 1)
        case MotionFrontEnd():
            return _motion_shape(front_end, sample_shape)
        case ChainFrontEnd():
            return _chain_shape(front_end, sample_shape)
        case _:
            raise TypeError(f"{front_end.kind} takes no series")


def _chain_shape(front_end: ChainFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    for stage in front_end.stages:
        if is_standardized(stage):
            raise ValueError(f"a {stage.kind} stage of a chain can't be standardized: its window ends behind the chain")
        if is_leveled(stage):
            raise ValueError("a log_mel stage of a chain takes no range: its window ends behind the chain")
        sample_shape = feature_shape(stage, sample_shape)
    return sample_shape


def _blocks(sample_shape: tuple[int, ...], block: int, what: str) -> int:
    if sample_shape[0] < block:
        raise ValueError(f"{what} leaves no row of a window of {sample_shape[0]} samples")
    return sample_shape[0] // block


def _frames(front_end: MelFrontEnd | SpectrumFrontEnd, sample_shape: tuple[int, ...]) -> int:
    if front_end.frame > sample_shape[0]:
        raise ValueError(f"a frame of {front_end.frame} samples is longer than the window of {sample_shape[0]}")
    return 1 + (sample_shape[0] - front_end.frame) // front_end.hop


def _wavelet_rows(front_end: WaveletFrontEnd, sample_shape: tuple[int, ...]) -> int:
    left = sample_shape[0] - wavelet_support(front_end)
    rows = (left - 1) // front_end.hop + 1 if front_end.measure == "value" else left // front_end.hop
    if rows < 1:
        raise ValueError(
            f"{front_end.levels} levels need {wavelet_support(front_end)} samples before the first row: a window of "
            f"{sample_shape[0]} samples holds no row; take fewer levels or a shorter hop"
        )
    return rows


def _beside_shape(front_end: BesideFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    """With equal rows and pace no part is a whole row ahead; with one row a window it can't be."""
    shapes = [feature_shape(part, sample_shape) for part in front_end.parts]
    rows, paces = [shape[0] for shape in shapes], [samples_per_row(part) for part in front_end.parts]
    if len(set(rows)) > 1 or (rows[0] > 1 and len(set(paces)) > 1):
        raise ValueError(
            f"front-ends side by side have {', '.join(map(str, rows))} rows in a window of {sample_shape[0]} samples, "
            f"every {', '.join(map(str, paces))} samples; give all as many, at one pace"
        )
    return shapes[0][0], sum(shape[1] for shape in shapes)


def _motion_shape(front_end: MotionFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    samples, channels = sample_shape
    axes = [axis for triple in front_end.triples for axis in triple]
    if not all(0 <= axis < channels for axis in axes):
        raise ValueError(f"triples {front_end.triples} name channels from 0 to {channels - 1} only")
    rows = samples // front_end.decimate - 2 * front_end.lag
    if rows < 1:
        raise ValueError(
            f"a lag of {front_end.lag} takes {2 * front_end.lag} rows and a window of {samples} samples has "
            f"{samples // front_end.decimate}; take a shorter lag"
        )
    return rows, motion_columns(front_end, channels)


def _image_shape(front_end: ImageFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(sample_shape) != 3:
        raise ValueError(f"image takes pictures [height, width, colors], not windows of shape {list(sample_shape)}")
    height, width, colors = cropped(front_end, sample_shape)
    if front_end.height > height or front_end.width > width:
        raise ValueError(
            f"pictures of {height} x {width} can't be enlarged to {front_end.height} x {front_end.width}; "
            f"at most {height} x {width}"
        )
    if front_end.gray and colors not in {1, 3}:
        raise ValueError(
            f"gray is made of 3 colors (red, green, blue) or is there already; these pictures have {colors}"
        )
    return front_end.height, front_end.width, 1 if front_end.gray else colors


def cropped(front_end: ImageFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Height, width and colors of the part of a picture that is looked at.

    Raises:
        ValueError: It lies outside the picture.

    """
    height, width, colors = sample_shape
    if front_end.crop is None:
        return height, width, colors
    top, left, tall, wide = front_end.crop
    if min(top, left) < 0 or min(tall, wide) < 1 or top + tall > height or left + wide > width:
        raise ValueError(
            f"a crop of {tall} x {wide} pixels from row {top} and column {left} on is not within {height} x {width}"
        )
    return tall, wide, colors


def motion_columns(front_end: MotionFrontEnd, channels: int) -> int:
    """Columns of a row: the channels, and what each triple adds."""
    added = {"gravity": 3, "body": 3, "magnitude": 2}
    each = sum(count for part, count in added.items() if part in front_end.parts)
    return (channels if "raw" in front_end.parts else 0) + each * len(front_end.triples)


def wavelet_support(front_end: WaveletFrontEnd) -> int:
    """Samples before the first one at which every level has its whole past."""
    return 3 * ((1 << front_end.levels) - 1)
