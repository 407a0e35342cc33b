"""Whether a class can be told from what says nothing about it: how it was recorded rather than what.

A small decision tree is trained on one such trait at a time, for every pair of classes, and scored on recordings (of
groups, where there are any) that it did not see. It has to be right nearly always, and more often than luck explains.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.tree import DecisionTreeClassifier

from nanosmith.tools.data.columns import plain, unit_of
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.specs.channel_triples import channel_triples

WORKS = 0.95
"""Balanced accuracy on unseen recordings from which a trait gives classes away; README.md has what clean sets reach."""

_LUCK = 0.01
"""Probability of so many right answers by guessing, over all pairs together."""

_MOST_EACH = 200
_MOST_CLASSES = 40
_LEAST_EACH = 5
_FOLDS = 4
_STEADY = 0.15
"""Spread of the level within a class (standard deviation of its logarithm) that a living source does not keep to."""

_IDLE_RUN = 8
_CLIP_RUN = 2
_LEAST_CLIPPED = 0.001
_DC_WORDS = re.compile(
    r"(^|_)(acc|accel|acceleration|accelerometer|gravity|tilt|angle|power|current|voltage|temp|temperature|thermocouple|"
    r"pressure|humidity|flow|level|distance|light|lux|rms|speed|rpm|load|weight|force|mag|magnetometer|heading|co2|gas|"
    r"watt|watts|heart_rate|hr|spo2)(\d*)(_|$)"
)
_DC_UNITS = frozenset(
    {"m/s²", "g", "mg", "µT", "G", "W", "kW", "VA", "A", "V", "Pa", "kPa", "hPa", "bar", "psi", "°C", "°F", "K", "rpm",
     "bpm", "lx", "N", "Nm", "mm", "cm", "l/min", "ppm", "%", "kg"}
)  # fmt: skip

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class _Trait:
    name: str
    """As in `can be told from … alone`."""

    measure: Callable[[DataSet, Sequence[Recording]], Rows | None]
    """One row a recording; None where the trait does not exist in this data."""

    effect: str


@dataclass(frozen=True)
class Told:
    """Pairs of classes that one trait tells apart."""

    pairs: int
    of_pairs: int
    best: tuple[str, str]
    balanced_accuracy: float
    """Of the best pair, on recordings that were not trained on."""


def point_out_shortcuts(data: DataSet, findings: Findings, *, seed: int = 1) -> None:
    """Warn, with `leak:` in front, of each trait of the open part's recordings that gives classes away.

    Only where a recording has one class: what is set once a recording can't tell apart the classes within it.
    """
    labels = np.array([_only_label(recording) for recording in data.recordings])
    if (labels >= 0).mean() < 0.5:
        return
    chosen = _picked(labels)
    if len(np.unique(labels[chosen])) < 2:
        return
    recordings = [data.recordings[index] for index in chosen]
    groups = _group_numbers(data, recordings)
    for trait in _TRAITS:
        rows = trait.measure(data, recordings)
        if rows is None or not rows.any():
            continue
        told = told_apart(rows, labels[chosen], groups, data.classes, seed=seed)
        if told is not None:
            findings.warning(_sentence(trait.name, told), effect=trait.effect)


def told_apart(
    rows: Rows, labels: NDArray[np.int64], groups: NDArray[np.int64], classes: Sequence[str], *, seed: int
) -> Told | None:
    """Pairs of classes that a small tree tells apart by `rows` [n, f] on groups that it did not see; None for none."""
    present = [int(k) for k in np.unique(labels) if (labels == k).sum() >= _LEAST_EACH]
    pairs = list(combinations(present, 2))
    found: list[tuple[float, int, int]] = []
    for first, second in pairs:
        inside = (labels == first) | (labels == second)
        score = _pair_score(rows[inside], labels[inside] == second, groups[inside], len(pairs), seed)
        if score >= WORKS:
            found.append((score, first, second))
    if not found:
        return None
    score, first, second = max(found, key=lambda item: (item[0], -item[1], -item[2]))
    return Told(len(found), len(pairs), (classes[first], classes[second]), score)


def _pair_score(rows: Rows, is_second: NDArray[np.bool_], groups: NDArray[np.int64], pairs: int, seed: int) -> float:
    """Balanced accuracy out of fold; 0 where it does not even fit, or where guessing may explain it."""
    tree = DecisionTreeClassifier(max_depth=2, random_state=seed)
    if _balanced(tree.fit(rows, is_second).predict(rows), is_second) < WORKS:
        return 0.0  # what can't be fitted need not be cross-validated
    count = len(np.unique(groups))
    if count < 2:
        return 0.0
    folds = min(_FOLDS, count)
    smallest = int(min(is_second.sum(), (~is_second).sum()))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed) if smallest >= folds else GroupKFold(folds)
    predicted = ~is_second
    for train, test in splitter.split(rows, is_second, groups):
        if len(test) and 0 < is_second[train].sum() < len(train):
            predicted[test] = tree.fit(rows[train], is_second[train]).predict(rows[test])
    units = np.unique(np.stack([groups, is_second.astype(np.int64)], axis=1), axis=0, return_inverse=True)[1].ravel()
    right = np.bincount(units, weights=predicted == is_second) / np.bincount(units) > 0.5
    luck = float(binom.sf(int(right.sum()) - 1, len(right), 0.5)) * pairs
    return _balanced(predicted, is_second) if luck < _LUCK else 0.0


def _balanced(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float((predicted[truth].mean() + (~predicted[~truth]).mean()) / 2)


def _sentence(trait: str, told: Told) -> str:
    first, second = told.best
    what = (
        f"{first!r} can be told from {second!r}"
        if told.of_pairs == 1
        else f"{told.pairs} of {told.of_pairs} pairs of classes can be told apart, such as {first!r} from {second!r},"
    )
    return f"leak: {what} by {trait} alone (balanced accuracy {told.balanced_accuracy:.2f} on unseen recordings)"


def _only_label(recording: Recording) -> int:
    if recording.labels is None:
        return recording.label
    found = np.unique(recording.labels[recording.labels >= 0])
    return int(found[0]) if len(found) == 1 else -1


def _picked(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most 200 recordings of each of the 40 largest classes, evenly picked."""
    counts = np.bincount(labels[labels >= 0])
    largest = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    parts = []
    for number in sorted(int(k) for k in largest if counts[k]):
        members = np.flatnonzero(labels == number)
        parts.append(members[np.unique(np.linspace(0, len(members) - 1, min(_MOST_EACH, len(members))).astype(int))])
    return np.concatenate(parts).astype(np.int64)


