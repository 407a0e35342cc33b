"""Samples that come when they come: on the host against NumPy, on boards against the host, and what late ones do."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from programs import HARNESS, STRICT, board_flags, emulator

from nanosmith.tools.data.on_grid import on_grid
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.features.sources import read_source
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.process import run_command
from nanosmith.tools.specs.time_grid import LONGEST_GAP_US, TimeGrid

GRID = TimeGrid.of(100.0, 500_000)


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
    made, restarts = library.resampled(samples, times.astype(np.uint32), GRID)
    grid = times[0] + np.arange(len(made)) * 1e4
    assert grid[-1] <= times[-1] < grid[-1] + 1e4
    assert restarts.nonzero()[0].tolist() == [0]
    for channel in range(3):
        np.testing.assert_allclose(made[:, channel], np.interp(grid, times, samples[:, channel]), atol=1e-5)


def test_samples_on_the_grid_stay_as_they_are(library: FrontEndLibrary) -> None:
    samples = np.random.default_rng(3).normal(size=(50, 2)).astype(np.float32)
    made, _ = library.resampled(samples, (np.arange(50) * 10_000 + 7).astype(np.uint32), GRID)
    np.testing.assert_array_equal(made, samples)


def test_late_samples_are_dropped_and_holes_start_anew(library: FrontEndLibrary) -> None:
    samples, times = late_and_lost()
    kept = np.ones(len(times), bool)
    kept[[50, 51]] = False
    made, restarts = library.resampled(samples, times, GRID)
    expected, _ = library.resampled(samples[kept], times[kept], GRID)
    np.testing.assert_array_equal(made, expected)
    starts = restarts.nonzero()[0]
    assert len(starts) == 2
    np.testing.assert_array_equal(made[starts[1]], samples[200])


def test_a_rate_that_is_no_whole_number_of_microseconds_does_not_drift(library: FrontEndLibrary) -> None:
    times = np.arange(36_001, dtype=np.float64) * 1e6 / 360
    samples = np.sin(2 * np.pi * times * 1e-6)[:, None].astype(np.float32)
    made, _ = library.resampled(samples, times.round().astype(np.uint32), TimeGrid.of(360.0, 500_000))
    assert abs(len(made) - 36_001) <= 1
    np.testing.assert_allclose(made[:36_000], samples[:36_000], atol=1e-4)


@pytest.mark.parametrize(("rate", "gap"), [(0.0, 1), (2e6, 1), (100.0, 0), (100.0, 2**31)])
def test_settings_out_of_range(rate: float, gap: int) -> None:
    with pytest.raises(ValueError, match=r"rate|gap"):
        TimeGrid.of(rate, gap)


def test_a_grid_fills_as_much_as_its_clock_can_tell() -> None:
    assert TimeGrid.filling(0.25, 100.0) == TimeGrid(step_q16=655_360_000, longest_gap_us=250_000)
    assert TimeGrid.filling(7_500, 1 / 300) == TimeGrid.of(1 / 300, LONGEST_GAP_US)
    assert TimeGrid.filling(90_000, 1 / 3_600) is None


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
    constants = {"channels": 2, **GRID.model_dump()}
    board = None if board_id is None else find_board(board_id)
    command = (
        ["gcc", "-g", "-fsanitize=address,undefined"] if board is None else ["arm-none-eabi-gcc", *board_flags(board)]
    )
    defines = [f"-D{name.upper()}={value}" for name, value in constants.items()]
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
    made, restarts = library.resampled(samples, times, GRID)
    expected = [
        f"{int(start)}{''.join(f'{word:08x}' for word in row)}"
        for start, row in zip(restarts, made.view(np.uint32), strict=True)
    ]
    assert len(expected) > 500
    assert lines == expected


@given(
    start=st.integers(0, 2**32 - 1),
    steps=st.lists(
        st.one_of(st.integers(-40_000, 40_000), st.integers(0, 3), st.integers(-(2**31), 2**31), st.just(10_000)),
        max_size=60,
    ),
    rate=st.sampled_from([0.5, 20.0, 99.7, 100.0, 360.0, 44_100.0]),
    gap=st.sampled_from([1, 30_000, 500_000, 3_000_000]),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numpy_gives_the_bits_of_the_c(
    library: FrontEndLibrary, start: int, steps: list[int], rate: float, gap: int, seed: int
) -> None:
    """Clocks that run over, late, repeated and lost samples, holes, grids finer and coarser than the samples."""
    times = ((start + np.cumsum([0, *steps])) % 2**32).astype(np.uint32)
    random = np.random.default_rng(seed)
    samples = (random.normal(size=(len(times), 2)) * 10.0 ** random.integers(-20, 18)).astype(np.float32)
    samples[random.random(len(times)) < 0.1] = -0.0
    grid = TimeGrid.of(rate, gap)
    made, restarts = library.resampled(samples, times, grid)
    found = on_grid(samples, times, grid)
    np.testing.assert_array_equal(found.samples.view(np.uint32), made.view(np.uint32))
    np.testing.assert_array_equal(found.restarts, restarts)


def test_numpy_gives_the_bits_of_the_c_over_a_long_series(library: FrontEndLibrary) -> None:
    """Over a day in hours-long blocks, past several turns of the clock."""
    random = np.random.default_rng(6)
    times = random.integers(1, 4_000_000, 40_000).cumsum()
    samples = random.normal(size=(40_000, 1)).astype(np.float32)
    grid = TimeGrid.of(0.7, 3_900_000)
    made, restarts = library.resampled(samples, times.astype(np.uint32), grid)
    found = on_grid(samples, times, grid)
    assert restarts.sum() > 500
    np.testing.assert_array_equal(found.samples, made)
    np.testing.assert_array_equal(found.restarts, restarts)
    np.testing.assert_array_equal(
        [stop - start for start, stop in found.runs()], np.diff(np.append(np.flatnonzero(restarts), len(made)))
    )
    grid_us = found.seconds * 1e6 + times[0]
    nearest = np.abs(times[found.nearest] - grid_us)
    for other in (found.nearest - 1, np.minimum(found.nearest + 1, len(times) - 1)):
        assert (nearest <= np.abs(times[np.maximum(other, 0)] - grid_us) + 1e-3).all()


def test_an_unbroken_series_is_put_on_the_grid_in_blocks(library: FrontEndLibrary) -> None:
    times = np.random.default_rng(7).integers(1, 30_000, 50_000).cumsum()
    samples = np.random.default_rng(8).normal(size=(50_000, 2)).astype(np.float32)
    made, restarts = library.resampled(samples, times.astype(np.uint32), GRID)
    found = on_grid(samples, times, GRID)
    assert restarts.sum() == 1
    np.testing.assert_array_equal(found.samples, made)
