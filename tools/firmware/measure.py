"""What a candidate, or the final firmware, costs on its board."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.on_grid import on_grid
from nanosmith.tools.data.timed_replay import due_answers
from nanosmith.tools.errors import BuildFailed, FirmwareFailed
from nanosmith.tools.firmware.emulator import Emulator
from nanosmith.tools.firmware.platformio import PlatformIO
from nanosmith.tools.firmware.project import EMULATED, StreamShape, write_project
from nanosmith.tools.firmware.replay import Replay
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.device_spec import Spec, WindowSpec
from nanosmith.tools.specs.time_grid import TimeGrid
from nanosmith.tools.specs.trial import BuildReport, DeviceReport, Parity

_TIMED_HOPS = 4
"""Hops after the first answer that resampling is measured over."""


def measure_candidate(
    candidate: str, files: dict[str, str], *, spec: Spec, board: Board, windows: NDArray[np.generic],
    expected: NDArray[np.int8], arena_bytes: int, platformio: PlatformIO, emulator: Emulator, sandbox: Sandbox,
    work: Path, cancelled: Callable[[], bool] | None = None,
) -> DeviceReport:  # fmt: skip
    """Build a rendered project, replay windows into it and compare with the host's answers.

    Args:
        candidate: Its id.
        files: The project, as `render_project` gives it.
        spec: What it was rendered for.
        board: Where it runs.
        windows: Raw, [n, *sample_shape]; a few dozen are enough.
        expected: Outputs of the host build for those windows, int8 [n, classes].
        arena_bytes: Of the compiled model.
        platformio: Prepared.
        emulator: Prepared.
        sandbox: Where compiler and emulator run.
        work: Folder for the project and for scratch.
        cancelled: Asked about ten times a second.

    Raises:
        BuildFailed: It does not compile, or does not fit the board.
        FirmwareFailed: It crashed or gave other answers than asked for.
        CommandTimedOut: It hung.
        UsageError: The board has no emulated machine, or the windows don't fit.

    """
    project = work / "project"
    write_project(files, project)
    build, elf = platformio.build(project, EMULATED, sandbox, cancelled=cancelled)
    if elf is None:
        raise BuildFailed(build.errors)
    shape = StreamShape.of(spec, windows.shape[1:])
    replay = emulator.replay_windows(
        elf, board, windows, shape=shape, classes=spec.outputs, sandbox=sandbox, work=work, cancelled=cancelled
    )
    timed = None
    if spec.window.grid is not None:
        samples, times_us, answers = _irregularly(windows, spec.window, spec.window.grid)
        timed = emulator.replay_timed(
            elf, board, samples, times_us, answers=answers, shape=shape, classes=spec.outputs, sandbox=sandbox,
            work=work, cancelled=cancelled,
        )  # fmt: skip
    return device_report(
        candidate, build, replay, spec=spec, board=board, parity=compare(replay.outputs, expected),
        arena_bytes=arena_bytes, timed=timed,
    )  # fmt: skip


def _irregularly(
    windows: NDArray[np.generic], window: WindowSpec, grid: TimeGrid
) -> tuple[NDArray[np.float32], NDArray[np.uint32], int]:
    """Samples of the windows as if they had come a quarter of a step early and late in turn, and the answers due.

    What resampling costs doesn't depend on what the samples are.
    """
    count = window.reference + window.length + (_TIMED_HOPS + 1) * window.hop
    samples = np.resize(np.asarray(windows, np.float32).reshape(-1, windows.shape[-1]), (count, windows.shape[-1]))
    numbers = np.arange(count)
    times_us = np.rint((numbers + (numbers % 3 - 1) / 4) * grid.step_q16 / 2**16).astype(np.int64).astype(np.uint32)
    made = on_grid(samples, times_us, grid)
    return samples, times_us, len(due_answers(made.samples, made.runs(), window).windows)


def device_report(
    candidate: str, build: BuildReport, replay: Replay, *, spec: Spec, board: Board, parity: Parity, arena_bytes: int,
    timed: Replay | None = None,
) -> DeviceReport:  # fmt: skip
    """The numbers of one build and one replay together.

    The windows of `replay` are on the grid already; `timed`, of samples with their times, tells what resampling costs.
    RAM is static data and the stack's high-water mark. Latency is instructions by an assumed rate: emulators count
    instructions, not cycles.
    """
    hop = _hop(spec, replay)
    instructions = max(played.answer_instructions(hop) for played in (replay, timed) if played is not None)
    stack_bytes = max(played.stack_bytes for played in (replay, timed) if played is not None)
    seconds = instructions / (board.instructions_per_cycle * board.clock_hz)
    return DeviceReport(
        candidate=candidate,
        board=board.id,
        flash_bytes=build.flash_bytes,
        ram_bytes=build.static_ram_bytes + stack_bytes,
        static_ram_bytes=build.static_ram_bytes,
        arena_bytes=arena_bytes,
        stack_bytes=stack_bytes,
        instructions=instructions,
        latency_ms=seconds * 1000.0,
        latency_assumption=latency_assumption(board, instructions),
        parity=parity,
        emulated_on=emulated_on(board),
    )


def latency_assumption(board: Board, instructions: int) -> str:
    """How the latency was reckoned, for people."""
    return (
        f"{instructions:,} instructions, counted by the emulator for the front-end over one hop and one inference, "
        f"at an assumed {board.instructions_per_cycle:g} instructions a cycle and {board.clock_hz / 1e6:g} MHz; "
        "not measured on hardware"
    )


def emulated_on(board: Board) -> str:
    """The emulated machine, and what is different about it."""
    if board.emulation is None:
        return "nothing"
    exact = "" if board.emulation.is_exact else f"; {board.emulation.note or 'the same core, not the same board'}"
    return f"QEMU {board.emulation.machine}{exact}"


def compare(found: NDArray[np.int8], expected: NDArray[np.int8]) -> Parity:
    """Answers of which every byte is equal.

    Raises:
        FirmwareFailed: There are more or fewer answers, or scores in one, than expected.

    """
    if found.shape != expected.shape:
        raise FirmwareFailed(f"the board gave outputs of shape {found.shape} where the host gave {expected.shape}")
    return Parity(compared=len(found), equal=int(np.all(found == expected, axis=1).sum()))


def _hop(spec: Spec, replay: Replay) -> int:
    window = replay.counts[0].pushes  # the first answer takes a whole window
    return spec.window.hop if window == spec.window.length else window  # a picture shares no row with the next one
