"""Runs firmware on the emulated board: recorded samples in over the serial line, answers and exact counts out.

QEMU runs in the sandbox without semihosting, monitor or network: the firmware holds code that an agent wrote.
Its serial line is standard input and output behind QEMU's multiplexer, which buffers 32 bytes (six times the speed of
the plain one); the multiplexer's escape character is set to one that no byte can be.
"""

import hashlib
import math
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.errors import FirmwareFailed, UsageError
from nanosmith.tools.firmware.image import read_image, read_symbols
from nanosmith.tools.firmware.project import StreamShape
from nanosmith.tools.firmware.replay_line import END, LEAD_IN, RESTART, STACK, Transcript, sample_block
from nanosmith.tools.process import find_program, run_command
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits
from nanosmith.tools.specs.board import Board

QEMU_REMEDY = "sudo apt-get install qemu-system-arm"
GCC_REMEDY = "sudo apt-get install gcc libc6-dev"
_PLUGIN_SOURCE = (
    Path(__file__).resolve().parents[2] / "firmware_templates" / "platform" / "counter" / "count_instructions.c"
)
_MARKS = ("begin", "push", "copy", "inference")
_COUNTS_LIMIT_BYTES = 16 * 2**20
_LINE_LIMIT_BYTES = 256 * 2**20
_BYTES_PER_S = 20_000
"""Slowest that a busy machine was seen to feed the line; 150,000 is usual."""


@dataclass(frozen=True)
class AnswerCount:
    """Guest instructions of one answer."""

    pushes: int
    """Samples taken since the answer before."""

    push_instructions: int
    """Of the front-end over all those samples."""

    copy_instructions: int
    """Of unrolling the features into the model's input."""

    inference_instructions: int


@dataclass(frozen=True)
class Replay:
    """What firmware did with recorded samples."""

    outputs: NDArray[np.int8]
    """[answers, classes], the model's output bytes."""

    application: tuple[tuple[int, str], ...]
    """Lines of the application, cleaned, each with the index of the answer that it followed; -1 before the first."""

    counts: tuple[AnswerCount, ...]
    """One an answer, counted by QEMU: exact, and the same on every run."""

    stack_bytes: int
    """High-water mark of the painted stack over the whole replay."""

    @property
    def inference_instructions(self) -> int:
        """Of one inference; the most where it depends on the input."""
        return max(count.inference_instructions for count in self.counts)

    @property
    def push_instructions(self) -> float:
        """Of the front-end for one sample, averaged."""
        return sum(count.push_instructions for count in self.counts) / sum(count.pushes for count in self.counts)

    def answer_instructions(self, hop_samples: int) -> int:
        """Of one answer: front-end over one hop, copy and inference."""
        copy = max(count.copy_instructions for count in self.counts)
        return math.ceil(self.push_instructions * hop_samples) + copy + self.inference_instructions


@dataclass(frozen=True)
class Emulator:
    """QEMU with our counting plugin; `prepare` builds the plugin."""

    plugin: Path
    program: str

    @classmethod
    def prepare(cls, cache: Path) -> "Emulator":
        """Compile the plugin into `cache` with the host's gcc, once; safe in parallel.

        Raises:
            ToolMissing: No QEMU for Arm, or no gcc.

        """
        program = find_program("qemu-system-arm", needed_for="running firmware", remedy=QEMU_REMEDY)
        source = _PLUGIN_SOURCE.read_bytes()
        plugin = cache.resolve() / f"count-{hashlib.sha256(source).hexdigest()[:16]}.so"
        if not plugin.is_file():
            _compile(source, plugin)
        return cls(plugin, program)

    def replay_windows(
        self, elf: Path, board: Board, windows: NDArray[np.generic], *, shape: StreamShape, classes: int,
        sandbox: Sandbox, work: Path, timeout_s: float | None = None, cancelled: Callable[[], bool] | None = None,
    ) -> Replay:  # fmt: skip
        """Feed independent windows, each after a restart of the front-end: one answer a window.

        Args:
            elf: Image of the environment `emulated`.
            board: Its emulation names the machine.
            windows: float32 [n, length, channels], or uint8 [n, height, width, colors]; n at least 1.
            shape: How the firmware was rendered.
            classes: Scores in an answer.
            sandbox: Where QEMU runs.
            work: Folder for scratch.
            timeout_s: Wall-clock limit; by the amount of samples where None.
            cancelled: Asked about ten times a second.

        Raises:
            FirmwareFailed: It crashed, gave another number of answers, or was rendered for other samples.
            CommandTimedOut: It hung.
            ImageUnreadable: The image can't be read or has no marker functions.
            UsageError: The board has no emulated machine, or the samples don't fit `shape`.

        """
        if windows.ndim < 3 or windows[0].size != shape.window_samples * shape.sample_floats or not len(windows):
            raise UsageError(f"windows of shape {windows.shape} where the firmware takes {shape}")
        rows = windows.reshape(len(windows), shape.window_samples, shape.sample_floats)
        line = b"".join(RESTART + sample_block(window) for window in rows)
        run = _Run(self, elf, board, shape, classes, sandbox, work, timeout_s, cancelled)
        return run.feed(line, expected=len(windows))

    def replay_recording(
        self, elf: Path, board: Board, samples: NDArray[np.generic], *, shape: StreamShape, classes: int,
        sandbox: Sandbox, work: Path, timeout_s: float | None = None, cancelled: Callable[[], bool] | None = None,
    ) -> Replay:  # fmt: skip
        """Feed one continuous recording [n, channels]: an answer once a window is full and then at every hop.

        The answer k comes after sample `length + k * hop`. Arguments and errors as `replay_windows`.
        """
        if samples.ndim != 2 or samples.shape[1] != shape.sample_floats or len(samples) < shape.window_samples:
            raise UsageError(f"a recording of shape {samples.shape} where the firmware takes {shape}")
        expected = 1 + (len(samples) - shape.window_samples) // shape.hop_samples
        run = _Run(self, elf, board, shape, classes, sandbox, work, timeout_s, cancelled)
        return run.feed(RESTART + sample_block(samples), expected=expected)


