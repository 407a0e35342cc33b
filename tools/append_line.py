"""Lines added to a file that a kill may have cut short."""

import os
from pathlib import Path


def append_line(path: Path, line: bytes, *, synced: bool = False) -> None:
    """Add one line, on a line of its own even where a kill cut the last one short.

    Args:
        path: Made where it is missing; its folder is there.
        line: Without its end.
        synced: Wait until it would outlive a loss of power.

    """
    with path.open("ab+") as stream:
        size = stream.seek(0, os.SEEK_END)
        if size and os.pread(stream.fileno(), 1, size - 1) != b"\n":
            stream.write(b"\n")
        stream.write(line + b"\n")
        if synced:
            stream.flush()
            os.fsync(stream.fileno())
