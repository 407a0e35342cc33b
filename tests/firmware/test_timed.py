"""Samples with their times: the firmware puts them on the grid, begins anew after holes and answers as the host."""

import re
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest
from bench import DECISION, HOP, LENGTH, motion, series_device, series_spec
from numpy.typing import NDArray
from test_firmware_on_the_host import FLAGS, PORT, said_by

from nanosmith.tools.data.on_grid import on_grid
from nanosmith.tools.data.timed_replay import DueAnswers, due_answers
from nanosmith.tools.decisions.library import GAP
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.project import EMULATED, StreamShape, example_application, write_project
from nanosmith.tools.firmware.replay_line import END, PREPARED, RESTART, sample_block, timed_block
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.time_grid import resampler_bytes

REFERENCE = 50


def timed_spec(*, reference: int = 0) -> Spec:
    """The series device at 50 Hz; holes of more than 100 ms are not filled."""
    spec = series_spec()
    window = spec.window.model_copy(update={"longest_gap_us": 100_000, "reference": reference})
    return spec.model_copy(update={"window": window})


@dataclass(frozen=True)
class Recorded:
    samples: NDArray[np.float32]
    times_us: NDArray[np.uint32]
    due: DueAnswers


def recorded(spec: Spec, *, late: bool = True) -> Recorded:
    """Jitter, lost, late and repeated samples, three holes (one in the reference), and a clock that runs over."""
    random = np.random.default_rng(4)
    samples = motion(24, seed=5).reshape(-1, 3)
    steps = random.integers(8_000, 32_000, len(samples))
    steps[[30, 300, 320]] = 900_000, 400_000, 130_000
    if late:
        steps[[120, 121]] = 0, -30_000
    times = ((2**32 - 3_000_000 + steps.cumsum()) % 2**32).astype(np.uint32)
    assert (np.diff(times.astype(np.int64)) < -(2**31)).any(), "the clock runs over"
    made = on_grid(samples, times, spec.window.grid)
    assert made.restarts.sum() == 4
    return Recorded(samples, times, due_answers(made.samples, made.runs(), spec.window))


@pytest.mark.parametrize("board", ["microbit", "mps2_an386"])
@pytest.mark.parametrize("reference", [0, REFERENCE])
def test_boards_resample_and_answer_as_the_host(bench, decisions, tmp_path, board, reference):
    """Without and with an FPU; what was normal at the start is still known behind a hole."""
    spec = timed_spec(reference=reference)
    taken = recorded(spec)
    write_project(series_device().project(spec, find_board(board), example_application()), tmp_path)
    report, elf = bench.platformio.build(tmp_path, EMULATED, bench.sandbox)
    assert elf is not None, report.errors
    tools = {"shape": StreamShape.of(spec, (LENGTH, 3)), "classes": 3, "sandbox": bench.sandbox, "work": bench.root}
    expected = bench.host(series_device(), taken.due.windows)
    found = bench.emulator.replay_timed(
        elf, find_board(board), taken.samples, taken.times_us, answers=len(expected), **tools
    )
    np.testing.assert_array_equal(found.outputs, expected)
    breaks = np.where(taken.due.after_hole, GAP, 0).astype(np.uint8)
    assert breaks.sum() >= 2
    np.testing.assert_array_equal(found.in_force, decisions.in_force(DECISION, expected, breaks))
    windows = motion(6, seed=6)
    on_the_grid = bench.emulator.replay_windows(elf, find_board(board), windows, **tools)
    np.testing.assert_array_equal(on_the_grid.outputs, bench.host(series_device(), windows))
    if reference == 0:
        even, _ = bench.built(board)
        more = report.static_ram_bytes - even.static_ram_bytes
        assert resampler_bytes(3) <= more < resampler_bytes(3) + 4 + 16, "and the driver's time, in a struct of 16s"
        assert 0 < report.flash_bytes - even.flash_bytes < 2_500
        assert found.push_instructions > on_the_grid.push_instructions, "resampling is counted"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("timed")
    write_project(series_device().project(timed_spec(), find_board("mps2_an386"), example_application()), folder)
    (folder / "src" / "port_host.c").write_text(PORT)
    sources = [str(p) for p in sorted((folder / "src").rglob("*.c")) if p.name not in {"port_baremetal.c", "marks.c"}]
    subprocess.run(["gcc", *FLAGS, "-I", "src", "-o", "firmware", *sources], cwd=folder, check=True)
    return folder / "firmware"