@dataclass(frozen=True)
class _Run:
    """One start of QEMU."""

    emulator: Emulator
    elf: Path
    board: Board
    shape: StreamShape
    classes: int
    sandbox: Sandbox
    work: Path
    timeout_s: float | None
    cancelled: Callable[[], bool] | None

    def feed(self, line: bytes, *, expected: int) -> Replay:
        if len(line) > _LINE_LIMIT_BYTES:
            raise UsageError(f"a replay of {len(line):,} bytes is over {_LINE_LIMIT_BYTES:,}; take fewer samples")
        self.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.work.resolve(), prefix="replay-") as name:
            scratch = Path(name)
            image = scratch / "firmware.elf"
            image.write_bytes(read_image(self.elf))
            job = self._job(image, scratch / "counts.txt", 30.0 + len(line) / _BYTES_PER_S)
            transcript = Transcript()
            self.sandbox.run(
                job, stdin=LEAD_IN + line + STACK + END, until=transcript.take, cancelled=self.cancelled, check=True
            )  # fmt: skip
            counts = _read_counts(scratch / "counts.txt")
        return self._result(transcript, counts, expected)

    def _job(self, image: Path, counts: Path, time_s: float) -> SandboxJob:
        if self.board.emulation is None:
            raise UsageError(f"{self.board.id} has no emulated machine")
        marks = read_symbols(image, tuple(f"ns_mark_{mark}" for mark in _MARKS))
        if len(marks) != len(_MARKS):
            raise FirmwareFailed("the image has no marker functions; it was not built for the emulated environment")
        plugin = ",".join([str(self.emulator.plugin), *(f"{m}={marks[f'ns_mark_{m}']:#x}" for m in _MARKS)])
        argv = (
            self.emulator.program, "-M", self.board.emulation.machine, "-nodefaults", "-display", "none",
            "-monitor", "none", "-nic", "none", "-accel", "tcg,tb-size=64", "-echr", "0x200",
            "-chardev", "stdio,id=line,mux=on,signal=off", "-serial", "chardev:line",
            "-plugin", f"{plugin},out={counts}", "-kernel", str(image),
        )  # fmt: skip
        limits = SandboxLimits(time_s=time_s if self.timeout_s is None else self.timeout_s)
        return SandboxJob(argv=argv, work=image.parent, read_only=(self.emulator.plugin,), limits=limits)

    def _result(self, transcript: Transcript, counts: tuple[AnswerCount, ...], expected: int) -> Replay:
        if transcript.failure is not None or not transcript.ended:
            after = f"after {len(transcript.scores)} of {expected} answers"
            raise FirmwareFailed(f"the firmware stopped {after}", line=transcript.failure or "")
        shape = self.shape
        wanted = (shape.sample_floats, shape.window_samples, shape.hop_samples, self.classes)
        if transcript.ready != wanted:
            raise FirmwareFailed(f"the firmware takes {transcript.ready} where {wanted} was expected")
        if len(transcript.scores) != expected or len(counts) != expected or transcript.stack_bytes is None:
            raise FirmwareFailed(
                f"{expected} answers were expected; {len(transcript.scores)} came, {len(counts)} were counted"
            )
        return Replay(transcript.outputs(self.classes), tuple(transcript.application), counts, transcript.stack_bytes)


def _read_counts(path: Path) -> tuple[AnswerCount, ...]:
    # QEMU writes this file; nothing that runs in the guest can reach it.
    if not path.is_file() or path.stat().st_size > _COUNTS_LIMIT_BYTES:
        raise FirmwareFailed("QEMU's plugin left no usable counts")
    return tuple(AnswerCount(*map(int, line.split())) for line in path.read_text(encoding="ascii").splitlines())


def _compile(source: bytes, plugin: Path) -> None:
    gcc = find_program("gcc", needed_for="counting instructions", remedy=GCC_REMEDY)
    plugin.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=plugin.parent, prefix=".plugin-") as scratch:
        folder = Path(scratch)
        (folder / "count_instructions.c").write_bytes(source)
        run_command(
            (gcc, "-std=c11", "-O2", "-fPIC", "-shared", "-o", "plugin.so", "count_instructions.c"),
            cwd=folder, timeout_s=60.0, env={"PATH": os.defpath, "TMPDIR": scratch},
        )  # fmt: skip
        (folder / "plugin.so").replace(plugin)
