"""How much stack a function can take at most, from the linked code.

All that a function ever pushes is added up, which is never less than what it holds at once, and the deepest way through
its calls is taken. The C library's functions and inline assembly are read like everything else, which gcc's
`-fstack-usage` would leave out. A call through a pointer is taken to reach every function that nothing calls by name:
the linker has dropped what nobody refers to. Interrupts are not in it: they come on top, on the stack that was current.
"""

import os
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanosmith.tools.firmware.image import read_symbols
from nanosmith.tools.process import run_command

_HEADER = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
_REGISTERS = re.compile(r"(?:v?push(?:\.w)?|v?stmdb(?:\.w)?\s+sp!,)\s*\{([^}]+)\}")
_MOVED = re.compile(r"sub(?:w|\.w)?\s+sp,(?: sp,)? #(\d+)|\[sp, #-(\d+)\]!|addi?\s+sp,sp,-(\d+)")
_UNKNOWN = re.compile(r"(?:sub(?:w|\.w)?\s+sp,(?: sp,)? (?:r\d|ip|lr)|(?:sub|add)\s+sp,sp,[a-z])")
_BRANCH = re.compile(r"^\s*(?:b[a-z.]*|cbn?z|jal|j|tail|call)\s+(?:[a-z]\w*,\s*)*([0-9a-f]+) <")
_POINTER = re.compile(r"^\s*(?:blx\s+(?:r\d+|ip)\s*$|bx\s+(?:r\d+|ip)\s*$|jalr\s|jr\s)")
_LIMIT_S = 60.0
_OUTPUT_LIMIT = 64 * 2**20


@dataclass(frozen=True)
class StackBound:
    """Most stack that a call can take."""

    stack_bytes: int | None
    """None where there is no bound."""

    path: tuple[str, ...]
    """Functions on the way that takes most, the caller first; where there is no bound, the way to the reason."""

    reason: str = ""
    """Why there is no bound."""


@dataclass(frozen=True)
class _Function:
    name: str
    frame: int
    calls: tuple[int, ...]
    """Addresses inside this or other functions."""

    through_pointer: bool
    reason: str


def stack_bound(root: str, image: Path, *, objdump: str) -> StackBound:
    """The bound of the function `root`, its own frame included.

    Raises:
        CommandFailed: `objdump` can't read the image.
        ImageUnreadable: Neither can we.

    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    listing = run_command(
        (objdump, "-d", "-j", ".text", "--no-show-raw-insn", image.name),
        cwd=image.parent, timeout_s=_LIMIT_S, env=environment,
        output_limit_bytes=_OUTPUT_LIMIT,
    ).stdout.decode("utf-8", "replace")  # fmt: skip
    start = read_symbols(image, (root,)).get(root)
    if start is None:
        return StackBound(None, (root,), f"{root} is not in the image")
    return bound_of_listing(listing, start)


def bound_of_listing(listing: str, start: int) -> StackBound:
    """The bound of the function at address `start` of objdump's text."""
    functions = _read(listing)
    return _Walk(functions, _pointed_at(functions, start)).deepest(start, ())


def _pointed_at(functions: Mapping[int, _Function], root: int) -> tuple[int, ...]:
    called = {call for start, f in functions.items() for call in f.calls if call != start}
    return tuple(a for a, f in functions.items() if a not in called and a != root and not f.name.startswith("wb_"))


class _Walk:
    """Goes down the calls; every way from a function is walked once."""

    def __init__(self, functions: Mapping[int, _Function], pointed_at: tuple[int, ...]) -> None:
        self.functions, self.pointed_at = functions, pointed_at
        self.starts = sorted(functions)

    def deepest(self, address: int, above: tuple[int, ...]) -> StackBound:
        """The bound of the function that holds an address."""
        names = tuple(self.functions[a].name for a in above)
        before = bisect_right(self.starts, address)
        start = self.starts[before - 1] if before else -1
        if not before:
            return StackBound(None, names, f"there is no code at {address:#x}")
        function, path = self.functions[start], (*names, self.functions[start].name)
        if above and start == above[-1]:
            return StackBound(0, names)  # a jump within the function
        if start in above:
            return StackBound(None, path, f"{function.name} calls itself")
        if function.reason:
            return StackBound(None, path, f"{function.name} {function.reason}")
        return self._through(function, path, (*above, start))

    def _through(self, function: _Function, path: tuple[str, ...], here: tuple[int, ...]) -> StackBound:
        deepest = StackBound(function.frame, path)
        pointed_at = [a for a in self.pointed_at if a not in here] if function.through_pointer else []
        for called in sorted({*function.calls, *pointed_at}):
            below = self.deepest(called, here)
            if below.stack_bytes is None:
                return below
            if function.frame + below.stack_bytes > (deepest.stack_bytes or 0):
                deepest = StackBound(function.frame + below.stack_bytes, below.path)
        return deepest


def _read(listing: str) -> dict[int, _Function]:
    found: dict[int, _Function] = {}
    at, name, lines = 0, "", list[str]()
    for line in [*listing.splitlines(), "0 <end>:"]:
        if header := _HEADER.match(line):
            if name:
                found[at] = _function(name, lines)
            at, name, lines = int(header[1], 16), header[2], []
        else:
            lines.append(line.partition(":")[2].partition("@")[0])
    return found


def _function(name: str, lines: Sequence[str]) -> _Function:
    frame, calls, reason, through_pointer = 0, [], "", False
    for line in lines:
        if registers := _REGISTERS.search(line):
            frame += _register_bytes(registers[1])
        if moved := _MOVED.search(line):
            frame += int(next(group for group in moved.groups() if group))
        if branch := _BRANCH.match(line):
            calls.append(int(branch[1], 16))
        if _UNKNOWN.search(line):
            reason = "has a frame of unknown size"
        if _POINTER.match(line):
            through_pointer = True
    return _Function(name, frame, tuple(calls), through_pointer, reason)


def _register_bytes(registers: str) -> int:
    total = 0
    for part in registers.split(","):
        first, _, last = part.strip().partition("-")
        size = 8 if first.startswith("d") else 4
        total += size * (int(last[1:]) - int(first[1:]) + 1 if last else 1)
    return total
