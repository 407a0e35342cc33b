"""Instructions, counted by the emulator: a hop costs a hop, whatever the window's length.

`pytest tests/features/test_cost.py -o junit_family=xunit1 --junitxml=costs.xml` leaves the numbers as properties.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from nanosmith.agents.builtin.design_space_operations import front_end_instructions
from nanosmith.tools.features import front_end_ram_bytes
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.counter import build_plugin, read_counts
from nanosmith.tools.specs.front_end import (
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
)

pytestmark = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs gcc-arm-none-eabi and qemu-system-arm",
)
BOARDS = ("microbit", "mps2_an386", "mps3_an547")
MEL = LogMelFrontEnd(frame=256, hop=128, bands=32, low_hz=60, high_hz=4000)
Record = Callable[[str, object], None]


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_plugin(tmp_path_factory.mktemp("plugin"))


def count(streams, fit, plugin, board, front_end: FrontEnd, shape: tuple[int, ...], hop: int, rate_hz: float | None):
    """Pushes, their instructions, those of the copy, of the latest window of three; and the RAM."""
    random = np.random.default_rng(1)
    windows = random.normal(0, 0.1, size=(2, *shape)).astype(np.float32)
    if len(shape) == 3:
        windows = random.integers(0, 256, size=(2, *shape)).astype(np.uint8)
    fitted = fit(front_end, windows, rate_hz)
    stream = np.concatenate([*windows, *windows]).reshape(4 * shape[0], -1)[: shape[0] + 2 * hop]
    streams.run(fitted, [stream], hop=hop, board=find_board(board), plugin=plugin)
    last = read_counts((streams.folder / "counts.txt").read_bytes())[-1]
    return last, front_end_ram_bytes(fitted)


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize(
    ("front_end", "lengths", "channels", "hop", "rate_hz"),
    [(RawFrontEnd(), (128, 256), 9, 64, 50.0), (MEL, (1024, 2048), 1, 512, 8000.0)],
    ids=["raw", "log_mel"],
)
def test_a_hop_costs_a_hop(
    streams, fit, plugin, record_property: Record, board, front_end, lengths, channels, hop, rate_hz
) -> None:
    found = []
    for length in lengths:
        counts, ram = count(streams, fit, plugin, board, front_end, (length, channels), hop, rate_hz)
        assert counts.pushes == hop
        found.append(counts.push_instructions)
        record_property(f"instructions of {hop} pushes, window of {length}", counts.push_instructions)
        record_property(f"instructions of a copy, window of {length}", counts.copy_instructions)
        record_property(f"bytes, window of {length}", ram)
    assert found[1] == pytest.approx(found[0], rel=0.03)  # soft float takes as long as its values want


SPECTRUM = SpectrumFrontEnd(frame=256, hop=128, bands=32)
INTEGER_MEL: dict[str, Any] = {
    "frame": 256, "hop": 128, "bands": 32, "low_hz": 60, "high_hz": 4000, "arithmetic": "integer",
}  # fmt: skip
XYZ = ((0, 1, 2),)
KINDS: dict[str, tuple[FrontEnd, int, float | None]] = {
    "mfcc": (MfccFrontEnd(frame=256, hop=128, bands=32, low_hz=60, high_hz=4000), 1, 8000.0),
    "pcen": (PcenFrontEnd(frame=256, hop=128, bands=32, low_hz=60, high_hz=4000), 1, 8000.0),
    "levels": (MEL.model_copy(update={"range": 12.0}), 1, 8000.0),
    "spectrum of 3 channels": (SPECTRUM, 3, None),
    "root spectrum": (SPECTRUM.model_copy(update={"compression": "root"}), 1, None),
    "integer mfcc": (MfccFrontEnd(**INTEGER_MEL), 1, 8000.0),
    "integer log_mel": (LogMelFrontEnd(**INTEGER_MEL), 1, 8000.0),
    "integer pcen": (PcenFrontEnd(**INTEGER_MEL), 1, 8000.0),
    "integer spectrum of 3 channels": (SPECTRUM.model_copy(update={"arithmetic": "integer"}), 3, None),
    "integer root spectrum": (
        SPECTRUM.model_copy(update={"compression": "root", "arithmetic": "integer"}), 1, None,
    ),
    "statistics of 6 channels": (StatisticsFrontEnd(frame=128), 6, None),
    "integer statistics of 6 channels": (StatisticsFrontEnd(frame=128, arithmetic="integer"), 6, None),
    "all statistics of 6 channels": (StatisticsFrontEnd(frame=64, statistics=get_args(Statistic)), 6, None),
    "all integer statistics of 6 channels": (
        StatisticsFrontEnd(frame=64, statistics=get_args(Statistic), arithmetic="integer"), 6, None,
    ),
    "motion of 6 channels": (MotionFrontEnd(triples=XYZ, lag=16), 6, 50.0),
    "integer motion of 6 channels": (MotionFrontEnd(triples=XYZ, lag=16, arithmetic="integer"), 6, 50.0),
    "standardized samples of 3 channels": (RawFrontEnd(standardize=True), 3, None),
    "integer standardized samples of 3 channels": (RawFrontEnd(standardize=True, arithmetic="integer"), 3, None),
    "wavelet values": (WaveletFrontEnd(levels=4, hop=1), 1, None),
    "wavelet energies of 3 channels": (WaveletFrontEnd(levels=5, hop=128, measure="energy"), 3, None),
    "statistics of motion": (
        ChainFrontEnd(stages=(MotionFrontEnd(triples=XYZ, lag=8, decimate=4), StatisticsFrontEnd(frame=16))), 6, 50.0,
    ),
    "integer statistics of motion": (
        ChainFrontEnd(
            stages=(
                MotionFrontEnd(triples=XYZ, lag=8, decimate=4, arithmetic="integer"),
                StatisticsFrontEnd(frame=16, arithmetic="integer"),
            )
        ), 6, 50.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hop_of_every_kind(streams, fit, plugin, record_property: Record, board: str, kind: str) -> None:
    """A hop of 128 samples in a window of 512."""
    front_end, channels, rate_hz = KINDS[kind]
    counts, ram = count(streams, fit, plugin, board, front_end, (512, channels), 128, rate_hz)
    assert counts.pushes == 128
    machine = find_board(board)
    estimate = front_end_instructions(front_end, (512, channels), machine, hop_share=0.25)
    assert 0.5 < estimate / (counts.push_instructions + counts.copy_instructions) < 2, "what proposals are sized by"
    record_property(f"{kind}: instructions of 128 pushes", counts.push_instructions)
    record_property(f"{kind}: instructions of a copy", counts.copy_instructions)
    record_property(f"{kind}: bytes, window of 512", ram)


@pytest.mark.parametrize("board", BOARDS)
def test_a_picture(streams, fit, plugin, record_property: Record, board: str) -> None:
    costs = {}
    for height in (32, 24):
        front_end = ImageFrontEnd(height=height, width=height)
        counts, ram = count(streams, fit, plugin, board, front_end, (64, 64, 3), 64, None)
        costs[height] = counts.push_instructions
        record_property(f"instructions of a picture to {height} x {height}", counts.push_instructions)
        record_property(f"bytes of a picture to {height} x {height}", ram)
    assert costs[32] > 64 * 64 * 3 * 3, "every pixel is read"
