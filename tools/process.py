"""The only place that starts a program."""

import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from nanosmith.tools.errors import CommandFailed, CommandTimedOut, OutputTooLarge, RunStopped, ToolMissing

_POLL_S = 0.1
_READ_BYTES = 65_536
DEFAULT_OUTPUT_LIMIT_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Completed:
    """A program that ended: its exit status and what it wrote, within the limit."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Both streams decoded, standard output first; undecodable bytes are replaced."""
        return (self.stdout + self.stderr).decode("utf-8", errors="replace")


class Guard(Protocol):
    """Watches a program from its start to its end, where a process group is not enough."""

    poll_s: float
    """Longest time between two checks, seconds."""

    def started(self, pid: int) -> None:
        """Called once, at once."""

    def check(self) -> None:
        """Called again and again; what it raises ends the program."""

    def kill(self) -> None:
        """End all that belongs to the program; called in every case."""


def find_program(name: str, *, needed_for: str, remedy: str) -> str:
    """Absolute path of a program on the PATH.

    Raises:
        ToolMissing: It is not there; the message holds `remedy`.

    """
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(name, needed_for=needed_for, remedy=remedy)
    return found


def run_command(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float,
    env: Mapping[str, str],
    stdin: bytes | Iterable[bytes] = b"",
    output_limit_bytes: int = DEFAULT_OUTPUT_LIMIT_BYTES,
    on_line: Callable[[bytes], None] | None = None,
    until: Callable[[bytes], bool] | None = None,
    cancelled: Callable[[], bool] | None = None,
    check: bool = True,
    pass_fds: Sequence[int] = (),
    guard: Guard | None = None,
    told_as: Sequence[str] | None = None,
) -> Completed:
    """Run `argv` in a process group of its own, feed it `stdin` and wait for it.

    Args:
        argv: Program and arguments; never passed through a shell.
        cwd: Working folder.
        timeout_s: Wall-clock limit; the whole process group is killed after it.
        env: The complete environment; nothing is inherited.
        stdin: Bytes for its standard input, closed after them; or pieces of them, taken one by one by a thread of
            their own, so that a generator can wait for an answer that `on_line` or `until` saw.
        output_limit_bytes: Most that both streams together may hold.
        on_line: Called with each complete line of standard output, without its newline, as it arrives.
        until: Asked with each such line; when it says True the program is killed and counts as ended well
            (for an emulator, which never exits by itself).
        cancelled: Asked about ten times a second; True kills the program.
        check: Whether a non-zero exit status is an error.
        pass_fds: File descriptors that the program inherits.
        guard: Watches it.
        told_as: The command as errors and the answer name it, where `argv` is a wrapper around it.

    Raises:
        CommandFailed: Non-zero exit status, and `check` is on.
        CommandTimedOut: Still running after `timeout_s`.
        OutputTooLarge: Wrote more than `output_limit_bytes`.
        RunStopped: `cancelled` said so.
        ToolMissing: The program does not exist.

    """
    argv = tuple(argv)
    try:
        process = subprocess.Popen(
            argv, cwd=cwd, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, pass_fds=tuple(pass_fds),
        )  # fmt: skip
    except FileNotFoundError:
        raise ToolMissing(argv[0], needed_for="this step", remedy="nanosmith doctor") from None
    argv = argv if told_as is None else tuple(told_as)
    with process:
        feeder = threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True)
        reader = _Reader(process, argv, timeout_s, output_limit_bytes, on_line, until, cancelled, guard)
        try:
            if guard is not None:
                guard.started(process.pid)
            feeder.start()
            reader.read_to_end()
        finally:
            if guard is not None:
                guard.kill()
            _kill_group(process)
            process.wait()
            if feeder.ident is not None:
                feeder.join(timeout=5)
    code = 0 if reader.satisfied else process.returncode
    if check and code != 0:
        tail = (reader.stdout + reader.stderr)[-20_000:]
        raise CommandFailed(argv, code, tail.decode("utf-8", errors="replace"))
    return Completed(argv, code, bytes(reader.stdout), bytes(reader.stderr))


class _Reader:
    """Reads both streams within the limits; killing is the caller's."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", argv: tuple[str, ...], timeout_s: float, limit_bytes: int,
        on_line: Callable[[bytes], None] | None, until: Callable[[bytes], bool] | None,
        cancelled: Callable[[], bool] | None, guard: Guard | None = None,
    ) -> None:  # fmt: skip
        self.guard = guard
        self.process, self.argv, self.timeout_s, self.limit_bytes = process, argv, timeout_s, limit_bytes
        self.on_line, self.until, self.cancelled = on_line, until, cancelled
        self.stdout, self.stderr = bytearray(), bytearray()
        self.satisfied = False
        self._line_start = 0

    def read_to_end(self) -> None:
        deadline = time.monotonic() + self.timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(_not_none(self.process.stdout), selectors.EVENT_READ, self.stdout)
            selector.register(_not_none(self.process.stderr), selectors.EVENT_READ, self.stderr)
            while selector.get_map() and not self.satisfied:
                self._check(deadline)
                for key, _ in selector.select(timeout=self._poll_s()):
                    self._take(selector, key)
        while not self.satisfied and self.process.poll() is None:  # a program may close its streams and go on
            self._check(deadline)
            time.sleep(min(0.01, self._poll_s()))

    def _check(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise CommandTimedOut(self.argv, self.timeout_s)
        if self.cancelled is not None and self.cancelled():
            raise RunStopped(f"{Path(self.argv[0]).name} was stopped as asked")
        if self.guard is not None:
            self.guard.check()

    def _poll_s(self) -> float:
        return _POLL_S if self.guard is None else self.guard.poll_s

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        chunk = os.read(key.fd, _READ_BYTES)
        if not chunk:
            selector.unregister(key.fileobj)
            return
        key.data.extend(chunk)
        if len(self.stdout) + len(self.stderr) > self.limit_bytes:
            raise OutputTooLarge(self.argv, self.limit_bytes)
        if key.data is self.stdout and (self.on_line or self.until):
            self._lines()

    def _lines(self) -> None:
        while not self.satisfied and (end := self.stdout.find(b"\n", self._line_start)) >= 0:
            line = bytes(self.stdout[self._line_start : end])
            self._line_start = end + 1
            if self.on_line is not None:
                self.on_line(line)
            if self.until is not None:
                self.satisfied = self.until(line)


def _feed(stream: IO[bytes] | None, payload: bytes | Iterable[bytes]) -> None:
    try:
        with _not_none(stream) as open_stream:
            for piece in (payload,) if isinstance(payload, bytes) else payload:
                open_stream.write(piece)
                open_stream.flush()
    except (BrokenPipeError, OSError):
        return  # it ended without reading all of it; its exit status tells


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # already gone


def _not_none(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("a pipe was asked for and is missing")
    return stream
