"""Recordings in time, one a table (or several, told apart by a column)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.clean import GAP_STEPS, Raw, clean, is_irregular
from nanosmith.tools.data.columns import FLAG_NAMES, Roles, group_kind, plain
from nanosmith.tools.data.events import EventList, event_codes, events_of, read_events, sample_numbers, stretch_codes
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.index_file import Entry
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.limits import Volume
from nanosmith.tools.data.recordings import UNLABELLED, DataSet, Recording, as_samples
from nanosmith.tools.data.table import Table, read_table
from nanosmith.tools.data.tables import named
from nanosmith.tools.data.timeline import Times, median_step, nice_rate, read_times
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.time_grid import TimeGrid


@dataclass(frozen=True)
class _Loaded:
    """One recording before its labels have numbers and its samples a grid."""

    entry: Entry
    name: str
    group: str | None
    raw: Raw
    codes: NDArray[np.int32] | None
    """Position of each sample's label in `words`; None where the file has no label column."""

    words: tuple[str, ...]
    events: tuple[str, ...] | None = None
    """Label of each event, where labels are points in time: `codes` then numbers events, -1 between them."""


def read_series(entries: Sequence[Entry], roles: Roles, group_kind_known: str | None, findings: Findings) -> DataSet:
    """Read, clean and label every recording.

    Args:
        entries: One a file.
        roles: What its columns are.
        group_kind_known: What the entries' groups are; None where they have none.
        findings: Gets repairs.

    Raises:
        DataError: A file that can't be used; names file and line.

    """
    volume = Volume()
    loaded: list[_Loaded] = []
    for entry in entries:
        for part in _load(entry, roles, findings):
            kept = volume.keep(part.raw.values, part.name)
            loaded.append(replace(part, raw=replace(part.raw, values=kept)))
    kind = group_kind_known
    if kind is None and any(item.group for item in loaded):
        kind = group_kind(roles.group or "") or "group"
    classes, numbers = _classes(loaded, roles, findings)
    alive = _alive(loaded, roles.channels, findings)
    rate = _common_rate(loaded, findings)
    grid = _common_grid(loaded, rate)
    recordings: list[Recording] = []
    volume = Volume()
    while loaded:  # freed one by one: raw and cleaned samples are not held twice
        item = loaded.pop(0)
        item = replace(item, raw=replace(item.raw, values=item.raw.values[:, alive]))
        recordings += [_kept(part, volume) for part in _recordings(item, numbers, rate, grid, findings)]
    if not recordings:
        raise DataError("no recording is left: all are too short or have no values", file=entries[0].file.name)
    channels = tuple(name for name, is_alive in zip(roles.channels, alive, strict=True) if is_alive)
    return DataSet("series", tuple(recordings), classes, channels, rate, kind, findings.notes(), grid=grid)


def _kept(recording: Recording, volume: Volume) -> Recording:
    timed = recording.timed
    if timed is not None:
        samples, times = (volume.keep(part, recording.name) for part in (timed.samples, timed.times_us))
        timed = replace(timed, samples=samples, times_us=times)
    return replace(recording, samples=volume.keep(recording.samples, recording.name), timed=timed)


def _load(entry: Entry, roles: Roles, findings: Findings) -> list[_Loaded]:
    file = entry.file
    table = named(read_table(file.path, file.name))
    for repair in table.repairs:
        findings.repair(repair, file=file.name)
    values = as_samples(np.stack([table.numbers(table.column(name)) for name in roles.channels], axis=1))
    if np.isnan(values).all():
        raise DataError("no channel has a single value", file=file.name)
    times = read_times(table, table.column(roles.time)) if roles.time in table.names and roles.time else None
    if times is not None and times.assumption:
        findings.repair(times.assumption, file=file.name)
    codes: NDArray[np.int32] | None = None
    words: tuple[str, ...] = ()
    if roles.label is not None and roles.label in table.names:
        codes, words = _codes(table.texts(table.column(roles.label)), roles.label)
    elif roles.label is not None and entry.label is None:
        findings.warning(f"without a column {roles.label!r} a recording counts as unlabelled", file=file.name)
    whole = Raw(file.name, values, None if times is None else times.seconds, None)
    item = _Loaded(entry, file.name, entry.group, whole, codes, words)
    if entry.events is not None:
        item = _with_events(item, read_events(entry.events, findings), times, findings)
    return _split_by_columns(item, table, roles)


def _with_events(item: _Loaded, events: EventList, times: Times | None, findings: Findings) -> _Loaded:
    """The recording with what its side file says, as a number for each sample."""
    size = len(item.raw.values)
    rate = item.entry.rate_hz or events.rate_hz
    starts, ends = (
        None if places is None else sample_numbers(places, events, None if times is None else times, rate)
        for places in (events.starts, events.ends)
    )
    assert starts is not None  # noqa: S101  for the type checker: only ends may be missing
    outside = int(((starts < 0) | (starts >= size)).sum())
    if outside:
        findings.repair("{n} events lie outside their recording and were left out", count=outside, file=events.file)
    entry = item.entry if rate is None else replace(item.entry, rate_hz=rate)
    if ends is None:
        return replace(item, entry=entry, codes=event_codes(starts, size), events=events.words)
    codes, words = stretch_codes(starts, ends, events.words, size)
    return replace(item, entry=entry, codes=codes, words=words)


def _codes(texts: list[str], column: str) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    words, codes = np.unique(np.array(texts, dtype=object).astype(str), return_inverse=True)
    names = tuple(str(word) for word in words)
    if plain(column) in FLAG_NAMES and set(names) <= {"0", "1", ""}:
        names = tuple({"0": "normal", "1": plain(column).removeprefix("is_")}.get(name, name) for name in names)
    return codes.astype(np.int32), names


