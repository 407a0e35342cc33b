"""The emitted C on long streams, built with sanitizers: windows that overlap are the windows cut on the host."""

from typing import get_args

import numpy as np
import pytest

from nanosmith.tools.features import check_hop
from nanosmith.tools.features.library import FrontEndLibrary
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
    Statistic,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)


def _beside(*parts: Stage) -> BesideFrontEnd:
    return BesideFrontEnd(parts=tuple(ChainFrontEnd(stages=(part,)) for part in parts))


CASES = [
    (RawFrontEnd(), 32, 8, 5),
    (RawFrontEnd(), 32, 32, 1),
    (RawFrontEnd(decimate=3), 32, 9, 4),
    (RawFrontEnd(decimate=4), 32, 60, 2),
    (RawFrontEnd(decimate=4, standardize=True), 32, 8, 3),
    (RawFrontEnd(decimate=4, standardize=True, arithmetic="integer"), 32, 8, 3),
    (LogMelFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000), 300, 120, 1),
    (LogMelFrontEnd(frame=64, hop=64, bands=6, low_hz=0, high_hz=1000), 256, 64, 1),
    (LogMelFrontEnd(frame=40, hop=90, bands=5, low_hz=0, high_hz=900), 400, 90, 1),
    (LogMelFrontEnd(frame=32, hop=7, bands=18, low_hz=0, high_hz=1000), 60, 7, 1),
    (MfccFrontEnd(frame=64, hop=30, bands=8, coefficients=5, low_hz=0, high_hz=1000), 300, 60, 1),
    (LogMelFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000, range=4.5), 300, 120, 1),
    (PcenFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000), 300, 120, 1),
    (SpectrumFrontEnd(frame=40, hop=20, bands=6), 120, 40, 3),
    (SpectrumFrontEnd(frame=32, hop=50, bands=4, compression="root"), 150, 50, 2),
    (LogMelFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000, arithmetic="integer"), 300, 120, 1),
    (LogMelFrontEnd(frame=32, hop=7, bands=18, low_hz=0, high_hz=1000, arithmetic="integer"), 60, 7, 1),
    (MfccFrontEnd(frame=64, hop=30, bands=8, coefficients=5, low_hz=0, high_hz=1000, arithmetic="integer"), 300, 60, 1),
    (PcenFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000, arithmetic="integer"), 300, 120, 1),
    (SpectrumFrontEnd(frame=40, hop=20, bands=6, arithmetic="integer"), 120, 40, 3),
    (SpectrumFrontEnd(frame=32, hop=50, bands=4, compression="root", arithmetic="integer"), 150, 50, 2),
    (StatisticsFrontEnd(frame=8), 40, 16, 3),
    (StatisticsFrontEnd(frame=8, statistics=get_args(Statistic), arithmetic="integer"), 40, 16, 3),
    (MotionFrontEnd(triples=((2, 1, 0),), lag=4, decimate=2), 40, 8, 3),
    (MotionFrontEnd(triples=((2, 1, 0),), lag=4, decimate=2, arithmetic="integer"), 40, 8, 3),
    (WaveletFrontEnd(levels=3, hop=4), 60, 8, 2),
    (WaveletFrontEnd(levels=2, hop=10, measure="energy"), 60, 20, 2),
    (ChainFrontEnd(stages=(WaveletFrontEnd(levels=2, hop=2), StatisticsFrontEnd(frame=5))), 60, 10, 2),
    (_beside(SpectrumFrontEnd(frame=32, hop=10, bands=4), StatisticsFrontEnd(frame=35)), 38, 38, 2),
    (_beside(StatisticsFrontEnd(frame=10), RawFrontEnd(decimate=10)), 60, 20, 2),
]


@pytest.mark.parametrize(("front_end", "length", "hop", "channels"), CASES)
def test_overlapping_windows(
    library: FrontEndLibrary, streams, fit, front_end: FrontEnd, length: int, hop: int, channels: int
) -> None:
    check_hop(front_end, length=length, hop=hop)
    stream = np.random.default_rng(1).normal(size=(length + 12 * hop + 5, channels)).astype(np.float32)
    windows = np.stack([stream[start : start + length] for start in range(0, len(stream) - length + 1, hop)])
    fitted = fit(front_end, windows, 2000.0)
    expected = library.quantized(fitted, windows).reshape(len(windows), -1)
    pieces = [stream] if hop < length else list(windows)  # windows that share nothing start anew, as in the firmware
    np.testing.assert_array_equal(streams.run(fitted, pieces, hop=hop), expected)


@pytest.mark.parametrize(("height", "width", "gray"), [(8, 9, True), (19, 14, False), (11, 7, True), (13, 14, False)])
def test_pictures_follow_one_another(
    library: FrontEndLibrary, streams, fit, height: int, width: int, gray: bool
) -> None:
    pictures = np.random.default_rng(2).integers(0, 256, (6, 19, 14, 3)).astype(np.uint8)
    fitted = fit(ImageFrontEnd(height=height, width=width, gray=gray), pictures, None)
    found = streams.run(fitted, [pictures.reshape(-1, 14 * 3)], hop=19)
    np.testing.assert_array_equal(found, library.quantized(fitted, pictures).reshape(6, -1))


def test_parts_of_pictures_follow_one_another(library: FrontEndLibrary, streams, fit) -> None:
    pictures = np.random.default_rng(5).integers(0, 256, (6, 19, 14, 3)).astype(np.uint8)
    fitted = fit(ImageFrontEnd(height=5, width=4, gray=False, crop=(4, 3, 11, 8)), pictures, None)
    found = streams.run(fitted, [pictures.reshape(-1, 14 * 3)], hop=19)
    np.testing.assert_array_equal(found, library.quantized(fitted, pictures).reshape(6, -1))


def test_half_a_picture_is_not_ready(library: FrontEndLibrary, streams, fit) -> None:
    pictures = np.random.default_rng(3).integers(0, 256, (4, 16, 12, 1)).astype(np.uint8)
    fitted = fit(ImageFrontEnd(height=8, width=6), pictures, None)
    with pytest.raises(ValueError, match="non-hexadecimal"):  # the harness writes not-ready
        streams.run(fitted, [pictures.reshape(-1, 12)], hop=8)


def test_a_stream_leaves_nothing_for_the_next(library: FrontEndLibrary, streams, fit) -> None:
    windows = np.random.default_rng(4).normal(size=(2, 300, 1)).astype(np.float32)
    fitted = fit(LogMelFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000), windows, 2000.0)
    expected = library.quantized(fitted, windows).reshape(2, -1)
    found = streams.run(fitted, [windows[0], windows[0][:130], windows[1]], hop=40)
    np.testing.assert_array_equal(found, expected)
