"""Statistics, motion, wavelet, spectrum, MFCC and PCEN of the C against the same written in NumPy and SciPy."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import fft, stats

from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.specs.front_end import (
    BesideFrontEnd,
    ChainFrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MfccFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

Doubles = NDArray[np.float64]
MEL = {"frame": 200, "hop": 80, "bands": 20, "low_hz": 60, "high_hz": 3800}


def signals(*shape: int, offset: float = 0.0) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(offset, 2, size=shape).astype(np.float32)


def statistic(name: str, blocks: Doubles) -> Doubles:
    """Of blocks [..., samples]."""
    steps = np.diff(blocks, axis=-1)
    mean, std = blocks.mean(-1), blocks.std(-1)
    sign = blocks < 0
    return {
        "mean": lambda: mean, "std": lambda: std, "rms": lambda: np.sqrt((blocks**2).mean(-1)),
        "min": lambda: blocks.min(-1), "max": lambda: blocks.max(-1), "range": lambda: np.ptp(blocks, -1),
        "change": lambda: np.abs(steps).mean(-1), "crossings": lambda: (sign[..., 1:] != sign[..., :-1]).mean(-1),
        "turns": lambda: (steps[..., 1:] * steps[..., :-1] < 0).sum(-1) / steps.shape[-1],
        "crest": lambda: np.abs(blocks - mean[..., None]).max(-1) / std, "skew": lambda: stats.skew(blocks, axis=-1),
        "kurtosis": lambda: stats.kurtosis(blocks, axis=-1),
        "log_energy": lambda: np.log2((blocks**2).mean(-1)), "log_std": lambda: np.log2(blocks.var(-1)),
    }[name]()  # fmt: skip


@pytest.mark.parametrize("offset", [0.0, 1.0, 200.0])
@pytest.mark.parametrize(
    "name",
    ["mean", "std", "rms", "min", "max", "range", "change", "crossings", "turns", "crest", "skew", "kurtosis",
     "log_energy", "log_std"],
)  # fmt: skip
@pytest.mark.parametrize(("arithmetic", "within"), [("float", 2e-4), ("integer", 1e-3)])
def test_statistics(library: FrontEndLibrary, name, offset: float, arithmetic, within: float) -> None:
    windows = signals(5, 130, 3, offset=offset)
    found = library.features(StatisticsFrontEnd(frame=40, statistics=(name,), arithmetic=arithmetic), windows, None)
    blocks = windows[:, :120].astype(np.float64).reshape(5, 3, 40, 3).transpose(0, 1, 3, 2)
    np.testing.assert_allclose(found, statistic(name, blocks), rtol=within, atol=within)


def test_statistics_stand_channel_after_channel(library: FrontEndLibrary) -> None:
    windows = signals(2, 20, 3)
    both = library.features(StatisticsFrontEnd(frame=10, statistics=("max", "min")), windows, None)
    blocks = windows.reshape(2, 2, 10, 3)
    np.testing.assert_array_equal(both, np.stack([blocks.max(2), blocks.min(2)], -1).reshape(2, 2, 6))


@pytest.mark.parametrize("arithmetic", ["float", "integer"])
def test_a_channel_that_stands_still_has_no_shape(library: FrontEndLibrary, arithmetic) -> None:
    still = StatisticsFrontEnd(
        frame=16, statistics=("std", "change", "turns", "crest", "skew", "kurtosis"), arithmetic=arithmetic
    )
    assert (library.features(still, np.full((1, 16, 1), 9.81, np.float32), None) == 0).all()


@pytest.mark.parametrize("decimate", [1, 2])
@pytest.mark.parametrize(("arithmetic", "within"), [("float", 1e-5), ("integer", 1e-3)])
def test_gravity_body_and_magnitudes(library: FrontEndLibrary, decimate: int, arithmetic, within: float) -> None:
    lag = 6
    windows = signals(4, 80, 5, offset=1.0)
    motion = MotionFrontEnd(
        triples=((3, 0, 2),), parts=("raw", "gravity", "body", "magnitude"), lag=lag, decimate=decimate,
        arithmetic=arithmetic,
    )  # fmt: skip
    found = library.features(motion, windows, 50.0)
    rows = windows.astype(np.float64).reshape(4, 80 // decimate, decimate, 5).mean(2)
    hann = np.hanning(2 * lag + 3)[1:-1]
    xyz = rows[..., [3, 0, 2]]
    frames = np.lib.stride_tricks.sliding_window_view(xyz, 2 * lag + 1, axis=1)
    gravity = frames @ (hann / hann.sum())
    middle = slice(lag, rows.shape[1] - lag)
    body = xyz[:, middle] - gravity
    lengths = np.stack([np.linalg.norm(xyz[:, middle], axis=-1), np.linalg.norm(body, axis=-1)], -1)
    np.testing.assert_allclose(found, np.concatenate([rows[:, middle], gravity, body, lengths], -1), atol=within)


@pytest.mark.parametrize("offset", [0.0, 9.81, 200.0])
@pytest.mark.parametrize("arithmetic", ["float", "integer"])
def test_standardized_windows(library: FrontEndLibrary, offset: float, arithmetic) -> None:
    windows = signals(4, 120, 3, offset=offset)
    front_end = RawFrontEnd(decimate=2, standardize=True, floor=0.01, arithmetic=arithmetic)
    found = library.features(front_end, windows, None)
    rows = windows.astype(np.float64).reshape(4, 60, 2, 3).mean(2)
    expected = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 0.01)
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize("arithmetic", ["float", "integer"])
def test_gain_and_offset_fall_away_but_not_for_what_stands_still(library: FrontEndLibrary, arithmetic) -> None:
    front_end = RawFrontEnd(standardize=True, floor=2.0**-30, arithmetic=arithmetic)
    windows = signals(3, 64, 2)
    louder = library.features(front_end, windows * 7 + 3, None)
    within = 1e-4 if arithmetic == "float" else 1e-3
    np.testing.assert_allclose(louder, library.features(front_end, windows, None), atol=within)
    assert (library.features(front_end, np.full((1, 64, 2), 9.81, np.float32), None) == 0).all()


def wavelet_reference(signal: Doubles, levels: int) -> Doubles:
    """Bands [samples - support, levels + 1] of the undecimated quadratic spline transform, causal."""
    support, bands, low = 3 * (2**levels - 1), [], signal
    for level in range(levels):
        step = 2**level
        delayed = [np.concatenate([np.zeros(k * step), low])[: len(signal)] for k in range(4)]
        bands.append(2 * (delayed[1] - delayed[2]))
        low = (delayed[0] + 3 * delayed[1] + 3 * delayed[2] + delayed[3]) / 8
    return np.stack([*bands, low], -1)[support:]


@pytest.mark.parametrize(("levels", "hop"), [(1, 1), (3, 5), (5, 4), (4, 7)])
def test_wavelet(library: FrontEndLibrary, levels: int, hop: int) -> None:
    windows = signals(3, 400, 2)
    bands = np.stack(
        [[wavelet_reference(window[:, c].astype(np.float64), levels) for c in range(2)] for window in windows]
    ).transpose(0, 2, 1, 3)
    values = library.features(WaveletFrontEnd(levels=levels, hop=hop), windows, None)
    np.testing.assert_allclose(values, bands[:, ::hop].reshape(values.shape), atol=1e-5)
    energies = library.features(WaveletFrontEnd(levels=levels, hop=hop, measure="energy"), windows, None)
    rows = bands.shape[1] // hop
    squares = (bands[:, : rows * hop] ** 2).reshape(3, rows, hop, -1).mean(2)
    np.testing.assert_allclose(energies, np.log2(squares + 2.0**-30), atol=2e-4)


def test_an_octave_of_the_wavelet_is_an_octave(library: FrontEndLibrary) -> None:
    """A tone in the middle of an octave is strongest in that octave's band."""
    time = np.arange(2_000)
    for level in range(1, 5):
        tone = np.sin(2 * np.pi * time * 0.36 / 2**level)[None, :, None].astype(np.float32)
        found = library.features(WaveletFrontEnd(levels=5, hop=1_000, measure="energy"), tone, None)
        assert found[0, 0, :5].argmax() == level


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("scale", "low", "high"), [("linear", 0.0, 0.5), ("linear", 0.1, 0.4), ("log", 0.05, 0.5)])
@pytest.mark.parametrize(("frame", "hop"), [(128, 64), (100, 100), (90, 130)])
def test_spectrum(
    library: FrontEndLibrary, channels: int, scale, low: float, high: float, frame: int, hop: int
) -> None:
    windows = signals(3, 500, channels)
    front_end = SpectrumFrontEnd(frame=frame, hop=hop, bands=8, scale=scale, low=low, high=high)
    space = np.geomspace if scale == "log" else np.linspace
    corners = space(low, high, 10)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    starts = range(0, 500 - frame + 1, hop)
    frames = np.stack([windows[:, s : s + frame] for s in starts], 1).astype(np.float64)
    powers = np.abs(np.fft.rfft(frames * (window / window.sum())[:, None], 128, axis=2)) ** 2
    place = np.arange(65) / 128
    left, center, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.maximum(0, np.minimum((place - left) / (center - left), (right - place) / (right - center)))
    energies = np.einsum("nfkc,bk->nfcb", powers, triangles).reshape(3, len(starts), -1)
    np.testing.assert_allclose(library.features(front_end, windows, None), np.log2(energies + 2.0**-30), atol=1e-3)
    roots = front_end.model_copy(update={"compression": "root"})
    np.testing.assert_allclose(library.features(roots, windows, None), energies**0.25, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("arithmetic", "within"), [("float", 1e-4), ("integer", 1e-3)])
