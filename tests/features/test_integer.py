"""The integer spectrum against NumPy's FFT in double precision and the float variant; extremes with sanitizers."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.specs.front_end import LogMelFrontEnd, MelFrontEnd, MfccFrontEnd, PcenFrontEnd, SpectrumFrontEnd

RATE = 8000.0
MEL: dict[str, Any] = {"frame": 256, "hop": 128, "bands": 32, "low_hz": 60, "high_hz": 4000}
SHAPES = [(256, 128, 40), (200, 80, 20), (32, 1, 4), (2048, 1024, 80)]


def noise(*shape: int, loudness: float = 1.0) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(0, loudness, size=shape).astype(np.float32)


def exact(front_end: SpectrumFrontEnd, windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Energies of linear bands over the whole rate, [n, frames, channels * bands], by numpy.fft."""
    frame, points = front_end.frame, 1 << (front_end.frame - 1).bit_length()
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    starts = range(0, windows.shape[1] - frame + 1, front_end.hop)
    frames = np.stack([windows[:, s : s + frame] for s in starts], 1).astype(np.float64)
    powers = np.abs(np.fft.rfft(frames * (window / window.sum())[:, None], points, axis=2)) ** 2
    corners, place = np.linspace(0, 0.5, front_end.bands + 2), np.arange(points // 2 + 1) / points
    left, center, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.maximum(0, np.minimum((place - left) / (center - left), (right - place) / (right - center)))
    return np.einsum("nfkc,bk->nfcb", powers, triangles).reshape(len(windows), len(starts), -1)


@pytest.mark.parametrize(("frame", "hop", "bands"), SHAPES)
@pytest.mark.parametrize("loudness", [1e-12, 1.0, 1e15])
def test_noise_of_any_loudness(library: FrontEndLibrary, frame: int, hop: int, bands: int, loudness: float) -> None:
    """In log2 units: a hundredth of a decibel."""
    front_end = SpectrumFrontEnd(frame=frame, hop=hop, bands=bands, floor=2.0**-100, arithmetic="integer")
    windows = noise(3, 2500, 2, loudness=loudness)
    difference = library.features(front_end, windows, None) - np.log2(exact(front_end, windows))
    assert np.abs(difference).max() < 0.03
    assert np.sqrt((difference**2).mean()) < 0.003


@pytest.mark.parametrize("cycles", [3.3, 20.0, 77.7, 120.5])
def test_bands_far_below_the_loudest(library: FrontEndLibrary, cycles: float) -> None:
    """A quiet band beside a loud tone is right to a fifth of a decibel 60 dB down and to a decibel 70 dB down."""
    time = np.arange(1024)
    tone = np.sin(2 * np.pi * cycles / 256 * time)[None, :, None].astype(np.float32) * 1000
    windows = tone + noise(4, 1024, 1, loudness=0.2)
    front_end = SpectrumFrontEnd(frame=256, hop=128, bands=40, floor=2.0**-100, arithmetic="integer")
    energies, found = exact(front_end, windows), library.features(front_end, windows, None).astype(np.float64)
    loudest = energies.max(-1, keepdims=True)
    assert energies.min() < 1e-6 * energies.max(), "the bands differ by enough to say something"
    decibels = 10 * np.log10(2.0) * np.abs(found - np.log2(energies))
    assert decibels[energies > 1e-6 * loudest].max() < 0.2
    assert decibels[energies > 1e-7 * loudest].max() < 1.0
    assert (np.abs(2**found - energies) < 10**-7.2 * loudest)[energies <= 1e-7 * loudest].all()


def test_integers_are_close_to_floats(library: FrontEndLibrary) -> None:
    windows = noise(4, 1024, 1, loudness=0.1)
    for front_end, most in (
        (LogMelFrontEnd(**MEL), 0.02), (MfccFrontEnd(**MEL), 0.02), (PcenFrontEnd(**MEL), 0.01),
        (SpectrumFrontEnd(frame=256, hop=128, bands=32, compression="root"), 0.001),
    ):  # fmt: skip
        floats = library.features(front_end, windows, RATE)
        integers = library.features(front_end.model_copy(update={"arithmetic": "integer"}), windows, RATE)
        assert 0 < np.abs(floats - integers).max() < most, "other bits, the same features"


@pytest.mark.parametrize(
    ("frame", "hop", "bands", "compression"), [(256, 128, 40, "log"), (32, 1, 4, "root"), (2048, 1024, 80, "log")]
)
def test_extremes_with_sanitizers(
    library: FrontEndLibrary, streams, fit, frame: int, hop: int, bands: int, compression
) -> None:
    """Finite, and no sum overflows."""
    front_end = SpectrumFrontEnd(frame=frame, hop=hop, bands=bands, compression=compression, arithmetic="integer")
    windows = extremes(frame + hop)
    features = library.features(front_end, windows, None)
    assert np.isfinite(features).all()
    np.testing.assert_allclose(features[12], -30.0 if compression == "log" else 0.0, atol=2.0**-15)
    check_streams(library, streams, fit(front_end, noise(4, frame + hop, 1), None), windows)


@pytest.mark.parametrize(
    "front_end",
    [
        MfccFrontEnd(**MEL, coefficients=32, arithmetic="integer"),
        PcenFrontEnd(**MEL, smoothing=0.001, gain=0, bias=1e-6, power=1, arithmetic="integer"),
        PcenFrontEnd(**MEL, smoothing=0.999999, gain=1, bias=100, power=1e-6, arithmetic="integer"),
    ],
)
def test_extremes_of_what_follows_the_bands(library: FrontEndLibrary, streams, fit, front_end: MelFrontEnd) -> None:
    windows = extremes(1024)
    assert np.isfinite(library.features(front_end, windows, RATE)).all()
    check_streams(library, streams, fit(front_end, noise(4, 1024, 1), RATE), windows)


def extremes(length: int) -> NDArray[np.float32]:
    """Silence, impulses anywhere, full-scale squares, offsets, denormals, infinities; the twelfth is silent."""
    largest = np.finfo(np.float32).max
    windows = np.zeros((16, length, 1), np.float32)
    windows[0, :: max(2, length // 7)] = 1
    for row, period in enumerate((1, 2, 4, 8, 32), start=1):
        square = np.where(np.arange(length) // max(1, period // 2) % 2 == 0, 1, -1 if period > 1 else 1)
        windows[row, :, 0] = largest * square
        windows[row + 5, :, 0] = np.float32(0.99997) * square
    windows[11, 1], windows[12] = -1, 1e-40
    windows[13, 5], windows[14, 7], windows[15, 9] = np.nan, np.inf, -np.inf
    return windows


def check_streams(library: FrontEndLibrary, streams, fitted, windows: NDArray[np.float32]) -> None:
    found = streams.run(fitted, list(windows), hop=windows.shape[1])
    np.testing.assert_array_equal(found, library.quantized(fitted, windows).reshape(len(windows), -1))
