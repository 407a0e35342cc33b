"""The sealed test part: the user's marks, or whole groups, or whole recordings; never windows of one recording."""

import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from nanosmith.tools.data.findings import Findings, merged
from nanosmith.tools.data.idle import find_idle
from nanosmith.tools.data.numbers import in_ranges
from nanosmith.tools.data.recordings import DataSet, Recording, Timed
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.normal_class import is_normal

SplitSource: TypeAlias = Literal["marked", "by group", "by recording"]

TEST_PARTS = 4
"""One part in four is sealed."""

_BLOCKS = 8
"""Pieces that a recording is cut into where a class has too few recordings to share out."""

_LONE = 0.8
"""Share of a class in the test from which one group speaks for it."""

_UNITS = 24
"""Rows that the largest group is represented by when groups are shared out."""


def split_off_test(
    data: DataSet, *, seed: int, honor_marks: bool = True, by_class: bool = True
) -> tuple[DataSet, DataSet, SplitSource]:
    """Open part, sealed part, and where the split comes from.

    Marked splits are honored as they are; a group on both sides of one is pointed out. Otherwise about a quarter of the
    groups is sealed, so chosen that classes keep their shares; without groups, a quarter of the recordings; where a
    class has a single recording, recordings are first cut into blocks in time. Where the goal asks for a number, not
    `by_class`: the quarters of the index's first number keep their shares instead, and nothing is cut.

    Raises:
        DataError: There is nothing to share out.

    """
    findings = Findings()
    judged = data if by_class else _by_number(data)
    marks = {recording.split for recording in data.recordings}
    if honor_marks and "test" in marks and len(marks) > 1:  # what is not marked as test is open
        source: SplitSource = "marked"
        sealed = [recording.split == "test" for recording in data.recordings]
        _point_out_shared_groups(data, findings)
    else:
        if (
            data.group_kind is None
            or len({r.group for r in data.recordings}) < 2
            or (by_class and not _can_share(data, by_group=True))
        ):
            source = "by recording"
            if by_class:
                _point_out_unshared_groups(data, findings)
            if by_class or len(data.recordings) == 1:
                data = _in_blocks(data, findings)
            judged = data if by_class else _by_number(data)
        else:
            source = "by group"
        sealed = _choose(judged, seed, by_group=source == "by group")
    open_recordings = tuple(r for r, is_sealed in zip(data.recordings, sealed, strict=True) if not is_sealed)
    sealed_recordings = tuple(r for r, is_sealed in zip(data.recordings, sealed, strict=True) if is_sealed)
    if by_class:
        _check_classes(data, open_recordings, sealed_recordings, findings)
    idle = None
    if data.kind == "series" and by_class:
        idle = find_idle(open_recordings, data.classes, data.channels, findings)
    data = replace(data, notes=merged(data.notes, findings.notes()), idle=idle)
    return replace(data, recordings=open_recordings), replace(data, recordings=sealed_recordings), source


def _by_number(data: DataSet) -> DataSet:
    """The data with quarters of the index's first number in place of classes; one class where no index has any."""
    known = np.array([recording.listed[0] if data.listed else np.nan for recording in data.recordings], np.float32)
    has = ~np.isnan(known)
    strata = np.zeros(len(known), np.int64)
    names: tuple[str, ...] = ("all",)
    if has.any():
        strata[has], names = in_ranges(known[has])
    relabelled = (
        replace(recording, labels=None, events=None, label=int(stratum))
        for recording, stratum in zip(data.recordings, strata, strict=True)
    )
    return replace(data, recordings=tuple(relabelled), classes=names)


def _point_out_shared_groups(data: DataSet, findings: Findings) -> None:
    if data.group_kind is None:
        return
    sides: dict[str, set[str]] = defaultdict(set)
    for recording in data.recordings:
        sides[recording.group].add(recording.split or "train")
    shared = sorted(group for group, found in sides.items() if len(found) > 1)
    if shared:
        findings.warning(
            f"leak: {len(shared)} of {len(sides)} {data.group_kind} groups ({', '.join(shared[:4])}"
            f"{', …' if len(shared) > 4 else ''}) are in both parts of the marked split; the test score "
            f"will be better than on a {data.group_kind} that was never seen",
            effect=f"expect less on a new {data.group_kind}; a column split without shared groups would tell how much",
        )


