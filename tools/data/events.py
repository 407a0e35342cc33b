"""Annotations in files beside the signals: what happened, and when; a point in time, or a stretch with an end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.columns import ORDER_NAMES, assign_roles, is_time, plain, time_unit
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import SOUNDS, TABLES, TRACKS, SourceFile, of_kind
from nanosmith.tools.data.label_tracks import is_label_track, read_label_track
from nanosmith.tools.data.recordings import UNLABELLED, Events
from nanosmith.tools.data.table import Table, read_table
from nanosmith.tools.data.timeline import Times, nice_rate
from nanosmith.tools.errors import DataError

_SAMPLE_NAMES = ORDER_NAMES - {"id", "no", "nr", "n", "unnamed_0", "column_1", "counter", "count_id", "seq"}
_START_NAMES = (
    "start",
    "onset",
    "begin",
    "start_time",
    "onset_time",
    "begin_time",
    "tmin",
    "from",
    "start_s",
    "onset_s",
    "begin_time_s",
)
_END_NAMES = ("end", "stop", "end_time", "stop_time", "offset_time", "tmax", "until", "end_s", "stop_s", "end_time_s")
_LENGTH_NAMES = ("duration", "length", "duration_s", "dur")
_SIDE_WORDS = re.compile(r"(event|beat|annot|label|mark|onset|peak|ann$|atr$)", re.IGNORECASE)


@dataclass(frozen=True)
class EventList:
    """Events of one recording, in the order of the file."""

    file: str
    starts: NDArray[np.float64]
    """Sample numbers from 0 where `in_samples`, else seconds on the recording's clock."""

    ends: NDArray[np.float64] | None
    """None: each event is a point in time."""

    words: tuple[str, ...]
    in_samples: bool
    rate_hz: float | None
    """What samples and times of the same events say together; None where only one of the two is there."""


def pair_events(files: Sequence[SourceFile]) -> dict[str, SourceFile]:
    """Event file of each recording, by the recording's key; empty where there are no such pairs.

    A table without a signal, with times (or sample numbers) and labels, whose name begins like that of exactly one
    recording in the same folder: `100_beats.csv` beside `100_ecg.csv`, `call.csv` beside `call.wav`.
    """
    tables = of_kind(tuple(files), (*TABLES, *TRACKS))
    sounds = of_kind(tuple(files), SOUNDS)
    if len(tables) < 1 or len(tables) + len(sounds) < 2:
        return {}
    sides = [file for file in tables if _is_side(file, beside_sounds=bool(sounds))]
    signals = [file for file in (*of_kind(tables, TABLES), *sounds) if file not in sides]
    pairs: dict[str, SourceFile] = {}
    for side in sides:
        owner = _owner(side, signals)
        if owner is None:
            continue
        if owner.key in pairs:
            raise DataError(f"and {pairs[owner.key].name} both name events of {owner.name}", file=side.name)
        pairs[owner.key] = side
    return pairs


def _is_side(file: SourceFile, *, beside_sounds: bool) -> bool:
    """A table of events, or a label track: any `.txt` may be one, tables only beside sounds (else they are signals)."""
    is_text = bool(of_kind((file,), TRACKS)) and not file.holds_columns
    return ((is_text or beside_sounds) and is_label_track(file)) or is_event_table(file)


def is_event_table(file: SourceFile) -> bool:
    """Whether a table says what happened when, and holds no signal."""
    try:
        table = read_table(file.path, file.name, peek=True)
    except DataError:
        return False
    if not table.names:
        return False
    start, label = _start_column(table), _label_column(table)
    if start is None or label is None:
        return False
    others = [
        name for position, name in enumerate(table.names)
        if position not in (start, label) and not _is_place(name) and table.is_number(position)
    ]  # fmt: skip
    if of_kind((file,), TRACKS) and not file.holds_columns:
        return True  # tables of selections, with frequencies beside the times, are no signal
    return not others or (_SIDE_WORDS.search(file.stem) is not None and not table.is_number(label))


def _is_place(name: str) -> bool:
    word = plain(name)
    return is_time(name) or word in _SAMPLE_NAMES or word in (*_START_NAMES, *_END_NAMES, *_LENGTH_NAMES)


def _start_column(table: Table) -> int | None:
    words = [plain(name) for name in table.names]
    for names in (_SAMPLE_NAMES, _START_NAMES):
        for position, word in enumerate(words):
            if word in names and table.is_mostly_number(position):
                return position
    return next((p for p, name in enumerate(table.names) if is_time(name) and table.is_mostly_number(p)), None)


def _label_column(table: Table) -> int | None:
    roles = assign_roles({name: not table.is_mostly_number(p) for p, name in enumerate(table.names)})
    return None if roles.label is None else table.column(roles.label)


def _owner(side: SourceFile, signals: Sequence[SourceFile]) -> SourceFile | None:
    """The one recording of the same folder whose name shares the longest beginning, up to a word's end."""
    best: list[SourceFile] = []
    longest = 0
    for signal in signals:
        if signal.folders != side.folders:
            continue
        shared = _shared_words(signal.stem, side.stem)
        if shared > longest:
            best, longest = [signal], shared
        elif shared == longest and shared:
            best.append(signal)
    return best[0] if len(best) == 1 else None


