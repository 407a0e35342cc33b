"""One recording made whole: order, gaps, missing values, uniform grid. Every change is a stated repair."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.on_grid import on_grid
from nanosmith.tools.data.recordings import Timed
from nanosmith.tools.data.timeline import averaged, is_uniform, resample
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.time_grid import TimeGrid

GAP_STEPS = 25
"""A hole of more steps than this splits a recording; shorter ones are interpolated."""

LEAST_SAMPLES = 8
"""Shorter parts are left out."""

_MOST_S = 4e12
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
    timed: Timed | None = None
    """What `values` were made of by what the device does as well; None where they came evenly."""


def clean(raw: Raw, rate_hz: float | None, findings: Findings, grid: TimeGrid | None = None) -> list[Part]:
    """Unbroken, gap-free parts of one recording at `rate_hz`; several where it has long holes.

    With a `grid` (of that rate) the last step is the one that the device does with samples and their times.

    Raises:
        DataError: It was sampled so much more slowly than `rate_hz` that most samples would be made up.

    """
    values = _without_sentinels(raw, findings)
    seconds, values, labels = _in_order(raw, values, findings)
    ordered = Raw(raw.file, values, seconds, labels)
    if grid is not None and seconds is not None:
        ordered = _without_lost_rows(ordered, findings)
    parts = []
    for start, stop in _stretches(ordered, rate_hz, findings, grid):
        part = _part(_piece(ordered, start, stop), rate_hz, findings, grid)
        if len(part.values) < LEAST_SAMPLES:
            findings.repair(
                "{n} samples in pieces too short to use were left out", count=len(part.values), file=raw.file
            )
            continue
        parts.append(part)
    return parts


def is_irregular(raw: Raw, own_hz: float, rate_hz: float) -> bool:
    """Whether a recording's samples don't stand where its own rate has them, so that they must be resampled.

    A clock that is too coarse tells nothing of that, and long holes split a recording as they are.
    """
    if raw.seconds is None:
        return False
    seconds = np.sort(raw.seconds[np.isfinite(raw.seconds)])
    steps = np.diff(seconds)
    if len(steps) == 0 or (usual := float(np.median(steps))) == 0.0:
        return False
    seconds = seconds[np.concatenate([[True], steps > 0])]
    holes = np.flatnonzero(np.diff(seconds) > GAP_STEPS * max(1 / rate_hz, usual)) + 1
    pieces = np.split(seconds, holes)
    return any(not is_uniform(piece, own_hz) for piece in pieces if len(piece) >= LEAST_SAMPLES)


def _piece(raw: Raw, start: int, stop: int) -> Raw:
    inside = slice(start, stop)
    return Raw(
        raw.file, raw.values[inside], None if raw.seconds is None else raw.seconds[inside],
        None if raw.labels is None else raw.labels[inside],
    )  # fmt: skip


def _part(raw: Raw, rate_hz: float | None, findings: Findings, grid: TimeGrid | None) -> Part:
    missing = tuple(int(count) for count in np.isnan(raw.values).sum(axis=0))
    made = Part(_filled(raw.values).astype(np.float32, copy=False), raw.labels, missing)
    if raw.seconds is not None and rate_hz is not None:
        is_even = is_uniform(raw.seconds, rate_hz)
        if not is_even:
            does = "the device must sample evenly, or do as much"
            if grid is not None:
                does = "the firmware takes each sample with its time and does the same, bit for bit"
            findings.repair(
                f"irregular sampling was resampled to a uniform {rate_hz:g} Hz", file=raw.file,
                effect=f"values between samples are straight lines; {does}",
            )  # fmt: skip
        if grid is not None:
            made = _on_grid(made, raw.seconds, grid)
        elif not is_even:
            values, labels = resample(raw.seconds, made.values, made.labels, rate_hz)
            made = Part(values.astype(np.float32), labels, missing)
    if sum(missing):
        findings.repair(
            "{n} missing values were interpolated", count=sum(missing), file=raw.file,
            effect="what happened in a gap is lost; the firmware fills none, so its sensor must have none",
        )  # fmt: skip
    return made


def _on_grid(part: Part, seconds: NDArray[np.float64], grid: TimeGrid) -> Part:
    """Samples of a piece without holes as the device makes them; where they are far denser, the means come first."""
    times_us = microseconds(seconds)
    expected = int(times_us[-1] - times_us[0]) * 2**16 // grid.step_q16 + 1
    timed = Timed(averaged(part.values, expected).astype(np.float32), times_us)
    made = on_grid(timed.samples, times_us, grid)
    labels = None if part.labels is None else part.labels[made.nearest]
    return Part(made.samples, labels, part.missing, timed)


def microseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Times as the device's clock has them, before it runs over; of damaged ones what 63 bits hold."""
    return np.rint(np.clip(seconds, -_MOST_S, _MOST_S) * 1e6).astype(np.int64)


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