def test_mfcc_is_the_cosine_transform_of_log_mel(library: FrontEndLibrary, arithmetic, within: float) -> None:
    windows = signals(4, 1000, 1)
    windows[:, 400:] *= np.float32(1e-3)
    bands = library.features(LogMelFrontEnd(**MEL, arithmetic=arithmetic), windows, 8000.0).astype(np.float64)
    found = library.features(MfccFrontEnd(**MEL, coefficients=20, arithmetic=arithmetic), windows, 8000.0)
    np.testing.assert_allclose(found, fft.dct(bands, norm="ortho"), rtol=2e-6, atol=within)


@pytest.mark.parametrize("arithmetic", ["float", "integer"])
def test_pcen_is_that_of_wang_et_al(library: FrontEndLibrary, arithmetic) -> None:
    windows = signals(4, 1000, 1) * np.float32(0.01)
    levels = library.features(LogMelFrontEnd(**MEL, arithmetic=arithmetic), windows, 8000.0)
    energies = 2.0 ** levels.astype(np.float64)
    front_end = PcenFrontEnd(**MEL, smoothing=0.2, gain=0.9, bias=1.5, power=0.4, arithmetic=arithmetic)
    smooth = energies.copy()
    for row in range(1, energies.shape[1]):
        smooth[:, row] = 0.8 * smooth[:, row - 1] + 0.2 * energies[:, row]
    expected = (energies / smooth**0.9 + 1.5) ** 0.4 - 1.5**0.4
    np.testing.assert_allclose(library.features(front_end, windows, 8000.0), expected, rtol=1e-3, atol=1e-4)