def test_nothing_is_out_of_bounds_and_a_restart_forgets_the_clock(bench, program):
    spec = timed_spec()
    taken = recorded(spec)
    window = motion(1)[0]
    block = timed_block(taken.samples, taken.times_us)
    said = said_by(program, RESTART + block + PREPARED + sample_block(window) + RESTART + block + END)
    expected = bench.host(series_device(), taken.due.windows)
    once = np.concatenate([expected, bench.host(series_device(), window[None])])
    np.testing.assert_array_equal(said.outputs(3), np.concatenate([once, expected]))


def test_the_time_goes_on_through_a_hole(program):
    """An application's milliseconds are those of the clock, give or take a sample."""
    length = LENGTH + 40 * HOP
    steps = np.full(2 * length, 20_000)
    steps[length] = 5_000_000
    samples = motion(2 * length // LENGTH + 1, seed=7).reshape(-1, 3)[: 2 * length]
    said = said_by(program, RESTART + timed_block(samples, steps.cumsum().astype(np.uint32)) + END)
    told = [(answer, int(line.split(" ms")[0])) for answer, line in said.application]
    behind = [(answer - 41, ms) for answer, ms in told if answer >= 41]
    before = [ms for answer, ms in told if answer < 41]
    assert before
    assert behind
    assert max(before) <= length * 20
    for answer, ms in behind:
        assert abs(ms - (length * 20 + 5_000 + (LENGTH + answer * HOP) * 20)) <= 40


def test_a_damaged_time_stops_it_and_even_firmware_takes_none(bench, program):
    taken = recorded(timed_spec())
    block = bytearray(timed_block(taken.samples, taken.times_us))
    block[6] ^= 1
    assert said_by(program, RESTART + bytes(block) + END).failure == "error checksum"
    files = series_device().project(series_spec(), find_board("mps2_an386"), example_application())
    assert not any("ns_resample" in name for name in files)
    assert "#define NS_LONGEST_GAP_US 0u" in files["src/device.h"]


@pytest.mark.parametrize("is_timed", [True, False])
def test_the_readme_shows_a_driver_that_compiles(tmp_path, is_timed):
    spec = timed_spec() if is_timed else series_spec()
    files = series_device().project(spec, find_board("nucleo_f446re"), example_application())
    text = files["README.md"]
    assert ("after 0.1 s without one the windows begin anew" in text) == is_timed
    (driver,) = re.findall(r"```c\n(.*?)```", text, re.DOTALL)
    assert ("state->time_us = " in driver) == ("return SENSOR_TIMED;" in driver) == is_timed
    assert ("return SENSOR_SAMPLE;" in driver) != is_timed
    write_project(files | {"src/sensor_own.c": driver}, tmp_path)
    subprocess.run(["gcc", *FLAGS, "-fsyntax-only", "src/sensor_own.c"], cwd=tmp_path, check=True)


def test_evenly_sampled_firmware_knows_no_times(tmp_path):
    files = series_device().project(series_spec(), find_board("nucleo_f446re"), example_application())
    driver = '#include "sensor.h"\nsensor_event event(void);\nsensor_event event(void) { return SENSOR_TIMED; }\n'
    write_project(files | {"src/sensor_own.c": driver}, tmp_path)
    done = subprocess.run(["gcc", *FLAGS, "-fsyntax-only", "src/sensor_own.c"], cwd=tmp_path, capture_output=True)
    assert b"SENSOR_TIMED" in done.stderr
