"""The user's recordings, read once a process and split into an open and a sealed part."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import NO_CLASS, DataSet
from nanosmith.tools.data.split import SplitSource, split_off_test


@dataclass(frozen=True)
class SplitRecordings:
    """Open part, sealed part, and where the split comes from."""

    open: DataSet
    sealed: DataSet
    split_source: SplitSource


@lru_cache(maxsize=1)
def read_recordings(
    path: Path, *, seed: int, are_groups_denied: bool = False, number_wanted: bool = False
) -> SplitRecordings:
    """Read and split; kept for the next node, so that a folder is read once a process.

    Args:
        path: What the user named.
        seed: Of the split.
        number_wanted: The goal asks for a number, so that recordings need no class.
        are_groups_denied: The user said that what looked like groups is none.

    """
    data = read_folder(path, number_wanted=number_wanted)
    if are_groups_denied:
        data = data.without_groups()
    return SplitRecordings(*split_off_test(data, seed=seed, by_class=not number_wanted and data.classes != (NO_CLASS,)))
