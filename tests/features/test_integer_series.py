"""Statistics, motion and standardized windows in integers: any scale, close to floats, extremes with sanitizers."""

from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.specs.front_end import MotionFrontEnd, RawFrontEnd, Statistic, StatisticsFrontEnd

ALL = get_args(Statistic)
LINEAR = ("mean", "min", "max", "range", "change")
BARE = ("crossings", "turns", "crest", "skew", "kurtosis")
LARGEST = np.finfo(np.float32).max


def signals(*shape: int, offset: float = 0.0) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(offset, 2, size=shape).astype(np.float32)


def statistics(names: tuple[Statistic, ...], frame: int = 40) -> StatisticsFrontEnd:
    return StatisticsFrontEnd(frame=frame, statistics=names, floor=2.0**-100, arithmetic="integer")


@pytest.mark.parametrize("frame", [16, 64, 1000])
@pytest.mark.parametrize("offset", [0.0, 9.81])
def test_statistics_are_close_to_floats(library: FrontEndLibrary, frame: int, offset: float) -> None:
    """Of each statistic's deviation a hundredth, which is a third of a step of int8; where an outlier comes first, a
    twentieth of that of skew and kurtosis."""
    windows = signals(40, 2 * frame, 3, offset=offset)
    for name in ALL:
        integers = statistics((name,), frame)
        floats = integers.model_copy(update={"arithmetic": "float"})
        expected = library.features(floats, windows, None)
        difference = library.features(integers, windows, None) - expected
        assert difference.std() <= 0.005 * expected.std(), name
        assert np.abs(difference).max() <= (0.05 if name in {"skew", "kurtosis"} else 0.01) * expected.std(), name


@pytest.mark.parametrize("power", [-40, -7, 40])
def test_statistics_of_any_scale(library: FrontEndLibrary, power: int) -> None:
    windows = signals(6, 80, 2, offset=1.0)
    scale = np.float32(2.0**power)
    for names, factor in ((LINEAR, scale), (("std", "rms"), scale), (BARE, np.float32(1))):
        expected = library.features(statistics(names), windows, None) * factor
        found = library.features(statistics(names), windows * scale, None)
        if names is LINEAR:
            np.testing.assert_array_equal(found, expected)
        elif power > -28:  # below, a variance counts as none
            np.testing.assert_allclose(found, expected, rtol=1e-4)
    logarithms = library.features(statistics(("log_std", "log_energy")), windows, None)
    found = library.features(statistics(("log_std", "log_energy")), windows * scale, None)
    np.testing.assert_allclose(found, logarithms + 2 * power, atol=1e-3)


@pytest.mark.parametrize("first", [-400.0, 1e-9, 400.0])
@pytest.mark.parametrize("frame", [2, 5, 300])
def test_units_widen_as_values_grow(library: FrontEndLibrary, first: float, frame: int) -> None:
    """An outlier, or next to nothing, comes first; the largest come last."""
    blocks = signals(30, frame, 1) * np.linspace(0.01, 1, frame, dtype=np.float32)[:, None]
    blocks[:, 0] = first
    found = library.features(statistics(("mean", "std", "change", "range"), frame), blocks, None)[:, 0]
    exact = blocks[..., 0].astype(np.float64)
    changes = np.abs(np.diff(exact, axis=1)).mean(1)
    expected = np.stack([exact.mean(1), exact.std(1), changes, np.ptp(exact, axis=1)], -1)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2.0**-15 * np.abs(exact).max())