def test_pcen_hardly_notices_a_gain(library: FrontEndLibrary) -> None:
    windows = signals(2, 1000, 1) * np.float32(0.01)
    front_end = PcenFrontEnd(**MEL, gain=1.0)
    quiet, loud = (library.features(front_end, windows * np.float32(gain), 8000.0) for gain in (1, 30))
    np.testing.assert_allclose(quiet, loud, atol=0.01)
    assert quiet.std() > 0.1
    mels = [library.features(LogMelFrontEnd(**MEL), windows * np.float32(gain), 8000.0) for gain in (1, 30)]
    assert np.abs(mels[0] - mels[1]).min() > 5


def test_levels_are_relative_to_the_loudest_of_the_window(library: FrontEndLibrary) -> None:
    windows = signals(4, 1000, 1) * np.float32(0.01)
    bands = library.features(LogMelFrontEnd(**MEL), windows, 8000.0)
    expected = np.maximum(bands - bands.max((1, 2), keepdims=True), np.float32(-7))
    found = library.features(LogMelFrontEnd(**MEL, range=7), windows, 8000.0)
    np.testing.assert_array_equal(found, expected)
    assert (found == -7).any(), "the windows should reach the end of the range"
    assert (found > -7).mean() > 0.2, "and lie mostly within it"
    louder = library.features(LogMelFrontEnd(**MEL, range=7), windows * np.float32(4), 8000.0)
    np.testing.assert_allclose(louder, found, atol=5e-3)  # the floor below every energy stays where it is