def _shared_words(first: str, second: str) -> int:
    a, b = re.split(r"[_\-. ]+", first.casefold()), re.split(r"[_\-. ]+", second.casefold())
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def read_events(file: SourceFile, findings: Findings) -> EventList:
    """The events of one side file.

    Raises:
        DataError: No start or label column, an event without a place, or an end before its start.

    """
    if is_label_track(file):
        track = read_label_track(file)
        ends = None if (track.ends == track.starts).all() else track.ends
        return EventList(file.name, track.starts, ends, track.words, in_samples=False, rate_hz=None)
    table = read_table(file.path, file.name)
    start, label = _start_column(table), _label_column(table)
    if start is None or label is None:
        raise DataError("events need a column of sample numbers or seconds, and one of labels", file=file.name)
    in_samples = plain(table.names[start]) in _SAMPLE_NAMES
    scale = 1.0 if in_samples else time_unit(table.names[start]) or 1.0
    starts = table.numbers(start) * scale
    lost = np.isnan(starts)
    if lost.any():
        findings.repair(
            "{n} events without a place were left out", count=int(lost.sum()), file=file.name,
            line=int(table.lines[np.flatnonzero(lost)[0]]),
        )  # fmt: skip
    ends = _ends(table, starts, scale)
    words = table.texts(label)
    kept = np.flatnonzero(~lost)
    return EventList(
        file.name, starts[kept], None if ends is None else ends[kept], tuple(words[i] for i in kept), in_samples,
        _rate(table, starts) if in_samples else None,
    )  # fmt: skip


def _ends(table: Table, starts: NDArray[np.float64], scale: float) -> NDArray[np.float64] | None:
    words = [plain(name) for name in table.names]
    for names, is_length in ((_END_NAMES, False), (_LENGTH_NAMES, True)):
        for position, word in enumerate(words):
            if word not in names or not table.is_mostly_number(position):
                continue
            values = table.numbers(position) * scale
            ends = starts + values if is_length else values
            bad = np.flatnonzero(ends < starts)
            if len(bad):
                raise DataError("an event ends before it starts", file=table.file, line=int(table.lines[bad[0]]))
            return ends
    return None


def _rate(table: Table, samples: NDArray[np.float64]) -> float | None:
    """Samples a second, where a second column gives the same events in seconds."""
    for position, name in enumerate(table.names):
        if not is_time(name) or plain(name) in _SAMPLE_NAMES or not table.is_mostly_number(position):
            continue
        seconds = table.numbers(position) * (time_unit(name) or 1.0)
        known = np.isfinite(samples) & np.isfinite(seconds) & (seconds > 0)
        if known.sum() >= 2:
            last = int(np.flatnonzero(known)[np.argmax(seconds[known])])
            rate = samples[last] / seconds[last]
            return nice_rate(1.0 / rate) if rate > 0 else None
    return None


def sample_numbers(
    places: NDArray[np.float64], events: EventList, times: Times | None, rate_hz: float | None
) -> NDArray[np.int64]:
    """Samples of a recording at which places of its event list lie; -1 and beyond the end where it has none.

    Raises:
        DataError: Places in seconds, and neither a time column nor a rate to turn them into samples.

    """
    if events.in_samples:
        return np.asarray(np.round(places), dtype=np.int64)
    if times is not None:
        seconds = times.seconds[np.isfinite(times.seconds)]
        span = float(seconds[-1] - seconds[0]) if len(seconds) else 0.0
        shared_clock = times.origin_s > span and bool((places >= times.origin_s - 1).mean() > 0.5)
        wanted = places - (times.origin_s if shared_clock else 0.0)
        found = np.searchsorted(seconds, wanted)
        return np.asarray(np.where(wanted < -1e-9, -1, found), dtype=np.int64)
    if rate_hz is None:
        raise DataError(
            "gives its events in seconds, and the recording has no time column and no known rate; add a column rate_hz "
            "to an index.csv, or a column 'sample' to the events",
            file=events.file,
        )
    return np.asarray(np.round(places * rate_hz), dtype=np.int64)


def stretch_codes(
    starts: NDArray[np.int64], ends: NDArray[np.int64], labels: Sequence[str], size: int
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Position in the words of each sample's label, int32 [size], and the words; the last, '', is for the rest."""
    words, numbers = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
    codes = np.full(size, len(words), dtype=np.int32)
    for start, end, number in zip(starts, ends, numbers, strict=True):
        codes[max(0, start) : max(0, end)] = number
    return codes, (*(str(word) for word in words), "")


def event_codes(starts: NDArray[np.int64], size: int) -> NDArray[np.int32]:
    """Number of the event at each sample, int32 [size], -1 between them.

    An event also holds up to two samples on each side, so that it survives resampling; never its neighbor's.
    """
    codes = np.full(size, UNLABELLED, dtype=np.int32)
    inside = np.flatnonzero((starts >= 0) & (starts < size))
    for reach in (2, 1, 0):  # the nearest event is written last
        for shift in {-reach, reach}:
            at = np.clip(starts[inside] + shift, 0, size - 1)
            codes[at] = inside
    return codes


def events_of(codes: NDArray[np.int32] | None, words: tuple[str, ...] | None, numbers: dict[str, int]) -> Events | None:
    """Back from numbers at samples to events; None where the recording has none of that kind."""
    if codes is None or words is None:
        return None
    at = np.flatnonzero(codes >= 0)
    found, first, count = np.unique(codes[at], return_index=True, return_counts=True)
    places = at[first + count // 2]
    order = np.argsort(places, kind="stable")
    labels = np.array([numbers.get(words[number], UNLABELLED) for number in found[order]], dtype=np.int32)
    return Events(places[order].astype(np.int64), labels)
