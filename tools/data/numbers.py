"""The number that a goal asks for: where each recording has it, and what a window's is."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.number_sources import numeric_names
from nanosmith.tools.data.recordings import NO_CLASS, DataSet, Recording
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.data_profile import NumberSource
from nanosmith.tools.specs.device_spec import Target

_RANGES = 4


def with_number(data: DataSet, target: Target) -> DataSet:
    """The data with the target in `Recording.number` and no classes; recordings without it are left out.

    Raises:
        DataError: The data has no such number, or no recording is left.

    """
    recordings = tuple(
        _numbered(recording, number)
        for recording in data.recordings
        if (number := number_of(data, recording, target.name, target.source)) is not None
    )
    if not recordings:
        raise DataError(f"no recording of this part has the number {target.name!r} ({target.source})")
    return replace(data, recordings=recordings, classes=(NO_CLASS,), idle=None)


def _numbered(recording: Recording, number: NDArray[np.float32]) -> Recording:
    """A number of each sample is cut as labels of each sample are: every hop, nothing padded."""
    labels = np.zeros(len(number), np.int32) if len(number) > 1 else None
    return replace(recording, number=number, labels=labels, label=0, events=None)


def number_of(data: DataSet, recording: Recording, name: str, source: NumberSource) -> NDArray[np.float32] | None:
    """A number of each sample [n], or of all the recording [1]; None where this recording has none.

    Raises:
        DataError: The data has no such number.

    """
    if source == "channel" and name in data.channels and recording.samples.ndim == 2:
        return np.ascontiguousarray(recording.samples[:, data.channels.index(name)], dtype=np.float32)
    if source == "index" and name in data.listed:
        value = recording.listed[data.listed.index(name)]
        return None if np.isnan(value) else np.array([value], dtype=np.float32)
    counted = numeric_names(data.classes) if source == "class" else None
    if counted is None:
        raise DataError(f"the number {name!r} is not in the data (looked for in: {source})")
    values = np.array([*counted[1], np.nan], dtype=np.float32)
    if recording.labels is not None:
        return np.asarray(values[recording.labels])
    return None if recording.label < 0 else values[recording.label : recording.label + 1]


def number_at(recording: Recording, start: int, length: int) -> float | None:
    """The number of one window: the mean over its samples; None where fewer than half of them have one.

    0 where the task is no number.
    """
    if recording.number is None:
        return 0.0
    inside = recording.number if len(recording.number) == 1 else recording.number[start : start + length]
    known = inside[~np.isnan(inside)]
    return float(known.mean(dtype=np.float64)) if len(known) * 2 >= max(1, len(inside)) and len(known) else None


def in_ranges(numbers: NDArray[np.float32]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Which quarter of all [n] each number is in, and what the quarters are called; fewer where many are equal.

    Folds are balanced by them, as by classes.
    """
    edges = np.unique(np.quantile(numbers, np.arange(1, _RANGES) / _RANGES))
    edges = edges[(edges > numbers.min()) & (edges <= numbers.max())]
    labels = np.searchsorted(edges, numbers, side="right").astype(np.int32)
    bounds = [float(numbers.min()), *map(float, edges), float(numbers.max())]
    names = tuple(f"{low:.4g} to {high:.4g}" for low, high in pairwise(bounds))
    return labels, names if len(set(names)) == len(names) else tuple(f"quarter {i + 1}" for i in range(len(names)))
