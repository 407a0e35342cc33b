"""Windows with their labels, kept on disk as plain .npy files that can be memory-mapped."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nanosmith.tools.data import limits
from nanosmith.tools.errors import DataError
from nanosmith.tools.run_folder import sync_folder, write_atomic

_ARRAYS = ("windows", "labels", "groups", "recordings")
_OPTIONAL = ("numbers", "starts", "runs")
_RECORD = "windows.json"
TRAINING_BYTES = 2**29
"""Windows that one training is given: its sandbox holds them twice, as features and as a batch's copies."""


@dataclass(frozen=True)
class WindowSet:
    """Windows of one part (open or sealed), all of one shape, in the order of the recordings."""

    windows: NDArray[Any]
    """float32 [n, length, channels], or uint8 [n, height, width, colors]."""

    labels: NDArray[np.int32]
    """Position in `classes`, [n]; every window is labelled."""

    groups: NDArray[np.int32]
    """Position in `group_names`, [n]."""

    recordings: NDArray[np.int32]
    """Number of the recording that each window was cut from, [n]."""

    classes: tuple[str, ...]
    group_names: tuple[str, ...]

    extra: NDArray[np.bool_] | None = None
    """[n], windows between two answers of the device: worth training on, never scored; None where there are none."""

    numbers: NDArray[np.float32] | None = None
    """What is to be estimated, in its unit, [n]; `labels` are then quarters of it. None where windows have classes."""
    starts: NDArray[np.int64] | None = None
    """First sample of each window in its recording, [n]; None where windows are no pieces of recordings that go on."""

    runs: NDArray[np.int32] | None = None
    """What was there, [m, 4]: recording, class, first sample and the one behind the last of each unbroken run."""

    duration_s: float | None = None
    """Length of all recordings together, where each window stands around an event; else None."""

    def scored(self) -> NDArray[np.bool_]:
        """[n], windows that stand where the device will answer."""
        return np.ones(len(self), np.bool_) if self.extra is None else ~self.extra

    def __len__(self) -> int:
        return len(self.labels)

    def trainable(self) -> NDArray[np.int64]:
        """Positions that a training is given, ascending: all, or as many as fit its memory, spread evenly.

        Of classes that are large the most is left out; one that is smaller than its share is kept whole.
        """
        size = int(np.prod(self.windows.shape[1:])) * self.windows.dtype.itemsize
        most = max(1, TRAINING_BYTES // max(1, size))
        if len(self) <= most:
            return np.arange(len(self))
        counts = np.bincount(self.labels)
        shares = np.zeros(len(counts), np.int64)
        left = most
        for waiting, label in enumerate(np.argsort(counts, kind="stable")):  # smallest first: it leaves the others more
            shares[label] = min(counts[label], left // (len(counts) - waiting))
            left -= int(shares[label])
        parts = []
        for label, share in enumerate(shares):
            members = np.flatnonzero(self.labels == label)
            if share:
                parts.append(members[np.linspace(0, len(members) - 1, share).astype(np.int64)])
        return np.sort(np.concatenate(parts))

    def save(self, folder: Path) -> None:
        """Write one .npy an array and a JSON record, which comes last: a folder with it is whole."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _RECORD).unlink(missing_ok=True)
        arrays = {name: getattr(self, name) for name in _ARRAYS} | {"extra": ~self.scored()}
        arrays |= {name: getattr(self, name) for name in _OPTIONAL if getattr(self, name) is not None}
        for name, array in arrays.items():
            if name != "windows" or not _is_stored_at(array, folder / "windows.npy"):
                save_array(folder / f"{name}.npy", array)
        record = {
            "classes": self.classes, "group_names": self.group_names, "shape": list(self.windows.shape),
            "sha256": {name: _sha256(folder / f"{name}.npy") for name in arrays},
            "duration_s": self.duration_s,
        }  # fmt: skip
        write_atomic(folder / _RECORD, (json.dumps(record, indent=1) + "\n").encode())

    @property
    def hours(self) -> float | None:
        """`duration_s` in hours."""
        return None if self.duration_s is None else self.duration_s / 3600

    @classmethod
    def load(cls, folder: Path, mmap: bool = True) -> "WindowSet":
        """Read what `save` wrote; with `mmap` the windows stay on disk until they are touched.

        Raises:
            DataError: The folder is incomplete, or a file is not what was written.

        """
        try:
            record = json.loads((folder / _RECORD).read_bytes())
            for name, digest in record["sha256"].items():
                path = folder / f"{name}.npy"
                if _known_sha256(path, path.stat().st_mtime_ns, path.stat().st_size) != digest:
                    raise ValueError(f"{path.name} is damaged; resuming the run cuts the windows again")
            arrays = {
                name: np.load(
                    folder / f"{name}.npy", mmap_mode="r" if mmap and name == "windows" else None, allow_pickle=False
                )
                for name in _ARRAYS
            }
            if list(arrays["windows"].shape) != record["shape"] or len(arrays["labels"]) != record["shape"][0]:
                raise DataError("the stored windows do not fit their record", file=folder.name)
            return cls(
                **arrays,
                extra=np.load(folder / "extra.npy", allow_pickle=False),
                **{n: np.load(folder / f"{n}.npy", allow_pickle=False) for n in _OPTIONAL if n in record["sha256"]},
                classes=tuple(map(str, record["classes"])),
                group_names=tuple(map(str, record["group_names"])),
                duration_s=None if record["duration_s"] is None else float(record["duration_s"]),
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise DataError(f"the stored windows can't be read: {error}", file=folder.name) from error


def save_array(path: Path, array: NDArray[np.generic]) -> None:
    """Write a .npy file whole or not at all, as `write_atomic`, without a copy of the array in memory."""
    temporary = path.with_name(f".{path.name}")
    with temporary.open("wb") as stream:
        np.save(_Plain(stream), array, allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


class _Plain:
    """A stream that numpy does not take for a file: its own writing of files hides why it failed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.write = stream.write


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=64)
def _known_sha256(path: Path, modified_ns: int, size_bytes: int) -> str:
    """Of a file that has not been touched since it was read last."""
    del modified_ns, size_bytes
    return _sha256(path)


class WindowList:
    """Gathers windows in memory."""

    def __init__(self) -> None:
        self.used_bytes = 0
        self.most_bytes = limits.WINDOW_BYTES
        self._windows: list[NDArray[Any]] = []

    def append(self, window: NDArray[Any]) -> None:
        """Take one window; all have the first one's shape and dtype."""
        self._windows.append(window)
        self.used_bytes += window.nbytes

    def windows(self) -> NDArray[Any]:
        """All of them, [count, …]."""
        return np.stack(self._windows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put back."""


class WindowFile:
    """Writes windows one after another to an .npy file, so that they are never in memory together."""

    def __init__(self, path: Path) -> None:
        """Begin `path`; its folder is made, and the record of windows that lay there is taken away first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / _RECORD).unlink(missing_ok=True)
        self.used_bytes = 0
        self.most_bytes = limits.WINDOW_FILE_BYTES
        self._path = path
        self._count = 0
        self._shape: tuple[int, ...] = ()
        self._dtype: np.dtype[Any] = np.dtype(np.float32)
        self._stream = path.open("w+b")

    def append(self, window: NDArray[Any]) -> None:
        """Write one window; all have the first one's shape and dtype."""
        if self._count == 0:
            self._shape, self._dtype = window.shape, window.dtype
            self._head()
        self._stream.write(np.ascontiguousarray(window).data)
        self._count += 1
        self.used_bytes += window.nbytes

    def windows(self) -> NDArray[Any]:
        """All of them, [count, …], memory-mapped and read-only."""
        self._stream.seek(0)
        self._head()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        return np.asanyarray(np.load(self._path, mmap_mode="r", allow_pickle=False))

    def _head(self) -> None:
        """The header has room for any number of windows, so that it can be written again over itself."""
        head = {"descr": npy.dtype_to_descr(self._dtype), "fortran_order": False, "shape": (self._count, *self._shape)}
        npy.write_array_header_1_0(self._stream, head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stream.close()


def _is_stored_at(windows: NDArray[Any], path: Path) -> bool:
    return isinstance(windows, np.memmap) and windows.filename is not None and Path(windows.filename) == path.resolve()