def _point_out_unshared_groups(data: DataSet, findings: Findings) -> None:
    """Groups are known, and yet whole groups can't be sealed: some class has but one."""
    if data.group_kind is None:
        return
    groups = np.array([recording.group for recording in data.recordings], dtype=object)
    has = _class_matrix(data.recordings, len(data.classes)) > 0
    lonely = [name for name, column in zip(data.classes, has.T, strict=True) if len(set(groups[column])) == 1]
    named = ", ".join(repr(name) for name in lonely[:4])
    findings.warning(
        f"leak: class {named} comes from a single {data.group_kind}, so recordings were sealed instead of whole "
        f"{data.group_kind}s: the test is of {data.group_kind}s that were trained on"
        if lonely
        else f"leak: there is a single {data.group_kind}; the test is of the one that was trained on",
        effect=f"the score says nothing about a new {data.group_kind}; record such a class from two or more",
    )


def _class_matrix(recordings: Sequence[Recording], classes: int) -> NDArray[np.float64]:
    """Labelled samples [recordings, classes]."""
    return np.array([recording.class_counts(classes) for recording in recordings], dtype=np.float64).reshape(
        -1, classes
    )


def _groups(data: DataSet, *, by_group: bool) -> NDArray[np.int64]:
    """Number of each recording's group; several parts of one file are one group."""
    names = [r.group if by_group else r.file for r in data.recordings]
    return np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


def _can_share(data: DataSet, *, by_group: bool) -> bool:
    """Whether each class occurs in two groups, so that one can be sealed and one learned from."""
    groups = _groups(data, by_group=by_group)
    matrix = _class_matrix(data.recordings, len(data.classes)) > 0
    present = matrix.any(axis=0)
    return all(len(set(groups[matrix[:, column]])) >= 2 for column in np.flatnonzero(present))


def _in_blocks(data: DataSet, findings: Findings) -> DataSet:
    """Recordings cut into blocks in time where a class has only one; untouched otherwise."""
    if _can_share(data, by_group=False):
        return data
    if data.kind == "image" or data.kind == "windows":
        raise DataError("a class has a single example, so that none is left for the test")
    findings.warning(
        f"a class has only one recording; recordings were cut into {_BLOCKS} blocks in time, of which every fourth is "
        "sealed: the test then comes from the same sessions as the training, and its score will flatter",
        effect="record each class twice or more, on different days",
    )
    blocks: list[Recording] = []
    for recording in data.recordings:
        edges = np.linspace(0, len(recording.samples), _BLOCKS + 1).astype(int)
        for number, (start, stop) in enumerate(pairwise(edges), 1):
            name = f"{recording.name}:block {number}"
            blocks.append(
                replace(
                    recording, name=name, samples=recording.samples[start:stop],
                    labels=None if recording.labels is None else recording.labels[start:stop],
                    events=None if recording.events is None else recording.events.between(start, stop),
                    timed=_timed_between(recording, start, stop, data),
                    group=name, missing=recording.missing if number == 1 else (),
                )
            )  # fmt: skip
    return replace(data, recordings=tuple(blocks), group_kind=None)


def _timed_between(recording: Recording, start: int, stop: int, data: DataSet) -> Timed | None:
    if recording.timed is None or data.grid is None or stop <= start:
        return None
    return recording.timed.between(start, stop, data.grid)


