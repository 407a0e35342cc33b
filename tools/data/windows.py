"""Cutting recordings into windows, the same way for training, test and replay."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data import limits
from nanosmith.tools.data.idle import resting
from nanosmith.tools.data.numbers import in_ranges, number_at
from nanosmith.tools.data.pictures import resize
from nanosmith.tools.data.recordings import UNLABELLED, DataSet, Events, Recording
from nanosmith.tools.data.reference import without_reference
from nanosmith.tools.data.window_set import WindowFile, WindowList, WindowSet
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.default_window import default_window
from nanosmith.tools.specs.device_spec import Spec, WindowSpec

_TRAINING_OVERLAP = 5
"""Most windows a hop that training is given; macro-F1 of unseen people rose from .873 to .878 on the example."""

_TRAINING_WINDOWS = 20_000

__all__ = ["WindowSet", "continuous", "cut", "cut_windows", "default_window"]


def cut_for_training(data: DataSet, spec: Spec, *, into: Path | None = None) -> WindowSet:
    """As `cut_windows`, and from streams the windows in between as `extra`: a device meets every alignment."""
    window = spec.window
    if data.kind == "image" or window.hop >= window.length or window.around_events:
        return cut_windows(data, spec, into=into)
    every = max(n for n in range(1, _TRAINING_OVERLAP + 1) if window.hop % n == 0)
    samples = sum(len(recording.samples) for recording in data.recordings)
    if samples * every > _TRAINING_WINDOWS * window.hop:
        return cut_windows(data, spec, into=into)
    return cut(data, window, spec.channels, spec.classes or data.classes, every=every, into=into)


def cut_windows(data: DataSet, spec: Spec, *, into: Path | None = None) -> WindowSet:
    """All labelled windows of `data`, with the spec's channels and classes in the spec's order.

    A window's label is the one that most of its samples have; windows that are mostly unlabelled, or of a class that
    the spec leaves out, are not cut. A recording with one label for all of it that is shorter than the window is padded
    around it; of one that is a little longer the part with most energy is taken. Windows in which nothing happens
    (`DataSet.idle`) are not cut. With a folder `into`, the windows are written there one by one and memory-mapped.

    Raises:
        DataError: A channel or class is not in the data, no window fits, or all together pass the bound.

    """
    return cut(data, spec.window, spec.channels, spec.classes or data.classes, into=into)


def cut(
    data: DataSet, window: WindowSpec, channels: tuple[str, ...], classes: tuple[str, ...], *, every: int = 1,
    thin: int = 1, into: Path | None = None,
) -> WindowSet:  # fmt: skip
    """As `cut_windows`, where there is no spec yet.

    `every` windows a hop are cut, of which the first is scored; of all those, one in `thin` is kept.
    """
    if window.reference:
        data = without_reference(data, window.reference)
    columns = _positions(channels, data.channels, "channel")
    renumber = _renumbered(data, classes)
    names = sorted({r.group for r in data.recordings})
    group_numbers = {name: number for number, name in enumerate(names)}
    rows: list[tuple[int, int, int, int]] = []
    numbers: list[float] = []
    finer = window.model_copy(update={"hop": max(1, window.hop // every)})
    seen = 0
    with WindowList() if into is None else WindowFile(into / "windows.npy") as store:
        for number, recording in enumerate(data.recordings):
            for start, piece, label in _pieces(data, recording, finer, columns, renumber):
                number_of_it = number_at(recording, start, window.length)
                if number_of_it is None:
                    continue
                seen += 1
                if (seen - 1) % thin:
                    continue
                numbers.append(number_of_it)
                store.append(piece)
                if store.used_bytes > store.most_bytes:
                    raise DataError(
                        f"windows of {window.length} samples every {window.hop} take more than "
                        f"{limits.gigabytes(store.most_bytes)}; a longer hop makes fewer"
                    )
                rows.append((label, group_numbers[recording.group], number, start))
        if not rows:
            longest = max((len(r.samples) for r in data.recordings), default=0)
            raise DataError(f"no labelled window of {window.length} samples fits; the longest recording has {longest}")
        windows = store.windows()
    table = np.array(rows, dtype=np.int32)
    if data.recordings[0].number is not None:
        targets = np.array(numbers, dtype=np.float32)
        table[:, 0], classes = in_ranges(targets)
    else:
        targets = None
    goes_on = data.kind in ("series", "audio") and not window.around_events and targets is None
    return WindowSet(
        windows=windows, numbers=targets, labels=table[:, 0].copy(), groups=table[:, 1].copy(),
        recordings=table[:, 2].copy(), classes=classes, group_names=tuple(names), extra=table[:, 3] % window.hop != 0,
        starts=table[:, 3].astype(np.int64) if goes_on else None,
        runs=_runs(data, renumber) if goes_on else None,
        duration_s=_duration_s(data) if window.around_events else None,
    )  # fmt: skip


def _runs(data: DataSet, renumber: NDArray[np.int32]) -> NDArray[np.int32]:
    """Recording, class, first sample and the one behind the last of each unbroken run of labelled samples, [m, 4]."""
    rows: list[tuple[int, int, int, int]] = []
    for number, recording in enumerate(data.recordings):
        if recording.labels is None:
            rows.append((number, int(renumber[recording.label]), 0, len(recording.samples)))
            continue
        labels = renumber[recording.labels]
        edges = np.flatnonzero(np.diff(labels, prepend=UNLABELLED - 1, append=UNLABELLED - 1)).tolist()
        rows += [(number, int(labels[start]), start, stop) for start, stop in pairwise(edges)]
    labelled = [row for row in rows if row[1] != UNLABELLED]
    return np.array(labelled, dtype=np.int32).reshape(-1, 4)


def _duration_s(data: DataSet) -> float | None:
    return sum(len(r.samples) for r in data.recordings) / data.rate_hz if data.rate_hz else None


def continuous(
    data: DataSet, spec: Spec, *, most: int | None = None
) -> list[tuple[NDArray[np.float32], NDArray[np.int32]]]:
    """Whole recordings (the first `most`) for replay: samples float32 [n, channels], label of each int32 [n], or -1.

    Pictures have no continuous form: the list is empty.
    """
    if data.kind == "image":
        return []
    columns = _positions(spec.channels, data.channels, "channel")
    renumber = _renumbered(data, spec.classes or data.classes)
    replays = []
    for recording in data.recordings[:most]:
        labels = recording.labels
        if recording.events is not None:
            labels = _labels_near(recording.events, len(recording.samples), spec.window.hop)
        elif labels is None:
            labels = np.full(len(recording.samples), recording.label, dtype=np.int32)
        replays.append((np.ascontiguousarray(recording.samples[:, columns], dtype=np.float32), renumber[labels]))
    return replays


def _labels_near(events: Events, size: int, hop: int) -> NDArray[np.int32]:
    """The label of an event for the samples within half a hop of it, -1 elsewhere."""
    labels = np.full(size, UNLABELLED, dtype=np.int32)
    for at, label in zip(events.at.tolist(), events.labels.tolist(), strict=True):
        labels[max(0, at - hop // 2) : at + (hop + 1) // 2] = label
    return labels


def _positions(wanted: tuple[str, ...], known: tuple[str, ...], what: str) -> list[int]:
    missing = [name for name in wanted if name not in known]
    if missing:
        raise DataError(f"{what} {missing[0]!r} is not in the data; there are {', '.join(known)}")
    return [known.index(name) for name in wanted]


def _renumbered(data: DataSet, classes: tuple[str, ...]) -> NDArray[np.int32]:
    """Class index in `classes` for each of the data's; its last entry, for -1, is -1."""
    numbers = np.full(len(data.classes) + 1, UNLABELLED, dtype=np.int32)
    numbers[_positions(classes, data.classes, "class")] = np.arange(len(classes), dtype=np.int32)
    return numbers