def _stretches(raw: Raw, rate_hz: float | None, findings: Findings, grid: TimeGrid | None) -> list[tuple[int, int]]:
    """Half-open ranges between long holes in time or in any channel."""
    values, seconds = raw.values, raw.seconds
    cuts = {0, len(values)}
    if seconds is not None and rate_hz is not None and len(seconds) > 1:
        holes = _holes(raw.file, seconds, rate_hz, grid)
        if len(holes):
            findings.repair(
                f"{{n}} gaps of more than {_gap_text(rate_hz, grid)} split recordings",
                count=len(holes),
                file=raw.file,
                effect="no window spans a gap; nothing is known of what happened in it",
            )
        cuts.update(int(hole) + 1 for hole in holes)
    dropped = _long_losses(values)
    for start, stop in dropped:
        _tell_lost_rows(stop - start, raw.file, findings)
        cuts.update((start, stop))
    return [(a, b) for a, b in pairwise(sorted(cuts)) if not any(start <= a < stop for start, stop in dropped)]


def _holes(file: str, seconds: NDArray[np.float64], rate_hz: float, grid: TimeGrid | None) -> NDArray[np.int64]:
    """Samples before a long hole in time."""
    steps = np.diff(seconds)
    step = float(np.median(steps))
    if step * rate_hz > GAP_STEPS:
        raise DataError(
            f"its samples are {step:g} s apart, those of most recordings {1 / rate_hz:g} s; "
            "bring them to similar rates",
            file=file,
        )
    if grid is not None:
        return np.flatnonzero(np.diff(microseconds(seconds)) > grid.longest_gap_us)
    return np.flatnonzero(steps > GAP_STEPS * max(1 / rate_hz, step))


def _gap_text(rate_hz: float, grid: TimeGrid | None) -> str:
    if grid is None or round(GAP_STEPS * 1e6 / rate_hz) == grid.longest_gap_us:
        return f"{GAP_STEPS} samples"
    return f"{grid.longest_gap_us / 1e6:.4g} s"


def _without_lost_rows(raw: Raw, findings: Findings) -> Raw:
    """As if no sample had come in long stretches of missing values: what is left of them is a hole in time."""
    keep = np.ones(len(raw.values), dtype=bool)
    for start, stop in _long_losses(raw.values):
        keep[start:stop] = False
        _tell_lost_rows(stop - start, raw.file, findings)
    if keep.all() or raw.seconds is None:
        return raw
    return Raw(raw.file, raw.values[keep], raw.seconds[keep], None if raw.labels is None else raw.labels[keep])


def _long_losses(values: Values) -> list[tuple[int, int]]:
    runs = _runs(np.asarray(np.isnan(values).any(axis=1)))
    return [(start, stop) for start, stop in runs if stop - start > GAP_STEPS]


def _tell_lost_rows(count: int, file: str, findings: Findings) -> None:
    findings.repair("{n} rows with long stretches of missing values were left out", count=count, file=file)


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
