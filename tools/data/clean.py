"""One recording made whole: order, gaps, missing values, uniform grid. Every change is a stated repair."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.timeline import is_uniform, resample
from nanosmith.tools.errors import DataError

GAP_STEPS = 25
"""A hole of more steps than this splits a recording; shorter ones are interpolated."""

LEAST_SAMPLES = 8
"""Shorter parts are left out."""

_SENTINELS = (-999.0, -9999.0, -99999.0, 9999.0, 99999.0, -32768.0)

Values = NDArray[np.floating[Any]]
Labels = NDArray[np.int32] | None


@dataclass(frozen=True)
class Raw:
    """One recording as it stands in its file."""

    file: str
    values: Values
    """Floats [n, channels], NaN where missing."""

    seconds: NDArray[np.float64] | None
    labels: Labels


@dataclass(frozen=True)
class Part:
    """An unbroken piece of it on a uniform grid."""

    values: NDArray[np.float32]
    labels: Labels
    missing: tuple[int, ...]


def clean(raw: Raw, rate_hz: float | None, findings: Findings) -> list[Part]:
    """Unbroken, gap-free parts of one recording at `rate_hz`; several where it has long holes.

    Raises:
        DataError: It was sampled so much more slowly than `rate_hz` that most samples would be made up.

    """
    values = _without_sentinels(raw, findings)
    seconds, values, labels = _in_order(raw, values, findings)
    parts = []
    for start, stop in _stretches(raw.file, values, seconds, rate_hz, findings):
        missing = tuple(int(count) for count in np.isnan(values[start:stop]).sum(axis=0))
        filled = _filled(values[start:stop])
        part_labels = None if labels is None else labels[start:stop]
        if seconds is not None and rate_hz is not None and not is_uniform(seconds[start:stop], rate_hz):
            filled, part_labels = resample(seconds[start:stop], filled, part_labels, rate_hz)
            findings.repair(
                f"irregular sampling was resampled to a uniform {rate_hz:g} Hz", file=raw.file,
                effect="values between samples are straight lines; the device must sample evenly, or do as much",
            )  # fmt: skip
        if sum(missing):
            findings.repair(
                "{n} missing values were interpolated", count=sum(missing), file=raw.file,
                effect="what happened in a gap is lost; the firmware fills none, so its sensor must have none",
            )  # fmt: skip
        if len(filled) < LEAST_SAMPLES:
            findings.repair("{n} samples in pieces too short to use were left out", count=len(filled), file=raw.file)
            continue
        parts.append(Part(filled.astype(np.float32), part_labels, missing))
    return parts


def _without_sentinels(raw: Raw, findings: Findings) -> Values:
    values = raw.values
    for sentinel in _SENTINELS:
        hits = values == sentinel
        for channel in np.flatnonzero(hits.any(axis=0)):
            others = values[~hits[:, channel], channel]
            others = others[np.isfinite(others)]
            if len(others) == 0 or abs(sentinel) < 5 * max(1.0, float(np.abs(others).max())):
                continue
            values = np.where(hits & (np.arange(values.shape[1]) == channel), np.nan, values)
            findings.repair(
                f"{{n}} values of {sentinel:g}, far from all others, were taken for missing",
                count=int(hits[:, channel].sum()), file=raw.file,
                effect="on the device such a value would reach the model as it is; the driver must hold it back",
            )  # fmt: skip
    return values


def _in_order(raw: Raw, values: Values, findings: Findings) -> tuple[NDArray[np.float64] | None, Values, Labels]:
    seconds, labels = raw.seconds, raw.labels
    if seconds is None:
        return None, values, labels
    known = np.isfinite(seconds)
    if not known.all():
        findings.repair("{n} rows without a time were left out", count=int((~known).sum()), file=raw.file)
        seconds, values, labels = seconds[known], values[known], None if labels is None else labels[known]
    steps = np.diff(seconds)
    if (steps < 0).any():
        findings.repair(
            "rows out of time order were sorted ({n} steps back)", count=int((steps < 0).sum()), file=raw.file
        )
        order = np.argsort(seconds, kind="stable")
        seconds, values, labels = seconds[order], values[order], None if labels is None else labels[order]
        steps = np.diff(seconds)
    if len(steps) and float(np.median(steps)) == 0.0:
        findings.repair("the clock is coarser than the samples; they were spread evenly", file=raw.file)
        return np.linspace(seconds[0], seconds[-1], len(seconds)), values, labels
    if (steps == 0).any():
        keep = np.concatenate([[True], steps > 0])
        findings.repair(
            "{n} rows repeat the time of the row before and were left out", count=int((~keep).sum()), file=raw.file
        )
        seconds, values, labels = seconds[keep], values[keep], None if labels is None else labels[keep]
    return seconds, values, labels


def _stretches(
    file: str, values: Values, seconds: NDArray[np.float64] | None, rate_hz: float | None, findings: Findings
) -> list[tuple[int, int]]:
    """Half-open ranges between long holes in time or in any channel."""
    cuts = {0, len(values)}
    if seconds is not None and rate_hz is not None and len(seconds) > 1:
        steps = np.diff(seconds)
        step = float(np.median(steps))
        if step * rate_hz > GAP_STEPS:
            raise DataError(
                f"its samples are {step:g} s apart, those of most recordings {1 / rate_hz:g} s; "
                "bring them to similar rates",
                file=file,
            )
        holes = np.flatnonzero(steps > GAP_STEPS * max(1 / rate_hz, step))
        if len(holes):
            findings.repair(
                f"{{n}} gaps of more than {GAP_STEPS} samples split recordings",
                count=len(holes),
                file=file,
                effect="no window spans a gap; nothing is known of what happened in it",
            )
        cuts.update(int(hole) + 1 for hole in holes)
    dropped: list[tuple[int, int]] = []
    for start, stop in _runs(np.asarray(np.isnan(values).any(axis=1))):
        if stop - start > GAP_STEPS:
            dropped.append((start, stop))
            findings.repair(
                "{n} rows with long stretches of missing values were left out", count=stop - start, file=file
            )
    for start, stop in dropped:
        cuts.update((start, stop))
    ordered = sorted(cuts)
    holes_at = {start for start, _ in dropped}
    inside = [(a, b) for a, b in pairwise(ordered) if a not in holes_at]
    return [(a, b) for a, b in inside if not any(start <= a < stop for start, stop in dropped)]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _filled(values: Values) -> Values:
    filled = values.copy()
    rows = np.arange(len(values))
    for channel in range(values.shape[1]):
        gone = np.isnan(values[:, channel])
        if gone.any() and not gone.all():
            filled[gone, channel] = np.interp(rows[gone], rows[~gone], values[~gone, channel])
    return filled
