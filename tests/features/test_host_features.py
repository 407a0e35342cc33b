"""Features of the C against the same written in NumPy, in double precision."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.specs.candidate import ImageFrontEnd, LogMelFrontEnd, RawFrontEnd

Doubles = NDArray[np.float64]


def test_raw_is_the_samples_themselves(library: FrontEndLibrary) -> None:
    windows = np.random.default_rng(1).normal(size=(20, 50, 7)).astype(np.float32)
    np.testing.assert_array_equal(library.features(RawFrontEnd(), windows, None), windows)


@pytest.mark.parametrize("decimate", [2, 3, 5, 64])
def test_decimation_is_the_mean_of_neighbors(library: FrontEndLibrary, decimate: int) -> None:
    windows = np.random.default_rng(2).normal(3, 2, size=(20, 130, 7)).astype(np.float32)
    rows = 130 // decimate
    expected = windows[:, : rows * decimate].astype(np.float64).reshape(20, rows, decimate, 7).mean(2)
    np.testing.assert_allclose(library.features(RawFrontEnd(decimate=decimate), windows, 50.0), expected, rtol=2e-5)


def mel_reference(front_end: LogMelFrontEnd, windows: NDArray[np.float32], rate_hz: float) -> Doubles:
    """Log-mel by numpy.fft and dense triangles."""
    points = 2 ** int(np.ceil(np.log2(front_end.frame)))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(front_end.frame) / front_end.frame)
    starts = range(0, windows.shape[1] - front_end.frame + 1, front_end.hop)
    frames = np.stack([windows[:, s : s + front_end.frame, 0] for s in starts], 1).astype(np.float64)
    powers = np.abs(np.fft.rfft(frames * window / window.sum(), points)) ** 2
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (front_end.low_hz, front_end.high_hz))
    corners = 700 * (10 ** (np.linspace(low, high, front_end.bands + 2) / 2595) - 1)
    hz = np.arange(points // 2 + 1) * rate_hz / points
    left, center, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.maximum(0, np.minimum((hz - left) / (center - left), (right - hz) / (right - center)))
    return np.log2(powers @ triangles.T + 2.0**-30)


@pytest.mark.parametrize(
    "front_end",
    [
        LogMelFrontEnd(frame=256, hop=128, bands=40, low_hz=20, high_hz=4000),
        LogMelFrontEnd(frame=200, hop=80, bands=20, low_hz=60, high_hz=3800),
        LogMelFrontEnd(frame=100, hop=250, bands=10, low_hz=0, high_hz=4000),
        LogMelFrontEnd(frame=33, hop=33, bands=8, low_hz=100, high_hz=4000),
        LogMelFrontEnd(frame=32, hop=1, bands=7, low_hz=0, high_hz=4000),
        LogMelFrontEnd(frame=2048, hop=1024, bands=80, low_hz=20, high_hz=4000),
    ],
    ids=lambda f: f"{f.frame}-{f.hop}-{f.bands}",
)
@pytest.mark.parametrize("loudness", [1e-6, 0.1, 3e4])
def test_log_mel_of_noise(library: FrontEndLibrary, front_end: LogMelFrontEnd, loudness: float) -> None:
    windows = np.random.default_rng(3).normal(0, loudness, size=(4, 2500, 1)).astype(np.float32)
    expected = mel_reference(front_end, windows, 8000.0)
    np.testing.assert_allclose(library.features(front_end, windows, 8000.0), expected, atol=3e-5, rtol=0)


def test_log_mel_of_every_tone(library: FrontEndLibrary) -> None:
    front_end = LogMelFrontEnd(frame=128, hop=128, bands=12, low_hz=0, high_hz=4000)
    time = np.arange(128) / 8000
    hz = np.linspace(0, 4000, 129)[:, None]
    windows = np.sin(2 * np.pi * hz * time + 0.3)[..., None].astype(np.float32)
    expected = mel_reference(front_end, windows, 8000.0)
    found = library.features(front_end, windows, 8000.0)
    np.testing.assert_allclose(2.0 ** found.astype(np.float64), 2.0**expected, atol=1e-6)  # of a peak of 1/4


def test_silence_is_the_floor_and_nonsense_is_finite(library: FrontEndLibrary) -> None:
    front_end = LogMelFrontEnd(frame=64, hop=64, bands=8, low_hz=0, high_hz=4000)
    windows = np.zeros((4, 64, 1), np.float32)
    windows[1], windows[2, 5], windows[3, 5] = np.inf, np.nan, 3e38
    found = library.features(front_end, windows, 8000.0)
    assert (found[0] == -30).all()
    assert (found[1:] > 127).all()
    assert np.isfinite(found).all()


def area_weights(length: int, output: int) -> Doubles:
    """Share of each input pixel in each output pixel, [output, length]."""
    edges, size = np.arange(length), length / output
    first, last = np.arange(output)[:, None] * size, (np.arange(output)[:, None] + 1) * size
    return np.clip(np.minimum(edges + 1, last) - np.maximum(edges, first), 0, None) / size


@pytest.mark.parametrize("shape", [(24, 24), (12, 8), (48, 40), (47, 39), (31, 40), (48, 27), (5, 4)])
@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("colors", [1, 3])
def test_area_average(library: FrontEndLibrary, shape: tuple[int, int], gray: bool, colors: int) -> None:
    pictures = np.random.default_rng(4).integers(0, 256, (6, 48, 40, colors)).astype(np.uint8)
    front_end = ImageFrontEnd(height=shape[0], width=shape[1], gray=gray)
    down, across = area_weights(48, shape[0]), area_weights(40, shape[1])
    expected = np.einsum("yh,xw,nhwc->nyxc", down, across, pictures.astype(np.float64))
    if gray and colors == 3:
        expected = expected @ np.array([[0.299], [0.587], [0.114]])
    np.testing.assert_allclose(library.features(front_end, pictures, None), expected, rtol=1e-5)


def test_a_picture_of_the_right_size_stays_as_it_is(library: FrontEndLibrary) -> None:
    pictures = np.random.default_rng(5).integers(0, 256, (6, 20, 30, 3)).astype(np.uint8)
    front_end = ImageFrontEnd(height=20, width=30, gray=False)
    np.testing.assert_array_equal(library.features(front_end, pictures, None), pictures)


def test_bytes_and_floats_give_the_same(library: FrontEndLibrary) -> None:
    pictures = np.random.default_rng(6).integers(0, 256, (6, 20, 30, 3)).astype(np.uint8)
    front_end = ImageFrontEnd(height=9, width=11)
    found = library.features(front_end, pictures, None)
    np.testing.assert_array_equal(found, library.features(front_end, pictures.astype(np.float32), None))


def test_no_windows_and_odd_memory_orders(library: FrontEndLibrary) -> None:
    assert library.features(RawFrontEnd(decimate=2), np.zeros((0, 10, 3), np.float32), None).shape == (0, 5, 3)
    windows = np.random.default_rng(7).normal(size=(3, 10, 8))
    found = library.features(RawFrontEnd(), windows.transpose(2, 1, 0), None)
    np.testing.assert_array_equal(found, windows.transpose(2, 1, 0).astype(np.float32))


def test_windows_that_do_not_fit_are_refused_before_any_c_runs(library: FrontEndLibrary) -> None:
    with pytest.raises(ValueError, match="one channel"):
        library.features(
            LogMelFrontEnd(frame=32, hop=32, bands=4, low_hz=0, high_hz=100), np.zeros((2, 64, 3), np.float32), 400.0
        )
