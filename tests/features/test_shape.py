"""Shapes, and what a front-end that does not fit is told."""

import pytest

from nanosmith.tools.features import check_front_end, check_hop, feature_shape, samples_per_row
from nanosmith.tools.features.layout import layout_of, step_parameters
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

MEL = LogMelFrontEnd(frame=256, hop=128, bands=40, low_hz=20, high_hz=4000)
IMAGE = ImageFrontEnd(height=24, width=32)
MFCC = MfccFrontEnd(frame=256, hop=128, bands=32, low_hz=20, high_hz=4000, coefficients=12)
PCEN = PcenFrontEnd(frame=256, hop=128, bands=32, low_hz=20, high_hz=4000)
SPECTRUM = SpectrumFrontEnd(frame=64, hop=32, bands=20)
BLOCKS = StatisticsFrontEnd(frame=50, statistics=("mean", "std"))
WAVELET = WaveletFrontEnd(levels=4, hop=3)
MOTION = MotionFrontEnd(triples=((0, 1, 2),), lag=5, decimate=2)


def beside(*parts: Stage) -> BesideFrontEnd:
    return BesideFrontEnd(parts=tuple(ChainFrontEnd(stages=(part,)) for part in parts))


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
        (ImageFrontEnd(height=24, width=32, gray=False, crop=(1, 2, 30, 33)), (96, 96, 3), (24, 32, 3)),
        (MFCC, (8000, 1), (61, 12)),
        (PCEN, (8000, 1), (61, 32)),
        (SPECTRUM, (128, 3), (3, 60)),
        (BLOCKS, (128, 3), (2, 6)),
        (WAVELET, (128, 3), (28, 15)),
        (WaveletFrontEnd(levels=4, hop=3, measure="energy"), (128, 3), (27, 15)),
        (MOTION, (128, 4), (54, 9)),
        (MotionFrontEnd(triples=((0, 1, 2), (3, 4, 5)), parts=("body",), lag=1), (3, 6), (1, 6)),
        (ChainFrontEnd(stages=(SPECTRUM, StatisticsFrontEnd(frame=3, statistics=("mean",)))), (128, 2), (1, 40)),
        (beside(BLOCKS, RawFrontEnd(decimate=50)), (128, 3), (2, 9)),
        (beside(BLOCKS, SPECTRUM.model_copy(update={"frame": 64})), (70, 3), (1, 66)),
    ],
)
def test_shape(front_end: FrontEnd, sample_shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert feature_shape(front_end, sample_shape) == expected


def test_a_window_may_hold_any_number_of_samples_as_long_as_its_rows_are_few() -> None:
    assert feature_shape(LogMelFrontEnd(frame=1024, hop=800, bands=32, low_hz=60, high_hz=8000), (80_000, 1)) == (
        99,
        32,
    )


@pytest.mark.parametrize(
    ("front_end", "sample_shape", "reason"),
    [
        (ChainFrontEnd(stages=(MEL.model_copy(update={"range": 9.0}), BLOCKS)), (8000, 1), "takes no range"),
        (ChainFrontEnd(stages=(RawFrontEnd(standardize=True), BLOCKS)), (128, 3), "can't be standardized"),
        (RawFrontEnd(), (24, 32, 3), "pictures take the image front-end"),
        (RawFrontEnd(decimate=20), (19, 3), "leaves no row of a window of 19"),
        (RawFrontEnd(), (0, 3), "holds nothing"),
        (RawFrontEnd(), (70_000, 1), "65,535"),
        (StatisticsFrontEnd(frame=100), (100, 70_000), "65,535"),
        (MEL, (8000, 2), r"one channel, not \[8000, 2\]"),
        (MEL, (255, 1), "256 samples is longer than the window of 255"),
        (IMAGE, (128, 9), "pictures"),
        (IMAGE, (23, 64, 3), "at most 23 x 64"),
        (IMAGE, (64, 31, 3), "at most 64 x 31"),
        (IMAGE, (64, 64, 4), "these pictures have 4"),
        (ImageFrontEnd(height=24, width=32, crop=(10, 0, 60, 64)), (64, 64, 3), "not within 64 x 64"),
        (ImageFrontEnd(height=24, width=32, crop=(10, 0, 20, 64)), (64, 64, 3), "at most 20 x 64"),
        (MFCC, (8000, 2), "the spectrum front-end"),
        (BLOCKS, (40, 2), "leaves no row of a window of 40"),
        (WAVELET, (45, 2), "4 levels need 45 samples before the first row"),
        (MOTION, (20, 3), "takes 10 rows and a window of 20 samples has 10"),
        (MotionFrontEnd(triples=((0, 1, 3),)), (128, 3), "channels from 0 to 2 only"),
        (SPECTRUM, (64, 64, 3), "pictures take the image front-end"),
        (StatisticsFrontEnd(frame=2), (2, 60_000), "65,535"),
    ],
)
def test_windows_that_do_not_fit(front_end: FrontEnd, sample_shape: tuple[int, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        feature_shape(front_end, sample_shape)


@pytest.mark.parametrize(
    ("front_end", "step"),
    [
        (RawFrontEnd(decimate=4), 4),
        (MEL, 128),
        (IMAGE, 1),
        (SPECTRUM, 32),
        (BLOCKS, 50),
        (WAVELET, 3),
        (MOTION, 2),
        (ChainFrontEnd(stages=(MOTION, StatisticsFrontEnd(frame=6), RawFrontEnd(decimate=2))), 24),
        (beside(BLOCKS, RawFrontEnd(decimate=50)), 50),
    ],
)
def test_rows_and_hops(front_end: FrontEnd, step: int) -> None:
    assert samples_per_row(front_end) == step
    check_hop(front_end, length=1280, hop=5 * step)
    check_hop(front_end, length=1280, hop=1281)  # windows that share nothing start afresh


def test_rows_side_by_side_keep_pace() -> None:
    uneven = beside(BLOCKS, RawFrontEnd(decimate=25))
    with pytest.raises(ValueError, match="have 2, 5 rows in a window of 128 samples, every 50, 25 samples"):
        feature_shape(uneven, (128, 3))
    once = beside(BLOCKS, RawFrontEnd(decimate=40))
    check_hop(once, length=70, hop=70)
    with pytest.raises(ValueError, match="every 40 and 50 samples"):
        check_hop(once, length=70, hop=35)


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
        (MFCC.model_copy(update={"bands": 10}), 8000.0, "12 coefficients of 10 bands"),
        (SpectrumFrontEnd(frame=64, hop=64, bands=70), None, "fewer bands or a longer frame"),
        (SpectrumFrontEnd(frame=64, hop=64, bands=8, scale="log"), None, "lower end above 0"),
        (SpectrumFrontEnd(frame=64, hop=64, bands=8, low=0.4, high=0.3), None, "above the lower one"),
        (StatisticsFrontEnd(frame=8, statistics=("std", "std")), None, "each once"),
    ],
)
def test_bands_that_do_not_fit(front_end: FrontEnd, rate_hz: float | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_front_end(front_end, (8000, 1), rate_hz=rate_hz, hop=8000)


def test_check_front_end_gives_the_shape_of_what_fits_and_refuses_hops() -> None:
    assert check_front_end(MEL, (8000, 1), rate_hz=8000.0, hop=1280) == (61, 40)
    with pytest.raises(ValueError, match="128 must divide 1000"):
        check_front_end(MEL, (8000, 1), rate_hz=8000.0, hop=1000)


@pytest.mark.parametrize(
    ("front_end", "sample_shape"),
    [
        (RawFrontEnd(decimate=2), (128, 3)), (MEL, (8000, 1)), (MFCC, (8000, 1)), (PCEN, (8000, 1)),
        (MEL.model_copy(update={"range": 12.0}), (8000, 1)),
        (SPECTRUM, (128, 1)), (SPECTRUM, (128, 3)), (BLOCKS, (128, 3)), (WAVELET, (128, 3)), (MOTION, (128, 4)),
        (ChainFrontEnd(stages=(MEL, BLOCKS)), (8000, 1)),
        (ChainFrontEnd(stages=(MOTION, WAVELET, BLOCKS.model_copy(update={"frame": 2}))), (128, 3)),
        (beside(BLOCKS, RawFrontEnd(decimate=50), BLOCKS), (128, 3)),
        (IMAGE, (96, 97, 3)), (ImageFrontEnd(height=24, width=32, crop=(3, 3, 50, 50)), (96, 96, 3)),
    ],
)  # fmt: skip
def test_memory_is_what_the_steps_ask_for(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> None:
    """The formulas that know only the specs, against the sum of what each step of the C is given."""
    parameters, layout = step_parameters(front_end, sample_shape, 8000.0), layout_of(front_end, sample_shape)
    assert layout.memory_floats == parameters.memory_floats
    assert layout.finish_floats == (None if parameters.finish is None else parameters.finish.memory_floats)


def test_more_memory_than_can_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="it would keep"):
        check_front_end(SpectrumFrontEnd(frame=2048, hop=64, bands=8), (4096, 32), rate_hz=None, hop=4096)
