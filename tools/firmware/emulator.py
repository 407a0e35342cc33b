"""Runs firmware on the emulated board: recorded samples in, answers and exact counts out.

QEMU runs in the sandbox without semihosting, monitor or network: the firmware holds code that an agent wrote.
The serial line is standard input and output behind QEMU's multiplexer, which buffers 32 bytes; its escape character
is set to one that no byte can be. What fits is laid into the board's spare memory instead (`tape.h`): a byte over the
line costs a round trip between QEMU's threads, 7 µs on an idle machine and 40 µs on a busy one.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.errors import FirmwareFailed, UsageError
from nanosmith.tools.firmware.counter import COUNTS_LIMIT_BYTES, build_plugin, plugin_argument, read_counts
from nanosmith.tools.firmware.image import read_image, read_sections
from nanosmith.tools.firmware.project import StreamShape
from nanosmith.tools.firmware.replay import AnswerCount, Replay
from nanosmith.tools.firmware.replay_line import (
    END,
    PREPARED,
    RESTART,
    STACK,
    Transcript,
    sample_block,
    tape,
    timed_block,
)
from nanosmith.tools.process import find_program
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits
from nanosmith.tools.specs.board import Board

__all__ = ["Emulator", "Replay"]

QEMU_REMEDY = "sudo apt-get install qemu-system-arm"
_IMAGE, _TAPE, _COUNTS = "firmware.elf", "tape.bin", "counts.txt"
_STREAM_LIMIT_BYTES = 256 * 2**20
_LINE_BYTES_PER_S = 5_000
_TAPE_BYTES_PER_S = 200_000
"""Slowest that is waited for; a tenth of what a busy machine was seen to do, inference apart."""


@dataclass(frozen=True)
class _Firmware:
    """A built image and how it was rendered."""

    elf: Path
    board: Board
    shape: StreamShape
    classes: int


@dataclass(frozen=True)
class Emulator:
    """QEMU with our counting plugin; `prepare` makes one."""

    program: str
    plugin: Path
    with_tape: bool = True
    """False: every sample goes over the serial line."""

    @classmethod
    def prepare(cls, cache: Path) -> "Emulator":
        """Find QEMU, and compile the plugin into `cache` where it is not there yet.

        Raises:
            ToolMissing: No QEMU for Arm, or no gcc.

        """
        program = find_program("qemu-system-arm", needed_for="running firmware", remedy=QEMU_REMEDY)
        return cls(program, build_plugin(cache))

    def replay_windows(
        self, elf: Path, board: Board, windows: NDArray[np.generic], *, shape: StreamShape, classes: int,
        sandbox: Sandbox, work: Path, timeout_s: float | None = None, cancelled: Callable[[], bool] | None = None,
    ) -> Replay:  # fmt: skip
        """Feed independent windows, each after a restart of the front-end: one answer a window, decided in their order.

        Args:
            elf: Image of the environment `emulated`.
            board: Its emulation names the machine.
            windows: float32 [n, length, channels], or uint8 [n, height, width, colors]; n at least 1. Relative to the
                reference already where the firmware has one.
            shape: How the firmware was rendered.
            classes: Scores in an answer.
            sandbox: Where QEMU runs.
            work: Folder for scratch.
            timeout_s: Wall-clock limit; by the number of samples where None.
            cancelled: Asked about ten times a second.

        Raises:
            FirmwareFailed: It crashed, gave another number of answers, or was rendered for other samples.
            CommandTimedOut: It hung.
            ImageUnreadable: The image can't be read.
            UsageError: The board has no emulated machine, or the samples don't fit the firmware.

        """
        if windows.ndim < 3 or not len(windows) or windows[0].size != shape.window_samples * shape.sample_floats:
            raise UsageError(f"windows of shape {windows.shape} where the firmware takes {shape}")
        rows = windows.reshape(len(windows), shape.window_samples, shape.sample_floats)
        stream = b"".join(PREPARED + sample_block(window) for window in rows)
        return self._replay(
            _Firmware(elf, board, shape, classes), stream, len(windows), sandbox, work, timeout_s, cancelled
        )

    def replay_recording(
        self, elf: Path, board: Board, samples: NDArray[np.generic], *, shape: StreamShape, classes: int,
        sandbox: Sandbox, work: Path, timeout_s: float | None = None, cancelled: Callable[[], bool] | None = None,
    ) -> Replay:  # fmt: skip
        """Feed one continuous recording [n, channels]: an answer once a window is full and then at every hop.

        Answer k comes after sample `reference + length + k * hop`. Arguments and errors as `replay_windows`.
        """
        least = shape.reference_samples + shape.window_samples
        if samples.ndim != 2 or samples.shape[1] != shape.sample_floats or len(samples) < least:
            raise UsageError(f"a recording of shape {samples.shape} where the firmware takes {shape}")
        expected = 1 + (len(samples) - least) // shape.hop_samples
        stream = RESTART + sample_block(samples)
        return self._replay(
            _Firmware(elf, board, shape, classes), stream, expected, sandbox, work, timeout_s, cancelled
        )

    def replay_timed(
        self, elf: Path, board: Board, samples: NDArray[np.float32], times_us: NDArray[np.uint32], *, answers: int,
        shape: StreamShape, classes: int, sandbox: Sandbox, work: Path, timeout_s: float | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Replay:  # fmt: skip
        """Feed one recording as it came, float32 [n, channels] with the microseconds of each sample, uint32 [n].

        `answers` is how many are due: of each piece between two holes as of a recording. Other arguments and errors as
        `replay_windows`.
        """
        if samples.ndim != 2 or samples.shape[1] != shape.sample_floats or times_us.shape != samples.shape[:1]:
            raise UsageError(f"a recording of shape {samples.shape} where the firmware takes {shape}")
        stream = RESTART + timed_block(samples, times_us)
        return self._replay(_Firmware(elf, board, shape, classes), stream, answers, sandbox, work, timeout_s, cancelled)

    def _replay(
        self, firmware: _Firmware, stream: bytes, expected: int, sandbox: Sandbox, work: Path,
        timeout_s: float | None, cancelled: Callable[[], bool] | None,
    ) -> Replay:  # fmt: skip
        if len(stream) > _STREAM_LIMIT_BYTES:
            raise UsageError(f"a replay of {len(stream):,} bytes is over {_STREAM_LIMIT_BYTES:,}; take fewer samples")
        work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work.resolve(), prefix="replay-") as name:
            scratch = Path(name)
            image = scratch / _IMAGE
            image.write_bytes(read_image(firmware.elf))
            laid, sent = tape(stream + STACK + END, self._tape_room(firmware.board, image))
            limit_s = 30.0 + len(sent) / _LINE_BYTES_PER_S + len(laid) / _TAPE_BYTES_PER_S
            job = SandboxJob(
                argv=self._command(firmware.board, image), scratch=scratch,
                files={_IMAGE: image, _TAPE: laid}, read_only=(self.plugin,), results={_COUNTS: COUNTS_LIMIT_BYTES},
                limits=SandboxLimits(time_s=limit_s if timeout_s is None else timeout_s),
            )  # fmt: skip
            transcript, counts = _talk(job, sent, sandbox, cancelled)
        return _checked(firmware, transcript, counts, expected)

    def _tape_room(self, board: Board, image: Path) -> int:
        metal = board.bare_metal
        if metal is None or not self.with_tape:
            return 0
        end_of_image = metal.flash_origin + read_sections(image).flash_bytes
        is_free = end_of_image <= metal.tape_origin or metal.tape_origin < metal.flash_origin
        return metal.tape_bytes if is_free else 0

    def _command(self, board: Board, image: Path) -> tuple[str, ...]:
        if board.emulation is None:
            raise UsageError(f"{board.id} has no emulated machine")
        loader: tuple[str, ...] = ()
        if self._tape_room(board, image) and board.bare_metal is not None:
            address = f"{board.bare_metal.tape_origin:#x}"
            loader = ("-device", f"loader,file={_TAPE},addr={address},force-raw=on")
        return (
            self.program, "-M", board.emulation.machine, "-nodefaults", "-display", "none", "-monitor", "none",
            "-nic", "none", "-accel", "tcg,tb-size=64", "-echr", "0x200",
            "-chardev", "stdio,id=line,mux=on,signal=off", "-serial", "chardev:line",
            "-plugin", plugin_argument(self.plugin, image, Path("out") / _COUNTS), "-kernel", _IMAGE, *loader,
        )  # fmt: skip


def _talk(
    job: SandboxJob, sent: bytes, sandbox: Sandbox, cancelled: Callable[[], bool] | None
) -> tuple[Transcript, tuple[AnswerCount, ...]]:
    """Run QEMU to the end of the replay; `sent` goes out once the firmware is ready: receivers drop what is earlier."""
    transcript, is_ready = Transcript(), threading.Event()

    def take(line: bytes) -> bool:
        is_over = transcript.take(line)
        if is_over or transcript.ready:
            is_ready.set()
        return is_over

    def pieces() -> Iterator[bytes]:
        if is_ready.wait(job.limits.time_s):
            yield sent

    counts = sandbox.run(job, stdin=pieces(), until=take, cancelled=cancelled).results.get(_COUNTS, b"")
    return transcript, read_counts(counts)


def _checked(
    firmware: _Firmware, transcript: Transcript, counts: tuple[AnswerCount, ...], expected: int
) -> Replay:  # fmt: skip
    if transcript.failure is not None or not transcript.ended:
        after = f"after {len(transcript.scores)} of {expected} answers"
        raise FirmwareFailed(f"the firmware stopped {after}", line=transcript.failure or "")
    shape = firmware.shape
    wanted = (shape.sample_floats, shape.window_samples, shape.hop_samples, firmware.classes)
    if transcript.ready != wanted:
        raise FirmwareFailed(f"the firmware takes {transcript.ready} where {wanted} was expected")
    if len(transcript.scores) != expected or len(counts) != expected or transcript.stack_bytes is None:
        found = f"{len(transcript.scores)} came, {len(counts)} were counted"
        raise FirmwareFailed(f"{expected} answers were expected; {found}")
    outputs = transcript.outputs(firmware.classes)
    in_force = np.array(transcript.in_force, dtype=np.int32)
    return Replay(outputs, in_force, tuple(transcript.application), counts, transcript.stack_bytes)