def test_levels_of_silence_are_low(library: FrontEndLibrary) -> None:
    windows = np.zeros((2, 1000, 1), np.float32)
    np.testing.assert_allclose(library.features(LogMelFrontEnd(**MEL, range=7), windows, 8000.0), -7, atol=1e-5)


def test_a_chain_is_its_stages_one_after_another(library: FrontEndLibrary) -> None:
    windows = signals(3, 200, 3, offset=1.0)
    stages = (
        RawFrontEnd(decimate=2), MotionFrontEnd(triples=((0, 1, 2),), lag=5),
        StatisticsFrontEnd(frame=10, statistics=("mean", "crest")),
    )  # fmt: skip
    features: NDArray[np.float32] = windows
    for stage in stages:
        features = library.features(stage, features, None)
    np.testing.assert_array_equal(library.features(ChainFrontEnd(stages=stages), windows, None), features)


def test_side_by_side_is_each_alone_in_one_row(library: FrontEndLibrary) -> None:
    windows = signals(3, 200, 3, offset=1.0)
    parts = (
        ChainFrontEnd(stages=(StatisticsFrontEnd(frame=40, statistics=("mean", "crest")),)),
        ChainFrontEnd(stages=(RawFrontEnd(decimate=40),)),
        ChainFrontEnd(stages=(RawFrontEnd(decimate=4), StatisticsFrontEnd(frame=10, statistics=("log_std",)))),
    )  # fmt: skip
    alone = np.concatenate([library.features(part, windows, None) for part in parts], axis=-1)
    assert alone.shape == (3, 5, 12)
    np.testing.assert_array_equal(library.features(BesideFrontEnd(parts=parts), windows, None), alone)


@pytest.mark.parametrize("gray", [True, False])
def test_a_crop_is_the_part_alone(library: FrontEndLibrary, gray: bool) -> None:
    pictures = np.random.default_rng(5).integers(0, 256, (4, 30, 40, 3)).astype(np.uint8)
    part = np.ascontiguousarray(pictures[:, 3:25, 7:37])
    whole = library.features(ImageFrontEnd(height=11, width=9, gray=gray, crop=(3, 7, 22, 30)), pictures, None)
    np.testing.assert_array_equal(whole, library.features(ImageFrontEnd(height=11, width=9, gray=gray), part, None))


@pytest.mark.parametrize("spoiled", [math.inf, -math.inf, math.nan, 3e38])
def test_nonsense_leaves_later_rows_alone(library: FrontEndLibrary, spoiled: float) -> None:
    windows = signals(1, 300, 3)
    other = windows.copy()
    other[0, 10] = spoiled
    for front_end in (
        StatisticsFrontEnd(frame=20), StatisticsFrontEnd(frame=20, arithmetic="integer"),
        MotionFrontEnd(triples=((0, 1, 2),), lag=4), MotionFrontEnd(triples=((0, 1, 2),), lag=4, arithmetic="integer"),
        WaveletFrontEnd(levels=3, hop=2), SpectrumFrontEnd(frame=32, hop=16, bands=6),
    ):  # fmt: skip
        clean, found = (library.features(front_end, each, None) for each in (windows, other))
        np.testing.assert_array_equal(clean[:, -3:], found[:, -3:])
