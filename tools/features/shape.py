"""What shape a front-end's features have, and which windows it fits."""

from nanosmith.tools.specs.candidate import FrontEnd, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd

_LARGEST = 65_535
"""Rows, columns and samples are uint16_t in C."""


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
    match front_end:
        case RawFrontEnd():
            shape = _raw_shape(front_end, sample_shape)
        case LogMelFrontEnd():
            shape = _log_mel_shape(front_end, sample_shape)
        case ImageFrontEnd():
            shape = _image_shape(front_end, sample_shape)
    if max(*shape, *sample_shape) > _LARGEST:
        raise ValueError(
            f"windows {list(sample_shape)} and features {list(shape)} must stay within {_LARGEST:,} a side"
        )
    return shape


def samples_per_row(front_end: FrontEnd) -> int:
    """Samples from the start of one feature row of a stream to the start of the next; 1 for pictures."""
    match front_end:
        case RawFrontEnd():
            return front_end.decimate
        case LogMelFrontEnd():
            return front_end.hop
        case ImageFrontEnd():
            return 1


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
    if hop < length and hop % step:
        raise ValueError(
            f"windows {hop} samples apart don't fall on feature rows {step} samples apart: {step} must divide {hop}"
        )


def _raw_shape(front_end: RawFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(sample_shape) != 2:
        raise ValueError("raw takes [samples, channels]; pictures take the image front-end")
    samples, channels = sample_shape
    if samples < front_end.decimate:
        raise ValueError(f"decimate {front_end.decimate} leaves no row of a window of {samples} samples")
    return samples // front_end.decimate, channels


def _log_mel_shape(front_end: LogMelFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(sample_shape) != 2 or sample_shape[1] != 1:
        raise ValueError(f"log_mel takes [samples, 1], a signal of one channel, not {list(sample_shape)}")
    if front_end.frame > sample_shape[0]:
        raise ValueError(f"a frame of {front_end.frame} samples is longer than the window of {sample_shape[0]}")
    return 1 + (sample_shape[0] - front_end.frame) // front_end.hop, front_end.bands


def _image_shape(front_end: ImageFrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(sample_shape) != 3:
        raise ValueError(f"image takes pictures [height, width, colors], not windows of shape {list(sample_shape)}")
    height, width, colors = sample_shape
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
