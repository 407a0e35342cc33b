"""What an anomaly task makes of the data's classes: normal, and all others as one."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.recordings import UNLABELLED, DataSet, Recording
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.device_spec import Spec


def for_task(data: DataSet, spec: Spec) -> DataSet:
    """The data with the contract's classes; as it is, unless the task is to detect anomalies.

    Raises:
        DataError: The class that the contract calls normal is not in the data.

    """
    if spec.task != "anomaly":
        return data
    normal = spec.classes[0]
    if normal not in data.classes:
        raise DataError(f"the contract's normal class {normal!r} is not among {', '.join(map(repr, data.classes))}")
    numbers = np.array([0 if name == normal else 1 for name in data.classes] + [UNLABELLED], dtype=np.int32)
    return replace(
        data, classes=spec.classes, recordings=tuple(_renamed(recording, numbers) for recording in data.recordings)
    )


def _renamed(recording: Recording, numbers: NDArray[np.int32]) -> Recording:
    events = recording.events
    return replace(
        recording,
        label=int(numbers[recording.label]),
        labels=None if recording.labels is None else numbers[recording.labels],
        events=None if events is None else replace(events, labels=numbers[events.labels]),
    )
