"""Windows with their labels, kept on disk as plain .npy files that can be memory-mapped."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.errors import DataError
from nanosmith.tools.run_folder import write_atomic

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

    def scored(self) -> NDArray[np.bool_]:
        """[n], windows that stand where the device will answer."""
        return np.ones(len(self), np.bool_) if self.extra is None else ~self.extra

    def __len__(self) -> int:
        return len(self.labels)

    def save(self, folder: Path) -> None:
        """Write one .npy an array and a JSON record, which comes last: a folder with it is whole."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _RECORD).unlink(missing_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        np.save(folder / "extra.npy", ~self.scored(), allow_pickle=False)
        record = {"classes": self.classes, "group_names": self.group_names, "shape": list(self.windows.shape)}
        write_atomic(folder / _RECORD, (json.dumps(record, indent=1) + "\n").encode())

    @classmethod
    def load(cls, folder: Path, mmap: bool = True) -> "WindowSet":
        """Read what `save` wrote; with `mmap` the windows stay on disk until they are touched.

        Raises:
            DataError: The folder is incomplete or damaged.

        """
        try:
            record = json.loads((folder / _RECORD).read_bytes())
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
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise DataError(f"the stored windows can't be read: {error}", file=folder.name) from error
