"""What an anomaly task makes of the data's labels: normal, all other classes as one, and none too short to be seen."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.numbers import with_number
from nanosmith.tools.data.recordings import UNLABELLED, DataSet, Recording
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.device_spec import Spec


def for_task(data: DataSet, spec: Spec) -> DataSet:
    """The data with the contract's classes or its number; as it is, where the task is to tell the data's classes apart.

    Raises:
        DataError: The class that the contract calls normal, or the number, is not in the data.

    """
    if spec.target is not None:
        return with_number(data, spec.target)
    if spec.task != "anomaly":
        return data
    normal = spec.classes[0]
    if normal not in data.classes:
        raise DataError(f"the contract's normal class {normal!r} is not among {', '.join(map(repr, data.classes))}")
    numbers = np.array([0 if name == normal else 1 for name in data.classes] + [UNLABELLED], dtype=np.int32)
    return replace(
        data, classes=spec.classes,
        recordings=tuple(_renamed(recording, numbers, spec.window.length // 2 + 1) for recording in data.recordings),
    )  # fmt: skip


def _renamed(recording: Recording, numbers: NDArray[np.int32], least: int) -> Recording:
    events = recording.events
    return replace(
        recording,
        label=int(numbers[recording.label]),
        labels=None if recording.labels is None else _widened(numbers[recording.labels], least),
        events=None if events is None else replace(events, labels=numbers[events.labels]),
    )


def _widened(labels: NDArray[np.int32], least: int) -> NDArray[np.int32]:
    """Labels [n] with each fault at least `least` samples long, at the cost of the normal samples about it.

    A window has the class that most of its samples have: a fault shorter than half a window would be in no window.
    """
    is_fault = np.concatenate([[False], labels == 1, [False]])
    found = labels.copy()
    for start, stop in np.flatnonzero(np.diff(is_fault)).reshape(-1, 2).tolist():
        lacking = least - (stop - start)
        if lacking > 0:
            first = min(max(0, start - lacking // 2), max(0, len(labels) - least))
            around = found[first : first + least]
            around[around == 0] = 1
    return found