def _pieces(
    data: DataSet, recording: Recording, window: WindowSpec, columns: list[int], renumber: NDArray[np.int32]
) -> Iterator[tuple[int, NDArray[np.generic], int]]:
    """First sample (0 where a recording gives one window), window and label."""
    if recording.events is not None:
        yield from _around_events(recording, window, columns, renumber)
        return
    if recording.labels is not None:
        yield from _from_labels(recording, window, columns, renumber)
        return
    label = int(renumber[recording.label])
    if label == UNLABELLED:
        return
    if data.picture_size is not None:
        yield 0, np.ascontiguousarray(resize(recording.samples, *data.picture_size)[:, :, columns]), label
        return
    samples = np.ascontiguousarray(recording.samples[:, columns], dtype=np.float32)
    if data.kind == "windows":
        if len(samples) != window.length:
            raise DataError(
                f"a window of {window.length} samples was asked for; these have {len(samples)}", file=recording.name
            )
        yield 0, samples, label
        return
    pieces = clip_windows(samples, window.length, window.hop, pad_with_zeros=data.kind == "audio")
    highest = None if data.idle is None else np.array(data.idle, np.float32)[columns]
    for number, piece in enumerate(pieces):
        if highest is None or not resting(piece, highest).all():
            yield number * window.hop, piece, label


