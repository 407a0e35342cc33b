"""Compiler, linker and PlatformIO messages out of a build log, one cleaned line each."""

import re
from pathlib import Path

from nanosmith.tools.clean_text import clean_line

MOST_MESSAGES = 20
_MESSAGE = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?P<kind>fatal error|error|warning): (?P<text>.+)$"
)
_REFERENCE = re.compile(
    r"^(?:.*?/ld(?:\.bfd)?: )?(?P<object>[^\s:]+)(?::[^:]*\.c)?:\((?P<place>[^)]+)\): (?P<text>undefined reference.+)$"
)
_LINKER = re.compile(
    r"^(?:.*?/ld(?:\.bfd)?: )(?P<text>.*(?:overflowed|will not fit|multiple definition|cannot|error|stack).*)$"
)
_PLATFORMIO = re.compile(r"^(?:Error|\*\*\*|.*Error): ?(?P<text>.+)$")
_TAIL_LINES = 6


def find_errors(log: str, project: Path) -> tuple[str, ...]:
    """Errors as `file:line: message`, in the order in which they came, each once, at most 20; never empty.

    Where nothing in the log looks like an error, its last lines are taken.
    """
    found = []
    for raw in log.splitlines():
        line = raw.replace(f"{project}/", "")
        if (message := _MESSAGE.match(line)) and message["kind"] != "warning":
            found.append(f"{message['file']}:{message['line']}: {message['text']}")
        elif reference := _REFERENCE.match(line):
            found.append(f"{_source(reference['object'])}: {reference['text']} (in {reference['place']})")
        elif linker := _LINKER.match(line):
            found.append(f"linker: {linker['text']}")
    if not found:
        found = [match["text"] for match in map(_PLATFORMIO.match, log.splitlines()) if match]
    if not found:
        found = [line for line in log.splitlines() if line.strip()][-_TAIL_LINES:]
    return _cleaned(found) or ("the build failed without a word",)


def find_warnings(log: str, project: Path) -> tuple[str, ...]:
    """Warnings in the same form."""
    matches = (_MESSAGE.match(line.replace(f"{project}/", "")) for line in log.splitlines())
    return _cleaned([f"{m['file']}:{m['line']}: {m['text']}" for m in matches if m and m["kind"] == "warning"])


def _source(path: str) -> str:
    """`.pio/build/emulated/src/app.c.o` and `app.c` as a user knows them."""
    name = path.removesuffix(".o")
    return name[name.index("src/") :] if "src/" in name else name.rsplit("/", 1)[-1]


def _cleaned(lines: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean_line(line) for line in lines))[:MOST_MESSAGES]
