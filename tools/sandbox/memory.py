"""What a sandbox holds in memory: every process below its first one, and its folders.

RLIMIT_DATA bounds one process; many small ones, shared mappings and files in memory are bounded here. Resident sizes
are added first, as that is cheap; pages that forks share are counted once only where that decides.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def memory_in_use(first: int, folders: Mapping[str, int], limit_bytes: int) -> int:
    """Bytes held by the process `first`, all below it, and the folders in its memory (each with its size in bytes).

    The answer is exact to the page where it is over `limit_bytes`, else an upper bound.
    """
    held = sum(_folder_bytes(first, folder, size) for folder, size in folders.items())
    family = tuple(processes_below(first))
    used = held + sum(_resident(pid) for pid in family)
    return used if used <= limit_bytes else held + sum(_proportional(pid) for pid in family)


def processes_below(first: int) -> Iterator[int]:
    """`first` and all that descend from it; orphans of a namespace are children of its first process."""
    waiting = [first]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # many times a second
        except OSError:
            continue
        for thread in threads:
            waiting += [int(word) for word in _read(f"/proc/{pid}/task/{thread}/children").split()]


def can_see_children() -> bool:
    """Whether this kernel tells a process's children (CONFIG_PROC_CHILDREN)."""
    return Path(f"/proc/self/task/{os.getpid()}/children").exists()


def _resident(pid: int) -> int:
    words = _read(f"/proc/{pid}/statm").split()
    return int(words[1]) * _PAGE_BYTES if len(words) > 1 else 0


def _proportional(pid: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _folder_bytes(first: int, folder: str, size_bytes: int) -> int:
    try:
        found = os.statvfs(f"/proc/{first}/root{folder}")
    except OSError:  # over, or not to be looked into: each folder has a size of its own
        return 0
    # until bubblewrap has made its mounts, the name leads to a folder of the host
    is_ours = abs(found.f_blocks * found.f_frsize - size_bytes) < 2 * _PAGE_BYTES
    return (found.f_blocks - found.f_bfree) * found.f_frsize if is_ours else 0


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  # many times a second
            return stream.read()
    except OSError:  # it ended meanwhile
        return b""
