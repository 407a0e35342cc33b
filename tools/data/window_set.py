"""Windows with their labels, kept on disk as plain .npy files that can be memory-mapped."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.errors import DataError
from nanosmith.tools.run_folder import sync_folder, write_atomic

_ARRAYS = ("windows", "labels", "groups", "recordings")
_RECORD = "windows.json"


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

    duration_s: float | None = None
    """Length of all recordings together, where each window stands around an event; else None."""

    def scored(self) -> NDArray[np.bool_]:
        """[n], windows that stand where the device will answer."""
        return np.ones(len(self), np.bool_) if self.extra is None else ~self.extra

    def __len__(self) -> int:
        return len(self.labels)

    def save(self, folder: Path) -> None:
        """Write one .npy an array and a JSON record, which comes last: a folder with it is whole."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _RECORD).unlink(missing_ok=True)
        arrays = {name: getattr(self, name) for name in _ARRAYS} | {"extra": ~self.scored()}
        for name, array in arrays.items():
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