def _split_by_columns(item: _Loaded, table: Table, roles: Roles) -> list[_Loaded]:
    """One recording for each run of equal group and part, where the file holds several."""
    columns = [name for name in (roles.group, roles.part) if name is not None and name in table.names]
    if not columns:
        return [item]
    texts = [table.texts(table.column(name)) for name in columns]
    keys = ["/".join(cells) for cells in zip(*texts, strict=True)]
    starts = [0, *(i for i in range(1, len(keys)) if keys[i] != keys[i - 1])]
    group_texts = texts[0] if roles.group is not None and columns[0] == roles.group else None
    parts: list[_Loaded] = []
    for number, (start, stop) in enumerate(zip(starts, [*starts[1:], len(keys)], strict=True), 1):
        raw = item.raw
        seconds = None if raw.seconds is None else raw.seconds[start:stop]
        parts.append(
            replace(
                item,
                name=item.name if number == 1 else f"{item.name}#{number}",
                group=item.group if item.group or group_texts is None else group_texts[start] or None,
                raw=Raw(raw.file, raw.values[start:stop], seconds, None),
                codes=None if item.codes is None else item.codes[start:stop],
            )
        )
    return parts


def _classes(loaded: Sequence[_Loaded], roles: Roles, findings: Findings) -> tuple[tuple[str, ...], dict[str, int]]:
    counts: Counter[str] = Counter()
    for item in loaded:
        if item.events is not None:
            counts.update(item.events)
        elif item.codes is not None:
            occurring = np.bincount(item.codes, minlength=len(item.words))
            counts.update({word: int(count) for word, count in zip(item.words, occurring, strict=True) if count})
        elif item.entry.label is not None:
            counts[item.entry.label] += len(item.raw.values)
    source = f"column {roles.label!r}" if roles.label else "index, folders, file names and events"
    return class_names(counts, findings, source=source)


def _common_rate(loaded: Sequence[_Loaded], findings: Findings) -> float | None:
    weights: Counter[float] = Counter()
    for item in loaded:
        found = _rate_of(item)
        if found is not None:
            weights[found] += len(item.raw.values)
    if not weights:
        findings.warning(
            "no column tells the time, so the sampling rate is unknown; windows count samples",
            effect="latency and answers a second can't be promised; give a time column or rate_hz in an index.csv",
        )
        return None
    rate = max(weights, key=lambda candidate: (weights[candidate], candidate))
    others = sorted(other for other in weights if abs(other - rate) > 0.05 * rate)
    if others:
        findings.repair(
            f"recordings have different rates ({others[0]:g} to {max([*others, rate]):g} Hz); "
            f"all were brought to the most common one, {rate:g} Hz",
            effect="fast recordings lost what is above half that rate, slow ones never had it",
        )
    return rate


def _rate_of(item: _Loaded) -> float | None:
    """From its time column, else from the index."""
    step = None if item.raw.seconds is None else median_step(item.raw.seconds)
    return nice_rate(step) if step is not None else item.entry.rate_hz or None


def _common_grid(loaded: Sequence[_Loaded], rate: float | None) -> TimeGrid | None:
    """What the device shall put its samples on, and so all recordings are; None where it may take them as they come."""
    if rate is None or not any(is_irregular(item.raw, _rate_of(item) or rate, rate) for item in loaded):
        return None
    return TimeGrid.filling(GAP_STEPS / rate, rate)


def _recordings(
    item: _Loaded, numbers: dict[str, int], rate: float | None, grid: TimeGrid | None, findings: Findings
) -> list[Recording]:
    labels = None
    label = UNLABELLED
    if item.events is not None:
        labels = item.codes
    elif item.codes is not None:
        by_code = np.array([numbers.get(word, UNLABELLED) for word in item.words], dtype=np.int32)
        labels = by_code[item.codes]
    elif item.entry.label is not None:
        label = numbers[item.entry.label]
    raw = replace(item.raw, labels=labels)
    source_rate = _rate_of(item)
    if raw.seconds is None and item.entry.rate_hz and rate is not None:
        raw = replace(raw, seconds=np.arange(len(raw.values)) / item.entry.rate_hz)
    parts = clean(raw, rate, findings, grid)
    if not parts:
        findings.warning("a recording with nothing usable in it was left out", file=item.name)
    return [
        Recording(
            name=item.name if number == 1 else f"{item.name}[{number}]",
            samples=part.values, labels=None if item.events is not None else part.labels, label=label,
            group=item.group or item.name, events=events_of(part.labels, item.events, numbers),
            split=item.entry.split, missing=part.missing, source_rate_hz=source_rate, timed=part.timed,
        )
        for number, part in enumerate(parts, 1)
    ]  # fmt: skip


def _alive(loaded: Sequence[_Loaded], channels: tuple[str, ...], findings: Findings) -> NDArray[np.bool_]:
    """Which channels have a value in any recording."""
    alive = np.zeros(len(channels), dtype=bool)
    still: list[list[str]] = [[] for _ in channels]
    for item in loaded:
        finite = np.isfinite(item.raw.values)
        alive |= finite.any(axis=0)
        for column in np.flatnonzero(finite.any(axis=0)):
            values = item.raw.values[finite[:, column], column]
            if values.min() == values.max():
                still[column].append(item.name)
    for name, is_alive, dead in zip(channels, alive, still, strict=True):
        if not is_alive:
            findings.warning(f"channel {name!r} is empty in every recording and was left out")
        elif 0 < len(dead) < len(loaded):
            findings.warning(
                f"channel {name!r} never changes in {{n}} of {len(loaded)} recordings: unplugged, stuck or idle",
                count=len(dead), file=dead[0],
                effect="a model learns both; leave such recordings out if the device's sensor is whole",
            )  # fmt: skip
    return alive
