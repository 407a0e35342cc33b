"""Every kind, over 100 windows, on emulated cores with and without an FPU: the bytes that the host computes."""

import shutil
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.firmware.boards import find_board
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
    Statistic,
    StatisticsFrontEnd,
    WaveletFrontEnd,
    is_standardized,
)

WINDOWS = 100
BOARDS = ("microbit", "mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547")
THREE = ("microbit", "mps2_an386", "mps3_an547")
"""No FPU, an M4F, and an M55, whose compiler makes vectors of loops."""

ALL = get_args(Statistic)
XYZ = ((0, 1, 2), (3, 4, 5))
MOVING: dict[str, FrontEnd] = {
    "statistics": StatisticsFrontEnd(frame=12, statistics=ALL),
    "motion": MotionFrontEnd(triples=XYZ, parts=("raw", "gravity", "body", "magnitude"), lag=6),
    "averaged motion": MotionFrontEnd(triples=XYZ[:1], parts=("body", "magnitude"), lag=3, decimate=3),
    "spectrum": SpectrumFrontEnd(frame=32, hop=12, bands=5),
    "root spectrum": SpectrumFrontEnd(frame=44, hop=4, bands=6, scale="log", low=0.03, compression="root"),
    "wavelet": WaveletFrontEnd(levels=4, hop=6),
    "standardized": RawFrontEnd(decimate=3, standardize=True, floor=1e-4),
    "standardized wavelet": WaveletFrontEnd(levels=3, hop=4, standardize=True),
    "wavelet energy": WaveletFrontEnd(levels=3, hop=12, measure="energy"),
    "statistics of motion": ChainFrontEnd(
        stages=(MotionFrontEnd(triples=XYZ[:1], lag=4), StatisticsFrontEnd(frame=6, statistics=ALL))
    ),
    "statistics of averages of octaves": ChainFrontEnd(
        stages=(WaveletFrontEnd(levels=2, hop=2), RawFrontEnd(decimate=2), StatisticsFrontEnd(frame=3))
    ),
}
MOVING |= {
    "spectrum beside octaves": BesideFrontEnd(
        parts=(ChainFrontEnd(stages=(MOVING["spectrum"],)), ChainFrontEnd(stages=(MOVING["wavelet energy"],)))
    ),
    "three side by side": BesideFrontEnd(
        parts=(
            ChainFrontEnd(stages=(StatisticsFrontEnd(frame=12),)),
            ChainFrontEnd(
                stages=(RawFrontEnd(decimate=3), StatisticsFrontEnd(frame=4, statistics=("log_std", "turns")))
            ),
            ChainFrontEnd(stages=(RawFrontEnd(decimate=12),)),
        )
    ),
}
MEL: dict[str, Any] = {"frame": 100, "hop": 60, "bands": 14, "low_hz": 50, "high_hz": 2000}
SOUNDING: dict[str, FrontEnd] = {
    "mfcc": MfccFrontEnd(**MEL, coefficients=10),
    "pcen": PcenFrontEnd(**MEL),
    "levels": LogMelFrontEnd(**MEL, range=9),
    "statistics of mel bands": ChainFrontEnd(
        stages=(
            LogMelFrontEnd(**MEL),
            StatisticsFrontEnd(frame=2, statistics=("mean", "std", "max", "change", "turns")),
        )
    ),
    "spectrum of one channel": SpectrumFrontEnd(frame=64, hop=40, bands=31, compression="root"),
}


def in_integers(front_end: FrontEnd) -> FrontEnd:
    if isinstance(front_end, ChainFrontEnd):
        return ChainFrontEnd.model_validate({"stages": [in_integers(stage) for stage in front_end.stages]})
    is_either = is_standardized(front_end) or not isinstance(front_end, RawFrontEnd | WaveletFrontEnd)
    if is_either and "arithmetic" in type(front_end).model_fields:
        return front_end.model_copy(update={"arithmetic": "integer"})
    return front_end


MOVING |= {f"integer {kind}": found for kind, each in MOVING.items() if (found := in_integers(each)) != each}
SOUNDING |= {f"integer {kind}": found for kind, each in SOUNDING.items() if (found := in_integers(each)) != each}
SOUNDING["integer log_mel"] = LogMelFrontEnd(**MEL, arithmetic="integer")
TINY = np.float32(1e-40)
"""Below the normal range, where vector units flush to zero and others do not."""


def motion(random: np.random.Generator, hop: int, length: int) -> NDArray[np.float32]:
    """Six channels that wander, with outliers, denormals and what a broken sensor sends."""
    samples = random.normal(scale=[1, 1, 9.81, 200, 0.01, 1], size=((WINDOWS - 1) * hop + length, 6))
    stream = (samples.cumsum(0) * 0.05 + samples).astype(np.float32)
    stream[::97, 0] = TINY
    stream[50, 1], stream[51, 2], stream[52, 3] = np.nan, np.inf, -np.inf
    stream[60:64, 1] = np.inf, -np.inf, np.inf, np.inf  # some sums are NaN, whose sign differs between processors
    stream[random.random(stream.shape) < 0.01] *= 5
    return stream


