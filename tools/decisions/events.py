"""Events that were there against reports of the device, one to one.

An event is an unbroken run of samples of one class other than the resting one, or an annotated point; unlabelled
samples between two runs of one class don't part them. A report is the moment at which such a class comes into force. It
stands for an event of its class if it comes from half a window before the event's beginning to one window after its
end: the answer to a window is known at the window's end, and no earlier. Each event has one report at most and each
report one event, in order of time: a second report of one event is a false alarm, and of two events with one report
between them the second is missed.

Source: event-based scoring with a condition on the onset and one-to-one matching (Mesaros, Heittola & Virtanen 2016,
doi:10.3390/app6060162, as sed_eval has it), with a tolerance before and after the event as for seizures (SzCORE, Dan et
al. 2024, doi:10.1111/epi.18113).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.bootstrap import interval_of
from nanosmith.tools.decisions.library import BEGINNING, GAP
from nanosmith.tools.specs.trial import EventScore, Metric

Runs = NDArray[np.int32]
"""[m, 4]: recording, class, first sample and the one behind the last; in order of recording and time."""


@dataclass(frozen=True)
class Stream:
    """The model's answers over continuous recordings, in order of recording and time, and what was there."""

    scores: NDArray[np.int8]
    """[n, classes]."""

    recordings: NDArray[np.int32]
    """Number of the recording of each answer, [n]."""

    starts: NDArray[np.int64]
    """First sample of each answer's window, [n]."""

    labels: NDArray[np.int32]
    """Class of each window, [n]."""

    runs: Runs
    groups: dict[int, int]
    """Group of each recording: what the bootstrap draws whole."""

    length: int
    """Samples in a window."""

    hop: int
    rate_hz: float

    @property
    def breaks(self) -> NDArray[np.uint8]:
        """What lies before each answer, as `DecisionLibrary.in_force` takes it."""
        found = np.zeros(len(self.starts), np.uint8)
        found[1:][np.diff(self.starts) != self.hop] = GAP
        found[1:][np.diff(self.recordings) != 0] = BEGINNING
        found[:1] = BEGINNING
        return found


@dataclass(frozen=True)
class _Counts:
    """Of one recording."""

    events: int
    reports: int
    delays: tuple[int, ...]
    """Samples from the beginning of each event that was found to its report."""

    samples: int


def score_events(
    stream: Stream, in_force: NDArray[np.int32], *, resting: int | None, seed: int = 1, repeats: int = 1_000
) -> EventScore:
    """Match reports with events and count, with bootstrap intervals by group.

    Args:
        stream: Answers and truth.
        in_force: Class after each answer [n], -1 before the first.
        resting: Class that is no event; None: each is one.
        seed: Of the bootstrap. Groups are drawn whole, recordings where there is one group; with one recording there
            are no intervals.
        repeats: Of the bootstrap; 0: no intervals.

    """
    numbers = sorted(stream.groups)
    counted = [_count(stream, in_force, number, resting) for number in numbers]
    units = _units([stream.groups[number] for number in numbers])
    tables = np.zeros((int(units.max(initial=-1)) + 1, 4), np.int64)
    for unit, counts in zip(units, counted, strict=True):
        tables[unit] += (counts.events, counts.reports, len(counts.delays), counts.samples)
    delays = np.array([delay for counts in counted for delay in counts.delays], np.float64) / stream.rate_hz
    owners = np.array([unit for unit, counts in zip(units, counted, strict=True) for _ in counts.delays], np.int64)
    times = _drawn(len(tables), seed, repeats)
    sums = times @ tables
    values = _rates(sums, stream.rate_hz)
    if len(delays):
        values["detection_delay_s"] = _medians(delays, times[:, owners])
    events, reports, found, samples = (int(total) for total in tables.sum(axis=0))
    metrics = [_metric(name, drawn, events) for name, drawn in values.items()]
    if len(stream.labels):
        share = float((in_force == stream.labels).mean())
        metrics.append(Metric(name="in_force_accuracy", value=share, n=len(stream.labels)))
    return EventScore(
        metrics=tuple(metrics), events=events, reports=reports, found=found,
        hours=round(samples / stream.rate_hz / 3600, 6),
    )  # fmt: skip


