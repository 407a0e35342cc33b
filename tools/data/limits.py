"""Bounds on what is read, stated where they stop somebody; what passes the memory share goes to unnamed files."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.errors import DataError

FILES = 200_000
FILE_BYTES = 2**30
"""Largest single file, after unpacking."""

TABLE_BYTES = 2**29
"""Largest single table, after unpacking; reading one takes several times its size."""

MEMORY_BYTES = 2**30
"""Recordings up to here stay in memory; those read after lie in temporary files, memory-mapped."""

TOTAL_BYTES = 24 * 2**30
"""All recordings together, as float32 samples (pictures: bytes)."""

WINDOW_BYTES = 3 * 2**30
"""All windows that are cut into memory at once."""

WINDOW_FILE_BYTES = 64 * 2**30
"""All windows that are cut into one file."""

PICTURE_PIXELS = 50_000_000
"""Largest picture that is decoded."""

PICTURE_SIDE = 256
"""Longest side that is kept: no front-end takes more."""

COLUMNS = 4_096
CLASSES = 200


class Volume:
    """Adds up what the recordings take: the first gigabyte in memory, the rest on disk, and an end to it."""

    def __init__(self) -> None:
        self.used_bytes = 0

    def take(self, size_bytes: int, file: str) -> None:
        """Count one more recording; see `keep`.

        Raises:
            DataError: The limit is passed.

        """
        self.used_bytes += size_bytes
        if self.used_bytes > TOTAL_BYTES:
            raise DataError(
                f"with this file the recordings need more than {gigabytes(TOTAL_BYTES)}, which is the "
                "limit; give fewer or shorter recordings, or a lower sampling rate",
                file=file,
            )

    def keep(self, samples: NDArray[Any], file: str) -> NDArray[Any]:
        """The samples, counted: as they are, or from a temporary file (in TMPDIR) that ends with the process.

        Raises:
            DataError: The limit is passed, or the disk is full.

        """
        self.take(samples.nbytes, file)
        if self.used_bytes <= MEMORY_BYTES or samples.size == 0:
            return samples
        try:
            with tempfile.TemporaryFile() as stream:
                np.ascontiguousarray(samples).tofile(stream)
                stream.flush()
                return np.memmap(stream, dtype=samples.dtype, mode="r", shape=samples.shape)
        except OSError as error:
            raise DataError(f"no room for its samples in the temporary folder: {error.strerror}", file=file) from error


def check_file_size(path: Path, name: str, limit_bytes: int) -> int:
    """Size of a file in bytes.

    Raises:
        DataError: It can't be looked at, is empty, or is over the limit.

    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DataError(f"can't be read: {error.strerror}", file=name) from error
    if size == 0:
        raise DataError("is empty", file=name)
    if size > limit_bytes:
        raise DataError(
            f"is {gigabytes(size)}; a single file may have {gigabytes(limit_bytes)}: split it into recordings",
            file=name,
        )
    return size


def gigabytes(size_bytes: int) -> str:
    """Such as `1.5 GB`, or `12 MB` below a tenth of one."""
    return f"{size_bytes / 2**30:.1f} GB" if size_bytes >= 2**30 / 10 else f"{size_bytes / 2**20:.0f} MB"
