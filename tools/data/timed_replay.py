"""One sealed recording as it came, with its times and a hole in it, for a device that puts samples on a grid itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.reference import relative_to_start
from nanosmith.tools.data.window_set import save_array
from nanosmith.tools.data.windows import continuous
from nanosmith.tools.specs.device_spec import Spec, WindowSpec
from nanosmith.tools.specs.time_grid import TimeGrid

MOST_SAMPLES = 20_000
"""Kept of it."""

_HOLE = 1.5
"""Longest gaps that are taken out where a recording has no hole of its own."""

_RUNS_OVER = 4
"""The clock runs over after this part of the samples."""

_FILES = ("samples", "times", "labels")


@dataclass(frozen=True)
class TimedReplay:
    """Samples as they came, [n] of them."""

    samples: NDArray[np.float32]
    """[n, channels], the contract's."""

    times_us: NDArray[np.uint32]
    """[n], of a clock that runs over on the way."""

    labels: NDArray[np.int32]
    """[n], the class at each; -1 unlabelled."""

    def save(self, folder: Path) -> None:
        """Write one .npy an array."""
        for name, array in zip(_FILES, (self.samples, self.times_us, self.labels), strict=True):
            save_array(folder / f"timed-{name}.npy", array)

    @classmethod
    def load(cls, folder: Path) -> "TimedReplay | None":
        """Read what `save` wrote; None where it is not there."""
        paths = [folder / f"timed-{name}.npy" for name in _FILES]
        if not all(path.is_file() for path in paths):
            return None
        return cls(*(np.load(path, allow_pickle=False) for path in paths))


def timed_replay(data: DataSet, spec: Spec) -> TimedReplay | None:
    """A recording of `data` with a hole in it: one that has a hole, else one from whose middle samples are left out.

    Where a hole is, the samples next to it are taken, at most `MOST_SAMPLES`. None where no recording came irregularly,
    or all are shorter than a window.
    """
    grid = data.grid
    if grid is None:
        return None
    least = spec.window.reference + spec.window.length
    of_files = [list(parts) for _, parts in groupby(data.recordings, key=lambda recording: recording.file)]
    usable = [[part for part in parts if _is_usable(part)] for parts in of_files]
    has_hole = [parts for parts in usable if len(parts) > 1 and all(len(part.samples) >= least for part in parts[:2])]
    whole = [parts for parts in usable if parts and max(len(part.samples) for part in parts) >= least]
    if not whole:
        return None
    if has_hole:
        parts, half = has_hole[0], MOST_SAMPLES // 2
        before, after = (_raw(data, spec, part, grid) for part in parts[:2])
        return _played(before[-half:], after[:half])
    longest = max(whole[0], key=lambda part: len(part.samples))
    raw = _raw(data, spec, longest, grid)[:MOST_SAMPLES]
    middle = len(raw) // 2
    behind = np.searchsorted(raw.times_us, raw.times_us[middle] + int(_HOLE * grid.longest_gap_us), side="right")
    return _played(raw[: middle + 1], raw[int(behind) :])


@dataclass(frozen=True)
class _Raw:
    samples: NDArray[np.float32]
    times_us: NDArray[np.int64]
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.times_us)

    def __getitem__(self, inside: slice) -> "_Raw":
        return _Raw(self.samples[inside], self.times_us[inside], self.labels[inside])


def _is_usable(part: Recording) -> bool:
    return part.timed is not None and len(part.timed.times_us) > 1 and bool(np.isfinite(part.timed.samples).all())


def _raw(data: DataSet, spec: Spec, part: Recording, grid: TimeGrid) -> _Raw:
    """The part's samples as they came, each with the label of the grid point next to it."""
    assert part.timed is not None  # noqa: S101  for the type checker
    columns = [data.channels.index(name) for name in spec.channels]
    ((_, labels),) = continuous(replace(data, recordings=(part,)), spec)
    since_us = part.timed.times_us - part.timed.times_us[0]
    point = np.rint(since_us * 2**16 / grid.step_q16).astype(np.int64)
    return _Raw(
        np.ascontiguousarray(part.timed.samples[:, columns], dtype=np.float32), part.timed.times_us,
        labels[np.minimum(point, len(labels) - 1)],
    )  # fmt: skip


def _played(*pieces: _Raw) -> TimedReplay:
    """Pieces one after the other; a hole that the clock can't tell is made as long as it can."""
    times = np.concatenate([piece.times_us for piece in pieces])
    steps = np.minimum(np.diff(times), 2**31 - 1)
    clock = np.concatenate([[0], np.cumsum(steps)])
    return TimedReplay(
        samples=np.concatenate([piece.samples for piece in pieces]),
        times_us=(clock - clock[len(clock) // _RUNS_OVER]).astype(np.uint32),
        labels=np.concatenate([piece.labels for piece in pieces]),
    )


@dataclass(frozen=True)
class DueAnswers:
    """What a device answers while a recording plays, [n] answers."""

    windows: NDArray[np.float32]
    """[n, length, channels], relative to the reference where there is one."""

    after_hole: NDArray[np.bool_]
    """[n], the first one behind a hole."""

    ends: NDArray[np.int64]
    """[n], the sample behind each window's last."""


def due_answers(samples: NDArray[np.float32], runs: Sequence[tuple[int, int]], window: WindowSpec) -> DueAnswers:
    """Windows of a series on its grid, [n, channels], none of them over a hole between two of its `runs`.

    The reference is taken once, at the beginning.
    """
    skipped = window.reference
    relative = relative_to_start(samples, skipped) if skipped else samples
    starts, firsts = [], []
    for begin, end in runs:
        of_run = range(max(begin, skipped), end - window.length + 1, window.hop)
        starts += list(of_run)
        firsts += [number == 0 and begin > 0 for number in range(len(of_run))]
    at = np.array(starts, np.int64)
    windows = [relative[start - skipped : start - skipped + window.length] for start in starts]
    return DueAnswers(
        np.stack(windows) if windows else np.zeros((0, window.length, samples.shape[1]), np.float32),
        np.array(firsts, np.bool_), at + window.length,
    )  # fmt: skip