def _from_labels(
    recording: Recording, window: WindowSpec, columns: list[int], renumber: NDArray[np.int32]
) -> Iterator[tuple[int, NDArray[np.generic], int]]:
    samples = np.ascontiguousarray(recording.samples[:, columns], dtype=np.float32)
    labels = renumber[recording.labels]
    for start in range(0, len(samples) - window.length + 1, window.hop):
        inside = labels[start : start + window.length]
        counts = np.bincount(inside + 1)
        label = int(counts.argmax()) - 1  # entry 0 counts the unlabelled
        if label != UNLABELLED:
            yield start, samples[start : start + window.length], label


def _around_events(
    recording: Recording, window: WindowSpec, columns: list[int], renumber: NDArray[np.int32]
) -> Iterator[tuple[int, NDArray[np.generic], int]]:
    """A window with each event in its middle, edges repeated where it is near the recording's ends."""
    if recording.events is None:
        return
    samples = np.ascontiguousarray(recording.samples[:, columns], dtype=np.float32)
    half = window.length // 2
    padded = np.pad(samples, ((half, window.length - half), (0, 0)), mode="edge")
    for at, label in zip(recording.events.at.tolist(), renumber[recording.events.labels].tolist(), strict=True):
        if label != UNLABELLED:
            yield 0, padded[at : at + window.length], label


def clip_windows(
    samples: NDArray[np.float32], length: int, hop: int, *, pad_with_zeros: bool
) -> list[NDArray[np.float32]]:
    """Windows [length, channels] of a clip that has one label for all of it.

    Shorter than a window: all of it in the middle, padded with silence (zeros), or with its first and last sample where
    zero is no rest value. Less than two windows long, and windows that do not overlap: the one with most energy.
    Otherwise: a window every hop.
    """
    if len(samples) < length:
        before = (length - len(samples)) // 2
        width = ((before, length - len(samples) - before), (0, 0))
        return [np.pad(samples, width) if pad_with_zeros else np.pad(samples, width, mode="edge")]
    if len(samples) < 2 * length and hop >= length:
        start = _energetic_start(samples, length)
        return [samples[start : start + length]]
    return [samples[start : start + length] for start in range(0, len(samples) - length + 1, hop)]


def _energetic_start(samples: NDArray[np.float32], length: int) -> int:
    """Start of the `length` samples with most energy about the clip's mean; the middle where all are equal."""
    deviation = samples.astype(np.float64) - samples.mean(axis=0, dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(np.square(deviation).sum(axis=1))])
    energy = sums[length:] - sums[:-length]
    best = np.flatnonzero(energy >= energy.max() * (1 - 1e-9))
    return int(best[len(best) // 2])
