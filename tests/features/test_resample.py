"""Samples that come when they come: on the host against NumPy, on boards against the host, and what late ones do."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import HARNESS, STRICT, board_flags, emulator

from nanosmith.tools.features.library import FrontEndLibrary, resample_settings
from nanosmith.tools.features.sources import read_source
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.process import run_command

RATE, GAP = 100.0, 0.5


def late_and_lost(count: int = 600) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Two channels at some 100 Hz with jitter, repeated and late samples, a hole, and a clock that runs over."""
    random = np.random.default_rng(1)
    steps = random.integers(2_000, 18_000, count)
    steps[50], steps[51] = 0, -3_000
    steps[100], steps[200] = 90_000, 700_000
    times = (2**32 - 1_500_000 + steps.cumsum()) % 2**32
    return random.normal(size=(count, 2)).astype(np.float32), times.astype(np.uint32)


def test_is_linear_between_neighbors(library: FrontEndLibrary) -> None:
    random = np.random.default_rng(2)
    times = random.integers(1, 30_000, 400).cumsum()
    samples = random.normal(size=(400, 3)).astype(np.float32)
    made, restarts = library.resampled(samples, times.astype(np.uint32), RATE, GAP)
    grid = times[0] + np.arange(len(made)) * 1e4
    assert grid[-1] <= times[-1] < grid[-1] + 1e4
    assert restarts.nonzero()[0].tolist() == [0]
    for channel in range(3):
        np.testing.assert_allclose(made[:, channel], np.interp(grid, times, samples[:, channel]), atol=1e-5)


def test_samples_on_the_grid_stay_as_they_are(library: FrontEndLibrary) -> None:
    samples = np.random.default_rng(3).normal(size=(50, 2)).astype(np.float32)
    made, _ = library.resampled(samples, (np.arange(50) * 10_000 + 7).astype(np.uint32), RATE, GAP)
    np.testing.assert_array_equal(made, samples)


def test_late_samples_are_dropped_and_holes_start_anew(library: FrontEndLibrary) -> None:
    samples, times = late_and_lost()
    kept = np.ones(len(times), bool)
    kept[[50, 51]] = False
    made, restarts = library.resampled(samples, times, RATE, GAP)
    expected, _ = library.resampled(samples[kept], times[kept], RATE, GAP)
    np.testing.assert_array_equal(made, expected)
    starts = restarts.nonzero()[0]
    assert len(starts) == 2
    np.testing.assert_array_equal(made[starts[1]], samples[200])


def test_a_rate_that_is_no_whole_number_of_microseconds_does_not_drift(library: FrontEndLibrary) -> None:
    times = np.arange(36_001, dtype=np.float64) * 1e6 / 360
    samples = np.sin(2 * np.pi * times * 1e-6)[:, None].astype(np.float32)
    made, _ = library.resampled(samples, times.round().astype(np.uint32), 360.0, GAP)
    assert abs(len(made) - 36_001) <= 1
    np.testing.assert_allclose(made[:36_000], samples[:36_000], atol=1e-4)


@pytest.mark.parametrize(("rate", "gap"), [(0.0, 1.0), (2e6, 1.0), (100.0, 0.0), (100.0, 3_000.0)])
def test_settings_out_of_range(rate: float, gap: float) -> None:
    with pytest.raises(ValueError, match=r"rate|gap"):
        resample_settings(1, rate, gap)


@pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs gcc-arm-none-eabi and qemu-system-arm",
)
@pytest.mark.parametrize("board_id", [None, "microbit", "mps2_an386", "mps3_an547"])
def test_the_boards_make_the_hosts_samples(library: FrontEndLibrary, tmp_path: Path, board_id: str | None) -> None:
    samples, times = late_and_lost()
    for name in ("ns_resample.h", "ns_resample.c", "ns_strict_float.h"):
        (tmp_path / name).write_text(read_source(name))
    block = np.column_stack([times, samples.view(np.uint32)]).astype("<u4")
    (tmp_path / "streams.bin").write_bytes(np.uint32(len(times)).tobytes() + block.tobytes())
    settings = resample_settings(2, RATE, GAP)
    board = None if board_id is None else find_board(board_id)
    command = (
        ["gcc", "-g", "-fsanitize=address,undefined"] if board is None else ["arm-none-eabi-gcc", *board_flags(board)]
    )
    defines = [f"-D{name.upper()}={value}" for name, value in settings.items()]
    sources = [tmp_path / "ns_resample.c", HARNESS / "resample_main.c", HARNESS / "stream_data.S"]
    argv = [*command, *STRICT, f"-I{tmp_path}", f"-Wa,-I{tmp_path}", *defines, *map(str, sources), "-o", "resample"]
    run_command(argv, cwd=tmp_path, timeout_s=60, env={"PATH": os.environ["PATH"]})
    program = tmp_path / "resample"
    done = run_command(
        [str(program)] if board is None else emulator(board, program, None), cwd=tmp_path, timeout_s=120,
        env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"}, until=lambda line: line == b"done",
    )  # fmt: skip
    *lines, last = done.stdout.decode().split()
    assert last == "done"
    made, restarts = library.resampled(samples, times, RATE, GAP)
    expected = [
        f"{int(start)}{''.join(f'{word:08x}' for word in row)}"
        for start, row in zip(restarts, made.view(np.uint32), strict=True)
    ]
    assert len(expected) > 500
    assert lines == expected