def sound(random: np.random.Generator, hop: int, length: int) -> NDArray[np.float32]:
    """Sweeps over silence, quiet noise and full scale, as 16-bit recordings are."""
    count = (WINDOWS - 1) * hop + length
    time = np.arange(count) / 4000
    loud = 10 ** random.uniform(-4, 0, size=(count // 500) + 1).repeat(500)[:count]
    wave = loud * (np.sin(2 * np.pi * (200 + 900 * np.sin(time)) * time) + 0.1 * random.normal(size=count))
    wave[300:900] = 0
    return (np.clip(np.round(wave * 32767), -32768, 32767) / 32768).astype(np.float32)[:, None]


def check_stream(library, streams, fit, board_id, front_end: FrontEnd, stream, *, length, hop, rate_hz):
    windows = np.stack([stream[i * hop : i * hop + length] for i in range(WINDOWS)])
    fitted = fit(front_end, windows[~np.isnan(windows).any((1, 2)) & ~np.isinf(windows).any((1, 2))], rate_hz)
    board = find_board(board_id)
    found = streams.run(fitted, [stream], hop=hop, board=board)
    expected = library.quantized(fitted, windows).reshape(WINDOWS, -1)
    assert len(np.unique(expected)) > 100, "the windows hardly differ: the comparison would say nothing"
    np.testing.assert_array_equal(found, expected)


pytestmark = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs gcc-arm-none-eabi and qemu-system-arm",
)


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("decimate", [1, 3])
def test_raw(library: FrontEndLibrary, streams, fit, board: str, decimate: int) -> None:
    stream = motion(np.random.default_rng(1), 12, 64)
    check_stream(library, streams, fit, board, RawFrontEnd(decimate=decimate), stream, length=64, hop=12, rate_hz=50.0)


@pytest.mark.parametrize("board", BOARDS)
def test_log_mel(library: FrontEndLibrary, streams, fit, board: str) -> None:
    front_end = LogMelFrontEnd(frame=100, hop=60, bands=14, low_hz=50, high_hz=2000)
    stream = sound(np.random.default_rng(2), 120, 600)
    check_stream(library, streams, fit, board, front_end, stream, length=600, hop=120, rate_hz=4000.0)


@pytest.mark.parametrize("board", THREE)
@pytest.mark.parametrize("kind", MOVING)
def test_series(library: FrontEndLibrary, streams, fit, board: str, kind: str) -> None:
    stream = motion(np.random.default_rng(4), 12, 72)
    check_stream(library, streams, fit, board, MOVING[kind], stream, length=72, hop=12, rate_hz=None)


@pytest.mark.parametrize("board", THREE)
@pytest.mark.parametrize("kind", SOUNDING)
def test_sound(library: FrontEndLibrary, streams, fit, board: str, kind: str) -> None:
    stream = sound(np.random.default_rng(5), 120, 360)
    check_stream(library, streams, fit, board, SOUNDING[kind], stream, length=360, hop=120, rate_hz=4000.0)


@pytest.mark.parametrize("board", THREE)
@pytest.mark.parametrize("gray", [True, False])
def test_part_of_a_picture(library: FrontEndLibrary, streams, fit, board: str, gray: bool) -> None:
    pictures = np.random.default_rng(6).integers(0, 256, (WINDOWS, 19, 14, 3)).astype(np.uint8)
    fitted = fit(ImageFrontEnd(height=8, width=7, gray=gray, crop=(3, 2, 14, 10)), pictures, None)
    found = streams.run(fitted, [pictures.reshape(WINDOWS * 19, 14 * 3)], hop=19, board=find_board(board))
    np.testing.assert_array_equal(found, library.quantized(fitted, pictures).reshape(WINDOWS, -1))


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("gray", [True, False])
def test_image(library: FrontEndLibrary, streams, fit, board: str, gray: bool) -> None:
    pictures = np.random.default_rng(3).integers(0, 256, (WINDOWS, 19, 14, 3)).astype(np.uint8)
    pictures[::2] = pictures[::2, :1, :1] // 2 + pictures[::2] // 4
    fitted = fit(ImageFrontEnd(height=8, width=9, gray=gray), pictures, None)
    machine = find_board(board)
    found = streams.run(fitted, [pictures.reshape(WINDOWS * 19, 14 * 3)], hop=19, board=machine)
    np.testing.assert_array_equal(found, library.quantized(fitted, pictures).reshape(WINDOWS, -1))
