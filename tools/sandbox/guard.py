"""Holds a sandbox from its first moment to its last: nothing in it runs before it can be ended, nothing outlives it.

bubblewrap waits (`--block-fd`) until we hold a pidfd of the namespace's first process; killing that process makes the
kernel end every other one in the namespace, whatever it did to get away (a kill of bubblewrap itself soon after its
start left a third of the sandboxes alive: bubblewrap#633).
"""

import json
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nanosmith.tools.errors import MemoryExceeded, ToolMissing
from nanosmith.tools.sandbox.memory import memory_in_use
from nanosmith.tools.sandbox.walls import REMEDY

_START_LIMIT_S = 20.0
_END_LIMIT_S = 10.0
_STATUS_LIMIT_BYTES = 65_536
_MEMORY_POLL_S = 0.05


@dataclass
class SandboxGuard:
    """One running sandbox; `process.run_command` calls it."""

    argv: tuple[str, ...]
    memory_bytes: int
    folders: Mapping[str, int]
    """Folders inside that are memory, each with its size in bytes."""

    status_read: int
    block_write: int
    theirs: Sequence[int]
    """File descriptors that only bubblewrap needs; closed here once it has them."""

    poll_s: float = field(default=_MEMORY_POLL_S, init=False)
    _status: bytearray = field(default_factory=bytearray, init=False)
    _first: int | None = field(default=None, init=False)
    _pidfd: int | None = field(default=None, init=False)
    _next_look: float = field(default=0.0, init=False)

    def started(self, pid: int) -> None:
        """Learn the first process, get hold of it, then let it go on."""
        for descriptor in self.theirs:
            os.close(descriptor)
        self.theirs = ()
        deadline = time.monotonic() + _START_LIMIT_S
        while (first := self._reported("child-pid")) is None:
            if not self._read_status(deadline - time.monotonic()):
                return  # it ended before it had a process; its words are on standard error
        pidfd = os.pidfd_open(first)
        if _parent(first) != pid:  # it was over so soon that its number went to somebody else
            os.close(pidfd)
            return
        self._first, self._pidfd = first, pidfd
        os.write(self.block_write, b"g")

    def check(self) -> None:
        """Look at the memory, twenty times a second at most.

        Raises:
            MemoryExceeded: All processes together use more than the limit.

        """
        if self._first is None or time.monotonic() < self._next_look:
            return
        used = memory_in_use(self._first, self.folders, self.memory_bytes)
        if used > self.memory_bytes:
            raise MemoryExceeded(self.argv, self.memory_bytes)
        self._next_look = time.monotonic() + _MEMORY_POLL_S

    def kill(self) -> None:
        """End everything in the namespace and wait until it is gone."""
        if self._pidfd is None:
            return
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return  # it is over, and with it everything in it
        finally:
            select.select([self._pidfd], [], [], _END_LIMIT_S)

    def ran(self) -> bool:
        """Whether the command was reached: bubblewrap reports its exit status only then. Call it after the end."""
        while self._read_status(1.0):
            continue
        return self._reported("exit-code") is not None

    def close(self) -> None:
        """Give the file descriptors back."""
        for descriptor in (self.status_read, self.block_write, self._pidfd, *self.theirs):
            if descriptor is not None:
                os.close(descriptor)
        self._pidfd, self.theirs = None, ()

    def _read_status(self, wait_s: float) -> bool:
        ready, _, _ = select.select([self.status_read], [], [], max(0.0, wait_s))
        if not ready:
            return False
        chunk = os.read(self.status_read, 4096)
        self._status += chunk
        return bool(chunk) and len(self._status) <= _STATUS_LIMIT_BYTES

    def _reported(self, name: str) -> int | None:
        for line in bytes(self._status).split(b"\n"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict) and isinstance(found.get(name), int):
                return int(found[name])
        return None


def _parent(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:  # noqa: PTH123  # the name of a process may be anything
            return int(stream.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def broken(said: str) -> ToolMissing:
    """The error for a sandbox that could not be made."""
    return ToolMissing("a working sandbox", needed_for=f"running generated code ({said})", remedy=REMEDY)