def _count(stream: Stream, in_force: NDArray[np.int32], number: int, resting: int | None) -> _Counts:
    inside = stream.recordings == number
    runs = stream.runs[stream.runs[:, 0] == number]
    ends, classes = stream.starts[inside] + stream.length, in_force[inside]
    changed = np.concatenate([[True], classes[1:] != classes[:-1]]) if len(classes) else np.zeros(0, np.bool_)
    begun = changed & (classes >= 0) & (classes != (-1 if resting is None else resting))
    events = [event for event in _merged(runs) if event[0] != resting]
    delays, reports = [], 0
    for name in {*(event[0] for event in events), *classes[begun].tolist()}:
        said = ends[begun & (classes == name)].tolist()
        found, unmatched = _matched([event for event in events if event[0] == name], said, stream.length)
        delays += found
        reports += len(found) + sum(_is_labelled(runs, at - stream.length // 2) for at in unmatched)
    return _Counts(len(events), reports, tuple(delays), int((runs[:, 3] - runs[:, 2]).sum()))


def _merged(runs: Runs) -> list[tuple[int, int, int]]:
    """Class, start and stop of each event; neighbors of one class are one, unless they are points."""
    events: list[tuple[int, int, int]] = []
    for _, name, start, stop in runs.tolist():
        is_point = stop - start == 1
        if events and events[-1][0] == name and not is_point:
            events[-1] = (name, events[-1][1], stop)
        else:
            events.append((name, start, stop))
    return events


def _matched(events: list[tuple[int, int, int]], said: list[int], length: int) -> tuple[list[int], list[int]]:
    """Delays of the events found, and the reports that stand for none; earliest first, which finds the most."""
    delays, left = [], list(said)
    for _, start, stop in events:
        for at in left:
            if start - length // 2 <= at < stop + length:
                delays.append(at - start)
                left.remove(at)
                break
    return delays, left


def _is_labelled(runs: Runs, sample: int) -> bool:
    return bool(((runs[:, 2] <= sample) & (sample < runs[:, 3])).any())


def _units(groups: list[int]) -> NDArray[np.int64]:
    """What the bootstrap draws whole, of each recording."""
    found, position = np.unique(groups, return_inverse=True)
    return position.astype(np.int64) if len(found) > 1 else np.arange(len(groups))


def _drawn(units: int, seed: int, repeats: int) -> NDArray[np.int64]:
    """How often each unit counts, [1 + repeats, units]; first all of them once; that alone where there are not two."""
    once = np.ones((1, units), np.int64)
    if units < 2 or not repeats:
        return once
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=repeats)
    return np.concatenate([once, drawn])


def _rates(sums: NDArray[np.int64], rate_hz: float) -> dict[str, NDArray[np.float64]]:
    events, reports, found, samples = sums.T.astype(np.float64)
    hours = samples / rate_hz / 3600
    return {
        "event_f1": 2 * found / np.maximum(events + reports, 1),
        "event_precision": found / np.maximum(reports, 1),
        "event_recall": found / np.maximum(events, 1),
        "false_alarms_per_hour": (reports - found) / np.maximum(hours, 1e-9),
    }


def _medians(values: NDArray[np.float64], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weighted lower median of values [k] for each row of weights [r, k]; rows without weight are left out."""
    order = np.argsort(values, kind="stable")
    summed = weights[:, order].cumsum(axis=1)
    used = summed[:, -1] > 0
    position = (summed[used] * 2 >= summed[used][:, -1:]).argmax(axis=1)
    return np.asarray(values[order][position], np.float64)


def _metric(name: str, drawn: NDArray[np.float64], events: int) -> Metric:
    between = interval_of(drawn[1:]) if len(drawn) > 1 else None
    less = name in ("false_alarms_per_hour", "detection_delay_s")
    return Metric(
        name=name, value=float(drawn[0]), direction="minimize" if less else "maximize", interval=between, n=events
    )
