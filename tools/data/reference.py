"""Recordings told relative to their own start, as `firmware_templates/project/reference.c` does on the device.

The same operations in the same order and precision: the same bits, which tests/firmware checks on the host's build and
the emulated board checks on every run.
"""

from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.errors import DataError

_SQUARE_ROOT_STEPS = 160


def relative_to_start(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Samples [n, channels] after the first `count`, in the standard deviations of those from their mean.

    Empty where there are no more than `count`. A channel that stands still at first is only shifted.
    """
    if len(samples) <= count:
        return np.zeros((0, samples.shape[1]), np.float32)
    mean, gain = _reference(samples[:count])
    return ((samples[count:] - mean) * gain).astype(np.float32, copy=False)


def without_reference(data: DataSet, count: int) -> DataSet:
    """The recordings relative to the first `count` samples of their file, which are left out.

    Parts of one file, between which there is a gap, share the reference. Samples beyond it keep their labels. A file
    that is too short gives nothing.

    Raises:
        DataError: No recording is longer, or these are pictures, ready-made windows or events.

    """
    if data.kind in ("image", "windows") or any(recording.events is not None for recording in data.recordings):
        raise DataError("a reference needs recordings that go on after it; this data is cut already")
    recordings: list[Recording] = []
    for _, parts in groupby(data.recordings, key=lambda recording: recording.file):
        recordings += _relative(list(parts), count)
    if not recordings:
        longest = max((len(recording.samples) for recording in data.recordings), default=0)
        raise DataError(f"no recording goes on after the reference of {count} samples; the longest has {longest}")
    return replace(data, recordings=tuple(recordings), idle=None)


def _relative(parts: list[Recording], count: int) -> list[Recording]:
    whole = np.concatenate([part.samples for part in parts]).astype(np.float32, copy=False)
    relative = relative_to_start(whole, count)
    found, start = [], 0
    for part in parts:
        stop = start + len(part.samples)
        if stop > count:
            used = max(0, count - start)
            found.append(
                replace(
                    part, samples=relative[max(0, start - count) : stop - count],
                    labels=None if part.labels is None else part.labels[used:],
                )
            )  # fmt: skip
        start = stop
    return found


def _reference(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    first = samples[0].astype(np.float64)
    distances = samples.astype(np.float64) - first
    count = float(len(samples))
    mean = np.add.accumulate(distances)[-1] / count  # adds one by one, as the device does; np.sum adds in pairs
    variance = np.add.accumulate(distances * distances)[-1] / count - mean * mean
    moves = variance > 0
    root = _square_root(np.where(moves, variance, 1.0))
    return (first + mean).astype(np.float32), np.where(moves, 1.0 / root, 1.0).astype(np.float32)


def _square_root(value: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.maximum(value, 1.0)
    for _ in range(_SQUARE_ROOT_STEPS):
        root = 0.5 * (root + value / root)
    return root
