"""Recordings that hold the same samples, or nearly the same, as one of another group or of the other part.

Exactly the same: hashes of runs of samples that do not depend on where a recording was cut (winnowing: Schleimer,
Wilkerson and Aiken 2003, SIGMOD). Nearly the same (another gain, offset, rounding or trim): the changes around a
recording's sharpest moment correlate as two different events never do.

Signals that repeat (a machine at one speed, mains, a test tone) are alike without being copies. Of those the noise must
be the same as well: what is left without the repeating part still correlates (`periodic.py`), or they share a long run.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.periodic import unpredicted
from nanosmith.tools.data.pictures import resize
from nanosmith.tools.data.recordings import DataSet, Recording

ALIKE = 0.98
"""Correlation from which two patches are one; different recordings of the sets in shared/ reach .92 across groups."""

_REST_ALIKE = 0.35
"""The same of what does not repeat: .7 where a copy got as much noise as there was, under .1 between two recordings."""

_UNLIKELY = 6.0
"""Deviations of chance: millions of pairs are compared, and each rest has a peak in its middle by choice."""

_RUN = 32
"""Samples of one hashed run: a power of two."""

_LEAST_CHANGES = 12
_LEAST_BENDS = 10
"""Different second differences in a run, below which two sources agree by chance: flats, ramps and square waves."""

_LONG_RUN = 512
"""Samples that two recordings must share where the shared run repeats within one of them."""

_MOST_HASHED = 50_000_000
_MOST_HASHES = 2_000_000
_PATCH_VALUES = 1_024
_LEAST_PATCH = 32
_MOST_PATCHES = 4_000
_MOST_CHUNKS = 12_000
_CHUNK = 4_096
_MOMENTS = 5
_LEAST_EFFECTIVE = 24.0
"""Effective number of values in a patch: a single step looks like any other single step."""

_T = TypeVar("_T")

_THUMB = 24
_LEAST_THUMB_SPREAD = 4.0


@dataclass(frozen=True)
class _Source:
    recording: Recording
    is_sealed: bool
    group: str


@dataclass(frozen=True)
class _Patch:
    """A part of a source that others are compared with."""

    owner: int
    values: NDArray[np.float32]
    """Of length 1."""

    rest: NDArray[np.float32]
    """What is left of them without what repeats, of length 1; the same where nothing does."""

    least: float
    """Correlation of the rests from which two patches are one: few values correlate by chance."""


def point_out_duplicates(open_data: DataSet, sealed: DataSet, findings: Findings) -> None:
    """Warn, with `leak:` in front, of recordings that are in both parts, or in two groups, in copies or near-copies.

    Of the sealed part only the number of recordings concerned is told.
    """
    has_groups = open_data.group_kind is not None
    sources = [
        _Source(recording, is_sealed, recording.group if has_groups else recording.file)
        for data, is_sealed in ((open_data, False), (sealed, True))
        for recording in data.recordings
    ]
    links = _same_pictures(sources) if open_data.kind == "image" else _same_samples(sources) | _near_copies(sources)
    across = sorted(pair for pair in links if sources[pair[0]].is_sealed != sources[pair[1]].is_sealed)
    inside = sorted(pair for pair in links if not (sources[pair[0]].is_sealed or sources[pair[1]].is_sealed))
    what = "pictures" if open_data.kind == "image" else "windows" if open_data.kind == "windows" else "recordings"
    if across:
        concerned = {b if sources[b].is_sealed else a for a, b in across}
        example = next(a if sources[b].is_sealed else b for a, b in across)
        findings.warning(
            f"leak: {len(concerned)} of {len(sealed.recordings)} sealed {what} are copies or near-copies of open ones, "
            f"or share samples with them; the first of those is {sources[example].recording.name}",
            effect="the test asks what was trained on: its score flatters; split by source instead",
        )
    if inside:
        first, second = (sources[index].recording.name for index in inside[0])
        kind = open_data.group_kind or "file"
        findings.warning(
            f"leak: {len({index for pair in inside for index in pair})} {what} of different {kind}s are copies or "
            f"near-copies of each other, or share samples, such as {first} and {second}",
            effect="scores on groups that were not trained on flatter while candidates are compared",
        )


def _same_samples(sources: Sequence[_Source]) -> set[tuple[int, int]]:
    """Pairs of different groups that share a run of samples."""
    total = sum(len(source.recording.samples) for source in sources)
    if total > _MOST_HASHED:
        sources = [source for index, source in enumerate(sources) if index % -(-total // _MOST_HASHED) == 0]
    keep_one_in = 1 << max(0, (min(total, _MOST_HASHED) // _MOST_HASHES).bit_length())
    owners: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for index, source in enumerate(sources):
        starts, hashes = _hashes(source.recording.samples, keep_one_in)
        for start, value in zip(starts.tolist(), hashes.tolist(), strict=True):
            owners[value].append((index, start))
    links: set[tuple[int, int]] = set()
    for found in owners.values():
        if len({sources[index].group for index, _ in found}) < 2:
            continue
        index, start = found[0]
        run = sources[index].recording.samples[start : start + _RUN]
        if _bends(run) >= _LEAST_BENDS:
            links.update(_linked(found, sources))
    return links


def _linked(found: Sequence[tuple[int, int]], sources: Sequence[_Source]) -> Iterator[tuple[int, int]]:
    """Pairs of groups that share a run, found in (recording, start); the first owner stands for its group."""
    repeats = len({index for index, _ in found}) < len(found)
    first: dict[str, tuple[int, int]] = {}
    for index, start in found:
        first.setdefault(sources[index].group, (index, start))
    (one, at), *others = sorted(first.values())
    for other, there in others:
        pair = sources[one].recording.samples, sources[other].recording.samples
        if not repeats or _shared(*pair, at, there) >= min(_LONG_RUN, *map(len, pair)):
            yield one, other


def _shared(one: NDArray[np.float32], other: NDArray[np.float32], at: int, there: int) -> int:
    """Samples around a shared one that are the same in both, counted up to a few more than a long run."""
    before, after = min(at, there, _LONG_RUN), min(len(one) - at, len(other) - there, _LONG_RUN)
    equal = (one[at - before : at + after] == other[there - before : there + after]).all(axis=1)
    return int(np.logical_and.accumulate(equal[:before][::-1]).sum() + np.logical_and.accumulate(equal[before:]).sum())


def _bends(run: NDArray[np.float32]) -> int:
    """How many different ways the signal bends within a run; rounding errors of a straight line are none."""
    values = run.astype(np.float64)
    scale = 1e-3 * np.maximum(values.max(axis=0) - values.min(axis=0), 1e-12)
    return len(np.unique(np.round(np.diff(values, n=2, axis=0) / scale), axis=0))


def _hashes(samples: NDArray[np.float32], keep_one_in: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Starts and hashes of the runs that are kept: those whose own hash says so, so that both copies keep the same."""
    if len(samples) < _RUN:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    bits = np.ascontiguousarray(samples, dtype=np.float32).view(np.uint32).astype(np.uint64)
    factor = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        weights = np.cumprod(np.full(bits.shape[1], factor))
        hashed = (bits * weights).sum(axis=1, dtype=np.uint64)
        hashed ^= hashed >> np.uint64(29)
        span = 1
        while span < _RUN:  # a run of 2n is its two halves: five steps instead of thirty-two
            factor = factor * factor + np.uint64(2)
            hashed = hashed[:-span] * factor + hashed[span:]
            hashed ^= hashed >> np.uint64(31)
            span *= 2
    changes = np.concatenate([[0], np.cumsum((np.diff(samples, axis=0) != 0).any(axis=1))])
    lively = changes[_RUN - 1 :] - changes[: len(changes) - _RUN + 1] >= _LEAST_CHANGES
    kept = np.flatnonzero(lively & (hashed % np.uint64(keep_one_in) == 0))
    return kept.astype(np.int64), hashed[kept]