def extremes(length: int, channels: int) -> NDArray[np.float32]:
    """Silence, constants, squares of the largest floats, all powers of two up and down, denormals, no numbers."""
    time = np.arange(length)
    windows = np.zeros((14, length, channels), np.float32)
    for row, period in enumerate((1, 2, 4, 32), start=1):
        square = np.where(time // max(1, period // 2) % 2 == 0, 1, -1 if period > 1 else 1)
        windows[row] = LARGEST * square[:, None]
        windows[row + 4] = np.float32(0.99997) * square[:, None]
    windows[9] = np.ldexp(np.where(time % 3 == 0, -1.0, 1.3), np.clip(time * 254 // length - 126, -126, 127))[:, None]
    windows[10] = windows[9, ::-1]
    windows[11] = 1e-40 * (time % 2)[:, None]
    windows[12] = 9.81
    windows[13, ::5], windows[13, 1::5], windows[13, 2::5] = np.nan, np.inf, -np.inf
    return windows


@pytest.mark.parametrize("frame", [2, 255, 32_768])
def test_extreme_statistics_with_sanitizers(library: FrontEndLibrary, streams, fit, frame: int) -> None:
    front_end = statistics(ALL, frame)
    windows = extremes(frame, 1 if frame > 1_000 else 2)
    features = library.features(front_end, windows, None)
    assert np.isfinite(features).all()
    assert (features.reshape(14, -1, len(ALL))[[0, 12]][..., [1, 5, 6, 7, 8, 9, 10, 11]] == 0).all(), "nothing moves"
    fitted = fit(front_end, signals(4, *windows.shape[1:]), None)
    found = streams.run(fitted, list(windows), hop=frame)
    np.testing.assert_array_equal(found, library.quantized(fitted, windows).reshape(14, -1))


@pytest.mark.parametrize("lag", [1, 20, 64])
def test_extreme_motion_with_sanitizers(library: FrontEndLibrary, streams, fit, lag: int) -> None:
    parts = ("raw", "gravity", "body", "magnitude")
    front_end = MotionFrontEnd(triples=((2, 0, 1),), parts=parts, lag=lag, arithmetic="integer")
    windows = extremes(2 * lag + 60, 3)
    features = library.features(front_end, windows, None)
    np.testing.assert_array_equal(features[:, :, :3], windows[:, lag : lag + 60])
    assert np.isfinite(features[..., 3:]).all()
    assert (features[[1, 12], :, 6:9] == 0).all(), "a constant has no body"
    np.testing.assert_allclose(features[12, :, 3:6], 9.81, rtol=2.0**-15)
    fitted = fit(front_end, signals(4, *windows.shape[1:]), None)
    found = streams.run(fitted, list(windows), hop=windows.shape[1])
    np.testing.assert_array_equal(found, library.quantized(fitted, windows).reshape(14, -1))


@pytest.mark.parametrize("rows", [1, 2, 300, 65_535])
def test_extreme_windows_in_their_deviations_with_sanitizers(library: FrontEndLibrary, streams, fit, rows: int) -> None:
    front_end = RawFrontEnd(standardize=True, floor=2.0**-100, arithmetic="integer")
    windows = extremes(rows, 1 if rows > 1_000 else 3)
    features = library.features(front_end, windows, None)
    assert np.isfinite(features).all()
    assert (features[[0, 1, 12]] == 0).all(), "nothing moves"
    fitted = fit(front_end, signals(4, *windows.shape[1:]), None)
    found = streams.run(fitted, list(windows[:4] if rows > 1_000 else windows), hop=rows)
    np.testing.assert_array_equal(found, library.quantized(fitted, windows).reshape(14, -1)[: len(found)])


@pytest.mark.parametrize("first", [-400.0, 1e-9, 400.0])
def test_windows_in_their_deviations_whatever_comes_first(library: FrontEndLibrary, first: float) -> None:
    windows = signals(30, 200, 2) * np.linspace(0.01, 1, 200, dtype=np.float32)[:, None]
    windows[:, 0] = first
    exact = windows.astype(np.float64)
    expected = (exact - exact.mean(1, keepdims=True)) / exact.std(1, keepdims=True)
    front_end = RawFrontEnd(standardize=True, floor=2.0**-40, arithmetic="integer")
    np.testing.assert_allclose(library.features(front_end, windows, None), expected, atol=2e-3)


@pytest.mark.parametrize("offset", [0.0, 9.81])
@pytest.mark.parametrize("lag", [1, 16, 64])
def test_motion_is_close_to_floats(library: FrontEndLibrary, lag: int, offset: float) -> None:
    """Within a thousandth of the samples' deviation; 15 digits below the largest of them."""
    windows = signals(10, 2 * lag + 60, 4, offset=offset)
    parts = ("raw", "gravity", "body", "magnitude")
    floats = MotionFrontEnd(triples=((3, 0, 2),), parts=parts, lag=lag)
    integers = floats.model_copy(update={"arithmetic": "integer"})
    difference = library.features(integers, windows, None) - library.features(floats, windows, None)
    assert 0 < np.abs(difference).max() < 2e-3


def test_a_row_of_motion_depends_on_its_own_samples(library: FrontEndLibrary) -> None:
    front_end = MotionFrontEnd(triples=((0, 1, 2),), lag=5, arithmetic="integer")
    windows = signals(1, 60, 3)
    louder = windows.copy()
    louder[0, 20] = 1e6
    quiet, loud = (library.features(front_end, each, None)[0] for each in (windows, louder))
    differ = np.flatnonzero((quiet != loud).any(1))
    assert differ.tolist() == list(range(10, 21))
