"""Quantization: the streaming C equals quantized features, and both equal exact arithmetic."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nanosmith.tools.features import feature_shape, front_end_ram_bytes, quantize
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.specs.candidate import FittedFrontEnd
from nanosmith.tools.specs.front_end import (
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)


def one_column(mean: float = 0.0, std: float = 1.0, scale: float = 1.0, zero_point: int = 0) -> FittedFrontEnd:
    return FittedFrontEnd(
        front_end=RawFrontEnd(), sample_shape=(1, 1), feature_shape=(1, 1), rate_hz=None, mean=(mean,), std=(std,),
        input_scale=scale, input_zero_point=zero_point,
    )  # fmt: skip


def quantized_exactly(value: np.float32, gain: np.float32, offset: np.float32) -> int:
    """Half away from zero of an exact fraction; only product and sum are rounded to single precision."""
    with np.errstate(over="ignore"):
        total = np.float32(value * gain) + offset
    if np.isnan(total):
        return -128
    if np.isinf(total):
        return 127 if total > 0 else -128
    exact = Fraction(float(total))
    whole = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    return max(-128, min(127, whole))


@settings(deadline=None, max_examples=300)
@given(values=st.lists(FLOATS, min_size=1, max_size=60), zero_point=st.integers(-128, 127))
def test_rounding_is_exact(library: FrontEndLibrary, values: list[float], zero_point: int) -> None:
    fitted = one_column(zero_point=zero_point)
    windows = np.array(values, np.float32).reshape(-1, 1, 1)
    expected = [quantized_exactly(value, np.float32(1), np.float32(zero_point)) for value in windows.reshape(-1)]
    assert library.quantized(fitted, windows).reshape(-1).tolist() == expected


def test_every_tie_and_its_neighbors(library: FrontEndLibrary) -> None:
    ties = np.arange(-140, 140, dtype=np.float32) + np.float32(0.5)
    values = np.concatenate([ties, np.nextafter(ties, -np.inf), np.nextafter(ties, np.inf), [0.49999997, -0.49999997]])
    windows = values.astype(np.float32).reshape(-1, 1, 1)
    expected = [quantized_exactly(value, np.float32(1), np.float32(0)) for value in windows.reshape(-1)]
    assert library.quantized(one_column(), windows).reshape(-1).tolist() == expected
    assert quantize(one_column(), windows).reshape(-1).tolist() == expected


def check_both_ways(library: FrontEndLibrary, triples: Iterable[tuple[float, float, float]]) -> None:
    """As cores with an FPU quantize, and those without one."""
    by_floats, by_bits = library._lib.ns_quantize_f32, library._lib.ns_quantize_by_bits
    different = [triple for triple in triples if by_floats(*triple) != by_bits(*triple)]
    assert not different, different[:5]


@pytest.mark.parametrize("offset_size", [0.0, 1.0, 100.0, 4_090.0, 4_200.0, 1e6])
def test_quantizing_by_bits_gives_the_same_near_ties(library: FrontEndLibrary, offset_size: float) -> None:
    random, count = np.random.default_rng(1), 20_000
    gain = (2 ** random.uniform(-20, 20, count)).astype(np.float32) * np.where(random.random(count) < 0.1, -1, 1)
    offset = random.uniform(-offset_size, offset_size, count).astype(np.float32)
    near = random.integers(-135, 135, count) + 0.5 + random.normal(size=count) * 2 ** random.uniform(-30, 0, count)
    feature = ((near - offset) / gain).astype(np.float32)
    check_both_ways(library, zip(feature.tolist(), gain.tolist(), offset.tolist(), strict=True))


@settings(deadline=None, max_examples=300)
@example(triples=[(8.540289872918084e37, 0.0, 0.0)])
@given(triples=st.lists(st.tuples(FLOATS, FLOATS, FLOATS), min_size=1, max_size=60))
def test_quantizing_by_bits_gives_the_same_for_all_floats(library: FrontEndLibrary, triples) -> None:
    check_both_ways(library, triples)


KINDS = ("raw", "log_mel", "image", "pcen", "statistics", "spectrum", "wavelet", "motion", "chain")


@st.composite
def front_ends(draw: st.DrawFn) -> tuple[FrontEnd, tuple[int, ...], float | None]:
    match draw(
        st.sampled_from(["raw", "log_mel", "image", "pcen", "statistics", "spectrum", "wavelet", "motion", "chain"])
    ):
        case "pcen":
            frame = draw(st.integers(32, 150))
            pcen = PcenFrontEnd(frame=frame, hop=draw(st.integers(1, 200)), bands=5, low_hz=0, high_hz=4000)
            return pcen, (draw(st.integers(frame, 400)), 1), 8000.0
        case "statistics":
            frame = draw(st.integers(2, 20))
            return StatisticsFrontEnd(frame=frame), (draw(st.integers(frame, 60)), draw(st.integers(1, 4))), None
        case "spectrum":
            frame = draw(st.integers(32, 80))
            spectrum = SpectrumFrontEnd(frame=frame, hop=draw(st.integers(1, 90)), bands=4)
            return spectrum, (draw(st.integers(frame, 200)), draw(st.integers(1, 4))), None
        case "wavelet":
            levels, hop = draw(st.integers(1, 4)), draw(st.integers(1, 30))
            measure = draw(st.sampled_from(["value", "energy"]))
            shape = (draw(st.integers(80, 200)), draw(st.integers(1, 3)))
            return WaveletFrontEnd(levels=levels, hop=hop, measure=measure), shape, None
        case "motion":
            motion = MotionFrontEnd(
                triples=((2, 0, 3),),
                parts=draw(st.sampled_from([("raw",), ("body", "magnitude"), ("gravity", "raw")])),
                lag=draw(st.integers(1, 6)), decimate=draw(st.integers(1, 3)),
            )  # fmt: skip
            return motion, (draw(st.integers(40, 90)), 4), 50.0
        case "chain":
            stages = (WaveletFrontEnd(levels=2, hop=draw(st.integers(1, 3))), StatisticsFrontEnd(frame=4))
            return ChainFrontEnd(stages=stages), (draw(st.integers(30, 90)), draw(st.integers(1, 3))), None
        case "raw":
            decimate = draw(st.integers(1, 9))
            return RawFrontEnd(decimate=decimate), (draw(st.integers(decimate, 40)), draw(st.integers(1, 6))), 50.0
        case "log_mel":
            frame = draw(st.integers(32, 150))
            mel = LogMelFrontEnd(
                frame=frame, hop=draw(st.integers(1, 200)), bands=draw(st.integers(4, 6)), low_hz=0, high_hz=4000,
                range=draw(st.sampled_from([None, 1.0, 12.0])),
            )  # fmt: skip
            return mel, (draw(st.integers(frame, 400)), 1), 8000.0
        case _:
            height, width = draw(st.integers(4, 20)), draw(st.integers(4, 20))
            image = ImageFrontEnd(
                height=draw(st.integers(4, height)), width=draw(st.integers(4, width)), gray=draw(st.booleans())
            )
            return image, (height, width, draw(st.sampled_from([1, 3]))), None


def windows_for(seed: int, sample_shape: tuple[int, ...], spoiled: bool) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    windows = (random.normal(size=(3, *sample_shape)) * 10 ** random.uniform(-6, 6)).astype(np.float32)
    if spoiled:
        windows.reshape(-1)[random.integers(windows.size, size=5)] = [np.nan, np.inf, -np.inf, 1e-40, 3e38]
    return windows


@settings(deadline=None, max_examples=150)
@given(case=front_ends(), seed=st.integers(0, 2**32 - 1), spoiled=st.booleans())
def test_streaming_equals_quantized_features(library: FrontEndLibrary, case, seed: int, spoiled: bool) -> None:
    front_end, sample_shape, rate_hz = case
    windows = windows_for(seed, sample_shape, spoiled)
    features = library.features(front_end, windows, rate_hz)
    shape = feature_shape(front_end, sample_shape)
    assert features.shape == (3, *shape)
    finite = features[np.abs(features) < 1e30].astype(np.float64)
    columns, random = shape[-1], np.random.default_rng(seed)
    spread = (finite.std() if finite.size else 0.0) or 1.0
    fitted = FittedFrontEnd(
        front_end=front_end, sample_shape=sample_shape, feature_shape=shape, rate_hz=rate_hz,
        mean=tuple(random.normal(finite.mean() if finite.size else 0.0, spread, columns).tolist()),
        std=tuple((spread * random.uniform(0.2, 2, columns)).tolist()),
        input_scale=float(random.uniform(0.01, 0.1)), input_zero_point=int(random.integers(-128, 128)),
    )  # fmt: skip
    np.testing.assert_array_equal(library.quantized(fitted, windows), quantize(fitted, features))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"std": (0.0,)}, "above 0"),
        ({"std": (1.0, 1.0)}, "2 deviations for 1 columns"),
        ({"std": (1e-30,), "input_scale": 1e-12}, "single precision"),
        ({"std": (1e38,), "input_scale": 10.0}, "single precision"),
        ({"mean": (1e38,), "std": (0.1,)}, "single precision"),
        ({"mean": ()}, "0 means"),
    ],
)
def test_statistics_that_do_not_fit(library: FrontEndLibrary, change: dict[str, object], reason: str) -> None:
    fitted = one_column().model_copy(update=change)
    with pytest.raises(ValueError, match=reason):
        library.quantized(fitted, np.zeros((1, 1, 1), np.float32))


def test_windows_of_another_shape_are_refused(library: FrontEndLibrary) -> None:
    with pytest.raises(ValueError, match="fitted to"):
        library.quantized(one_column(), np.zeros((1, 2, 1), np.float32))


def test_ram_is_state_memory_and_ring(fit, library: FrontEndLibrary) -> None:
    def ram(front_end: FrontEnd, shape: tuple[int, ...], rate_hz: float | None = None) -> int:
        windows = np.random.default_rng(1).integers(0, 200, (2, *shape)).astype(np.float32)
        return front_end_ram_bytes(fit(front_end, windows, rate_hz))

    assert ram(RawFrontEnd(), (128, 9)) == 8 + 128 * 9
    assert ram(RawFrontEnd(decimate=2), (127, 3)) == 8 + 3 * 4 + 63 * 3 + 3  # whole words
    assert ram(ImageFrontEnd(height=32, width=32), (64, 64, 3)) == 8 + 32 * 4 + 32 * 32
    assert ram(ImageFrontEnd(height=30, width=32), (64, 64, 3)) == 8 + 2 * 32 * 4 + 30 * 32
    mel = LogMelFrontEnd(frame=256, hop=128, bands=40, low_hz=20, high_hz=4000)
    assert ram(mel, (8000, 1), 8000.0) == 8 + (128 + 256) * 4 + 61 * 40
    crowded = LogMelFrontEnd(frame=32, hop=32, bands=16, low_hz=0, high_hz=100)
    assert ram(crowded, (320, 1), 200.0) == 8 + (32 // 2 + 1 + 16) * 4 + 10 * 16