def _choose(data: DataSet, seed: int, *, by_group: bool) -> list[bool]:
    """Which recordings are sealed: the fold that keeps every class on both sides and the shares most alike."""
    matrix = _class_matrix(data.recordings, len(data.classes))
    groups = _groups(data, by_group=by_group)
    count = int(groups.max()) + 1
    if count < 2:
        raise DataError("there is only one recording with labels; the test needs others than the training")
    totals = np.zeros((count, matrix.shape[1]))
    np.add.at(totals, groups, matrix)
    rows, classes = _units(totals)
    folds = StratifiedGroupKFold(n_splits=min(TEST_PARTS, count), shuffle=True, random_state=seed)
    present = totals.sum(axis=0) > 0
    cost = _one_sided(data.classes)[:, present]
    best: tuple[float, set[int]] | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with few recordings, which `_check_classes` tells
        parts = list(folds.split(np.zeros(len(rows)), classes, rows))
    for _, test in parts:
        chosen = set(rows[test].tolist())
        if not chosen or len(chosen) == count:
            continue
        mask = np.array([group in chosen for group in range(count)])
        share = totals[mask].sum(axis=0)[present] / totals.sum(axis=0)[present]
        lacking = cost[0] * (share == 0) + cost[1] * (share == 1)
        badness = float(np.abs(share - 1 / TEST_PARTS).mean() + lacking.mean())
        if best is None or badness < best[0]:
            best = (badness, chosen)
    chosen = best[1] if best is not None else {0}
    return [int(group) in chosen for group in groups]


def _one_sided(classes: Sequence[str]) -> NDArray[np.float64]:
    """What it costs that a class is in the open part alone, and in the sealed one alone, [2, classes].

    A fault beside normal operation can be tested without having been learned; not the other way round.
    """
    has_normal = any(is_normal(name) for name in classes)
    is_fault = np.array([has_normal and not is_normal(name) for name in classes])
    return np.stack([np.full(len(classes), 10.0), np.where(is_fault, 2.0, 10.0)])


def _units(totals: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pseudo-rows (group, class) in proportion to the samples, for a splitter that counts rows."""
    largest = max(1.0, float(totals.sum(axis=1).max()))
    units = np.ceil(totals / largest * _UNITS).astype(np.int64)
    units[units.sum(axis=1) == 0, 0] = 1  # groups without labels are shared out as well
    rows, columns = np.nonzero(units)
    times = units[rows, columns]
    return np.repeat(rows, times).astype(np.int64), np.repeat(columns, times).astype(np.int64)


def _check_classes(data: DataSet, opened: Sequence[Recording], sealed: Sequence[Recording], findings: Findings) -> None:
    open_counts = _class_matrix(opened, len(data.classes)).sum(axis=0)
    sealed_counts = _class_matrix(sealed, len(data.classes)).sum(axis=0)
    for name, in_open, in_sealed in zip(data.classes, open_counts, sealed_counts, strict=True):
        if in_sealed and not in_open:
            findings.warning(
                f"class {name!r} has recordings in the test part only: there is nothing to learn it from, and only a "
                "detector of anomalies can be tested on it"
            )
        if in_open and not in_sealed:
            findings.warning(f"class {name!r} has no recording in the sealed test part; its score can't be told")
    if data.group_kind is not None:
        _point_out_lone_groups(data, sealed, findings)
    if not sealed_counts.any():
        raise DataError("the test part has no labelled recording")


def _point_out_lone_groups(data: DataSet, sealed: Sequence[Recording], findings: Findings) -> None:
    """A class of which one sealed group holds nearly everything is scored on that group."""
    groups = np.array([recording.group for recording in sealed], dtype=object).astype(str)
    names, numbers = np.unique(groups, return_inverse=True)
    totals = np.zeros((len(names), len(data.classes)))
    np.add.at(totals, numbers, _class_matrix(sealed, len(data.classes)))
    for name, column in zip(data.classes, totals.T, strict=True):
        if len(names) > 2 and column.sum() > 0 and column.max() >= _LONE * column.sum():
            findings.warning(
                f"one sealed {data.group_kind} holds {column.max() / column.sum():.0%} of class {name!r} in the test",
                effect=f"the score of {name!r} is the score on that {data.group_kind}, whatever its interval says",
            )