def _near_copies(sources: Sequence[_Source]) -> set[tuple[int, int]]:
    """Pairs of different groups whose sharpest moments look the same."""
    width = max(_LEAST_PATCH, _PATCH_VALUES // sources[0].recording.samples.shape[1])
    step = max(_CHUNK, 2 * width)
    chunks = [
        (index, start)
        for index, source in enumerate(sources)
        for start in range(0, max(1, len(source.recording.samples) - _CHUNK // 2), step)
    ]
    sharpest: list[_Patch] = []
    further: list[_Patch] = []
    moments = max(1, min(_MOMENTS, 2 * _MOST_PATCHES // max(1, len(chunks))))
    for index, start in _evenly(chunks, _MOST_CHUNKS):
        found = _patches(sources[index].recording.samples[start : start + step], width, moments)
        for number, (values, rest) in enumerate(found):
            (further if number else sharpest).append(_Patch(index, values, rest, _least(rest)))
    chosen = _evenly(sharpest, _MOST_PATCHES)
    return _alike([*chosen, *_evenly(further, _MOST_PATCHES - len(chosen))], sources)


def _evenly(items: Sequence[_T], most: int) -> list[_T]:
    """At most so many, evenly picked."""
    if not items or most <= 0:
        return []
    return [items[at] for at in np.unique(np.linspace(0, len(items) - 1, min(len(items), most)).astype(np.int64))]


def _patches(
    samples: NDArray[np.float32], width: int, moments: int = _MOMENTS
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Changes around the largest one, and of these what does not repeat, [width * channels] of length 1 each.

    Nothing where hardly anything changes. Of a signal that repeats, also around the sharpest moments of what does not:
    each period of the rest has one that is as sharp as the others.
    """
    steps = np.diff(samples.astype(np.float64), axis=0)
    if len(steps) < _LEAST_PATCH:
        return
    spread = steps.std(axis=0)
    steps /= np.where(spread > 0, spread, 1.0)
    left = unpredicted(steps - steps.mean(axis=0))
    sharp = np.abs(steps).sum(axis=1)
    # a short recording gives a narrower patch, by powers of two: a trimmed copy then gives one of the same width
    reach = min(width, 1 << max(5, (len(steps) // 4).bit_length() - 1)) // 2
    for moment in range(1 if left is None else moments):
        if moment == 1 and left is not None:
            sharp = np.abs(left).sum(axis=1)
        center = int(sharp.argmax())
        if sharp[center] <= 0:
            return
        start, stop = max(0, center - reach), min(len(steps), center + reach)
        before = width // 2 - min(reach, center)
        around = ((before, width - before - (stop - start)), (0, 0))
        flat = np.pad(steps[start:stop], around).ravel()
        energy = np.square(flat)
        if energy.any() and energy.sum() ** 2 / np.square(energy).sum() >= _LEAST_EFFECTIVE:
            patch = _of_length_1(flat)
            yield patch, patch if left is None else _of_length_1(np.pad(left[start:stop], around).ravel())
        sharp[start:stop] = 0


def _least(rest: NDArray[np.float32]) -> float:
    """Chance correlations have a deviation of the root of 1 / values."""
    by_chance = _UNLIKELY / float(np.sqrt(max(1, int(np.count_nonzero(rest)))))
    return min(ALIKE, max(_REST_ALIKE, by_chance))


def _of_length_1(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return (values / max(float(np.linalg.norm(values)), 1e-30)).astype(np.float32)


def _same_pictures(sources: Sequence[_Source]) -> set[tuple[int, int]]:
    thumbs = [resize(s.recording.samples, _THUMB, _THUMB).astype(np.float32).mean(axis=2).ravel() for s in sources]
    owners = [index for index, thumb in enumerate(thumbs) if thumb.std() >= _LEAST_THUMB_SPREAD]
    if not owners:
        return set()
    plain = np.stack([(thumbs[index] - thumbs[index].mean()) / thumbs[index].std() for index in owners])
    plain -= plain.mean(axis=0)  # a background that all share makes none of them alike
    lengths = np.linalg.norm(plain, axis=1, keepdims=True)
    found = (plain / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    patches = [_Patch(owner, thumb, thumb, 0.0) for owner, thumb in zip(owners, found, strict=True)]
    return _alike(_evenly(patches, _MOST_PATCHES), sources)


def _alike(patches: Sequence[_Patch], sources: Sequence[_Source]) -> set[tuple[int, int]]:
    """Pairs of different groups whose patches correlate, and so do those without what repeats."""
    if len(patches) < 2:
        return set()
    matrix = np.stack([patch.values for patch in patches])
    rest = np.stack([patch.rest for patch in patches])
    owner = np.array([patch.owner for patch in patches])
    least = np.array([patch.least for patch in patches])
    group = np.unique(
        np.array([sources[index].group for index in owner], dtype=object).astype(str), return_inverse=True
    )[1]
    links: set[tuple[int, int]] = set()
    for start in range(0, len(matrix), 512):
        alike = np.abs(matrix[start : start + 512] @ matrix.T) >= ALIKE
        alike &= group[start : start + 512, None] != group[None]
        if alike.any():
            alike &= np.abs(rest[start : start + 512] @ rest.T) >= np.maximum(least[start : start + 512, None], least)
        rows, columns = np.nonzero(alike)
        links.update((int(min(a, b)), int(max(a, b))) for a, b in zip(owner[rows + start], owner[columns], strict=True))
    return links
