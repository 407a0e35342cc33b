"""Shapes, and what a front-end that does not fit is told."""

import pytest

from nanosmith.tools.features import check_front_end, check_hop, feature_shape, samples_per_row
from nanosmith.tools.specs.candidate import FrontEnd, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd

MEL = LogMelFrontEnd(frame=256, hop=128, bands=40, low_hz=20, high_hz=4000)
IMAGE = ImageFrontEnd(height=24, width=32)


@pytest.mark.parametrize(
    ("front_end", "sample_shape", "expected"),
    [
        (RawFrontEnd(), (128, 9), (128, 9)),
        (RawFrontEnd(decimate=3), (128, 9), (42, 9)),
        (RawFrontEnd(decimate=64), (64, 1), (1, 1)),
        (MEL, (8000, 1), (61, 40)),
        (MEL, (256, 1), (1, 40)),
        (LogMelFrontEnd(frame=32, hop=400, bands=4, low_hz=0, high_hz=100), (1000, 1), (3, 4)),
        (IMAGE, (24, 32, 3), (24, 32, 1)),
        (ImageFrontEnd(height=24, width=32, gray=False), (96, 96, 3), (24, 32, 3)),
        (ImageFrontEnd(height=24, width=32, gray=True), (96, 96, 1), (24, 32, 1)),
    ],
)
def test_shape(front_end: FrontEnd, sample_shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert feature_shape(front_end, sample_shape) == expected


@pytest.mark.parametrize(
    ("front_end", "sample_shape", "reason"),
    [
        (RawFrontEnd(), (24, 32, 3), "pictures take the image front-end"),
        (RawFrontEnd(decimate=20), (19, 3), "leaves no row of a window of 19"),
        (RawFrontEnd(), (0, 3), "holds nothing"),
        (RawFrontEnd(), (70_000, 1), "65,535"),
        (MEL, (8000, 2), r"one channel, not \[8000, 2\]"),
        (MEL, (255, 1), "256 samples is longer than the window of 255"),
        (IMAGE, (128, 9), "pictures"),
        (IMAGE, (23, 64, 3), "at most 23 x 64"),
        (IMAGE, (64, 31, 3), "at most 64 x 31"),
        (IMAGE, (64, 64, 4), "these pictures have 4"),
    ],
)
def test_windows_that_do_not_fit(front_end: FrontEnd, sample_shape: tuple[int, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        feature_shape(front_end, sample_shape)


@pytest.mark.parametrize(("front_end", "step"), [(RawFrontEnd(decimate=4), 4), (MEL, 128), (IMAGE, 1)])
def test_rows_and_hops(front_end: FrontEnd, step: int) -> None:
    assert samples_per_row(front_end) == step
    check_hop(front_end, length=1280, hop=5 * step)
    check_hop(front_end, length=1280, hop=1281)  # windows that share nothing start afresh


def test_a_hop_between_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="128 must divide 200"):
        check_hop(MEL, length=8000, hop=200)


@pytest.mark.parametrize(
    ("front_end", "rate_hz", "reason"),
    [
        (MEL, None, "sampling rate"),
        (MEL, 6000.0, "at most half the rate, 3000 Hz"),
        (LogMelFrontEnd(frame=256, hop=128, bands=8, low_hz=900, high_hz=900), 8000.0, "above the lower one"),
        (LogMelFrontEnd(frame=64, hop=64, bands=80, low_hz=0, high_hz=4000), 8000.0, "fewer bands or a longer frame"),
    ],
)
def test_bands_that_do_not_fit(front_end: FrontEnd, rate_hz: float | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_front_end(front_end, (8000, 1), rate_hz=rate_hz, hop=8000)


def test_check_front_end_gives_the_shape_of_what_fits_and_refuses_hops() -> None:
    assert check_front_end(MEL, (8000, 1), rate_hz=8000.0, hop=1280) == (61, 40)
    with pytest.raises(ValueError, match="128 must divide 1000"):
        check_front_end(MEL, (8000, 1), rate_hz=8000.0, hop=1000)
