"""Recordings as every reader gives them, whatever they were stored as."""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.data_profile import NO_CLASS, DataKind, DataNote
from nanosmith.tools.specs.time_grid import TimeGrid

__all__ = ["NO_CLASS", "UNLABELLED", "DataSet", "Events", "Recording", "Samples", "Split", "Timed", "as_samples"]

Split: TypeAlias = Literal["train", "test"]
Samples: TypeAlias = NDArray[Any]
"""float32 [n, channels] of a series, a sound or a ready-made window; uint8 [height, width, colors] of a picture."""

UNLABELLED = -1
GUESSED = "file-name word"
"""What a group is where nothing but a word that recurs in the file names speaks for it."""


LARGEST = 1e18
"""Samples beyond it are no measurement, and their squares would not be finite in float32."""


def as_samples(values: NDArray[Any]) -> NDArray[np.float32]:
    """Values as float32; NaN where they are not finite or beyond `LARGEST`."""
    usable = np.isfinite(values) & (np.abs(values) <= LARGEST)
    return np.where(usable, values, np.nan).astype(np.float32)


@dataclass(frozen=True)
class Events:
    """Labelled points in time of one recording, in order."""

    at: NDArray[np.int64]
    """Sample of each event, [m]."""

    labels: NDArray[np.int32]
    """Class index of each, -1 unlabelled, [m]."""

    def between(self, start: int, stop: int) -> "Events":
        """Those of the samples start … stop - 1, counted from `start`."""
        inside = (self.at >= start) & (self.at < stop)
        return Events(self.at[inside] - start, self.labels[inside])


@dataclass(frozen=True)
class Timed:
    """Samples as they came, cleaned but not yet on a uniform grid."""

    samples: NDArray[np.float32]
    """[n, channels]."""

    times_us: NDArray[np.int64]
    """Microseconds on the clock of the file, [n], ascending."""

    def between(self, start: int, stop: int, grid: TimeGrid) -> "Timed":
        """Those in the time of the grid points start … stop - 1."""
        first = int(self.times_us[0])
        edges_us = [first + point * grid.step_q16 / 2**16 for point in (start, stop - 1)]
        low, high = np.searchsorted(self.times_us, edges_us, side="left")
        return Timed(self.samples[low : high + 1], self.times_us[low : high + 1])


@dataclass(frozen=True)
class Recording:
    """One unbroken recording, picture or ready-made window, cleaned and on a uniform time grid."""

    name: str
    """Unique in its data set; the file, relative to the folder, with `[2]` behind it for its second part."""

    samples: Samples
    labels: NDArray[np.int32] | None
    """Class index of each sample, int32 [n], -1 unlabelled; None where `label` speaks for all of it."""

    label: int
    """Class index of the whole recording; -1 where it has none or `labels` tells."""

    group: str
    """Subject, speaker, machine or session; its own name where no groups are known."""

    split: Split | None = None
    """The user's own mark."""

    missing: tuple[int, ...] = ()
    """Samples of each channel that were empty or not a number before they were filled."""

    events: "Events | None" = None
    """What happened at which sample, where labels are points in time; `labels` is None and `label` -1 then."""

    listed: tuple[float, ...] = ()
    """What the index says in its columns of numbers, in the order of the data set's `listed`; NaN for nothing."""

    number: NDArray[np.float32] | None = None
    """What is to be estimated: of each sample [n], or of the whole recording [1]; NaN where it is not known. None where
    the task is no number."""

    source_rate_hz: float | None = None
    """Sampling rate of the file, before all were brought to one; None where it is not known."""

    timed: Timed | None = None
    """What `samples` were made of where a device would do the same (`DataSet.grid`); None where they came evenly."""

    @property
    def file(self) -> str:
        """The file that it is a part of."""
        return re.sub(r"\[\d+\]$", "", self.name)

    def class_counts(self, classes: int) -> NDArray[np.int64]:
        """Labelled samples of each class (for a picture: the picture counts once; for events: each of them)."""
        if self.events is not None:
            return np.bincount(self.events.labels[self.events.labels >= 0], minlength=classes)
        if self.labels is not None:
            return np.bincount(self.labels[self.labels >= 0], minlength=classes)
        counts = np.zeros(classes, dtype=np.int64)
        if self.label >= 0:
            counts[self.label] = 1 if self.samples.ndim == 3 else len(self.samples)
        return counts


@dataclass(frozen=True)
class DataSet:
    """All recordings of a folder, or one side of its split."""

    kind: DataKind
    recordings: tuple[Recording, ...]
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    rate_hz: float | None
    group_kind: str | None
    """What a group is; None where none was found."""

    notes: tuple[DataNote, ...]
    listed: tuple[str, ...] = ()
    """Names of the index's columns of numbers."""

    picture_size: tuple[int, int] | None = None
    """Height and width that pictures are brought to, the same in both parts of a split; None where there are none."""

    idle: tuple[float, ...] | None = None
    """The highest value of each channel while nothing happens; windows that never pass it are not cut."""

    grid: TimeGrid | None = None
    """Where recordings were irregular in time, what all of them were put on; None where they came evenly."""

    @property
    def has_guessed_groups(self) -> bool:
        """Only the user knows whether the word in the file names says who or what was recorded."""
        return self.group_kind == GUESSED

    def without_groups(self) -> "DataSet":
        """The same recordings, each file a group of its own."""
        alone = tuple(replace(recording, group=recording.file) for recording in self.recordings)
        return replace(self, recordings=alone, group_kind=None)