def _group_numbers(data: DataSet, recordings: Sequence[Recording]) -> NDArray[np.int64]:
    """Folds are no sources: there each file stands for itself, as where no groups are known."""
    grouped = data.group_kind not in (None, "fold")
    names = [recording.group if grouped else recording.file for recording in recordings]
    return np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


def _clipped(data: DataSet, recordings: Sequence[Recording]) -> Rows | None:
    """Share of each recording that stands at its own extremes, in short runs: a rail, not a rest."""
    if data.kind == "image":
        return None
    rows = np.array([_at_rails(recording.samples) for recording in recordings])
    return np.where(rows < _LEAST_CLIPPED, 0.0, rows)


def _at_rails(samples: NDArray[np.float32]) -> list[float]:
    shares = []
    for channel in samples.T:
        for rail in (channel.min(), channel.max()):
            runs = _run_lengths(channel == rail)
            short = runs[(runs >= _CLIP_RUN) & (runs <= max(_CLIP_RUN, len(channel) // 10))]
            shares.append(float(short.sum()) / len(channel))
    return shares


def _run_lengths(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return np.asarray(edges[1::2] - edges[::2], dtype=np.int64)


def _silent(data: DataSet, recordings: Sequence[Recording]) -> Rows | None:
    """Share of each recording in which nothing changes for 8 samples or more."""
    if data.kind == "image":
        return None
    rows = []
    for recording in recordings:
        still = _run_lengths(np.asarray((np.diff(recording.samples, axis=0) == 0).all(axis=1)))
        rows.append([float(still[still >= _IDLE_RUN].sum()) / max(1, len(recording.samples))])
    return np.array(rows)


def _offset(data: DataSet, recordings: Sequence[Recording]) -> Rows | None:
    """Means of the channels whose mean is not what they measure."""
    columns = _uncalibrated(data)
    if data.kind == "image" or not columns:
        return None
    return np.array([recording.samples[:, columns].mean(axis=0, dtype=np.float64) for recording in recordings])


def _uncalibrated(data: DataSet) -> list[int]:
    """Channels whose level may be the recorder's alone: neither a physical quantity nor an axis of a motion sensor."""
    axes = {axis for triple in channel_triples(data.channels) for axis in triple}
    return [index for index, name in enumerate(data.channels) if index not in axes and not measures_level(name)]


def measures_level(channel: str) -> bool:
    """Whether a channel's mean is part of what it measures: gravity, watts, degrees; by unit and name."""
    return unit_of(channel) in _DC_UNITS or _DC_WORDS.search(plain(channel)) is not None


def _gain(data: DataSet, recordings: Sequence[Recording]) -> Rows | None:
    """Logarithm of each recording's level, where it may be the recorder's and a class has nearly the same one."""
    columns = _uncalibrated(data)
    if data.kind == "image" or not columns:
        return None
    levels = [recording.samples[:, columns].std(axis=0, dtype=np.float64) for recording in recordings]
    rows = np.log(np.array(levels) + 1e-12)
    labels = np.array([_only_label(recording) for recording in recordings])
    spreads = np.array([rows[labels == k].std(axis=0) for k in np.unique(labels)])
    steady = np.median(spreads, axis=0) < _STEADY
    return np.asarray(rows[:, steady], dtype=np.float64) if steady.any() else None


def _rate(_data: DataSet, recordings: Sequence[Recording]) -> Rows | None:
    rates = [recording.source_rate_hz for recording in recordings]
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates) or max(known) <= 1.005 * min(known):
        return None
    return np.asarray(np.log(known), dtype=np.float64)[:, None]


def _length(data: DataSet, recordings: Sequence[Recording]) -> Rows | None:
    """Samples of the whole file, or the size of the picture before it was brought to one."""
    if data.kind == "windows":
        return None
    totals: dict[str, int] = {}
    for recording in data.recordings:
        size = int(np.prod(recording.samples.shape[:2])) if data.kind == "image" else len(recording.samples)
        totals[recording.file] = totals.get(recording.file, 0) + size
    rows = np.array([[float(totals[recording.file])] for recording in recordings])
    return None if rows.max() == rows.min() else rows


_HABITS = "a model may learn how the recordings were made instead of what they hold, and fail on the next device"
_TRAITS = (
    _Trait("the share of clipped samples", _clipped, f"{_HABITS}; record all classes with one range"),
    _Trait("the offset (mean)", _offset, f"{_HABITS}; if the mean is not what is measured, take it off all recordings"),
    _Trait("the gain (level)", _gain, f"{_HABITS}; record all classes with one gain, or normalize each window"),
    _Trait("the share of silence", _silent, "a model may learn how clips were padded; cut silence off, or pad alike"),
    _Trait("the original sampling rate", _rate, f"{_HABITS}; record all classes at one rate"),
    _Trait("the length of the file", _length, f"{_HABITS}; windows hide it, padding and edges may not"),
)  # fmt: skip


def steady_traits(data: DataSet, recordings: Sequence[Recording]) -> Iterator[tuple[str, str, Rows]]:
    """Name, effect and measurements [recordings, f] of each trait that this data has and that says how it was made."""
    for trait in _TRAITS:
        rows = trait.measure(data, recordings)
        if rows is not None and rows.any() and trait.measure is not _gain:  # loudness is mostly the thing itself
            yield trait.name, trait.effect, rows
