"""Long sound recordings with annotations beside them: stretches become labels of samples, points in time events."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.audio import Clip, read_clips
from nanosmith.tools.data.events import EventList, event_codes, events_of, read_events, sample_numbers, stretch_codes
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.index_file import Entry
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.recordings import UNLABELLED, DataSet, Recording
from nanosmith.tools.errors import DataError

BACKGROUND = "background"
"""What lies between the stretches of the one thing that was annotated."""


@dataclass(frozen=True)
class _Placed:
    """A clip with its events as samples at the common rate."""

    clip: Clip
    events: EventList | None
    starts: NDArray[np.int64]
    ends: NDArray[np.int64] | None


def read_annotated_sounds(entries: Sequence[Entry], group_kind: str | None, findings: Findings) -> DataSet:
    """Read sounds and the annotations beside them.

    Stretches of one class alone: what lies between them is `background`, which is said. A file without annotations
    counts as unlabelled.

    Raises:
        DataError: As `read_sounds` and `read_events`; stretches in some files and points in time in others; no event.

    """
    clips, rate = read_clips(entries, findings)
    placed = [_place(clip, rate, findings) for clip in clips]
    known = [item for item in placed if item.events is not None and len(item.starts)]
    points = any(item.ends is None for item in known)
    _refuse_mixture(known)
    counts = Counter(word for item in known if item.events is not None for word in item.events.words if word)
    if not counts:
        raise DataError("the annotations beside the sounds hold no label", file=entries[0].file.name)
    is_alone = len({word.casefold() for word in counts}) == 1 and not points
    if is_alone:
        word = next(iter(counts))
        findings.repair(
            f"only {word!r} is annotated: what lies between its stretches was taken for {BACKGROUND!r}",
            effect="stretches that nobody marked teach the model to be silent",
        )
        counts[BACKGROUND] = 1
    classes, numbers = class_names(counts, findings, source="annotations beside the sounds")
    rest = numbers[BACKGROUND] if is_alone else UNLABELLED
    recordings = tuple(_recording(item, numbers, rest) for item in placed)
    return DataSet("audio", recordings, classes, ("audio",), float(rate), group_kind, findings.notes())


def _refuse_mixture(known: Sequence[_Placed]) -> None:
    points = [item.events.file for item in known if item.events is not None and item.ends is None]
    stretches = [item.events.file for item in known if item.events is not None and item.ends is not None]
    if points and stretches:
        raise DataError(
            f"has stretches, and {points[0]} points in time; give all events an end, or none", file=stretches[0]
        )


def _place(clip: Clip, rate: int, findings: Findings) -> _Placed:
    nothing = np.zeros(0, np.int64)
    if clip.entry.events is None:
        findings.warning("without annotations beside it, a recording counts as unlabelled", file=clip.entry.file.name)
        return _Placed(clip, None, nothing, None)
    events = read_events(clip.entry.events, findings)
    starts, ends = (
        None if places is None else _at(places, events, clip, rate) for places in (events.starts, events.ends)
    )
    if starts is None:
        return _Placed(clip, events, nothing, ends)
    outside = int(((starts < 0) | (starts >= len(clip.samples))).sum())
    if outside:
        findings.repair("{n} events lie outside their recording and were left out", count=outside, file=events.file)
    if ends is not None and (empty := int((ends <= starts).sum())):
        findings.repair("{n} labels without a length among stretches were left out", count=empty, file=events.file)
    return _Placed(clip, events, starts, ends)


def _at(places: NDArray[np.float64], events: EventList, clip: Clip, rate: int) -> NDArray[np.int64]:
    """Samples at the common rate; sample numbers count at the file's own."""
    if events.in_samples:
        places = places * (rate / clip.rate)
    return sample_numbers(places, events, None, float(rate))


def _recording(item: _Placed, numbers: dict[str, int], rest: int) -> Recording:
    clip, entry = item.clip, item.clip.entry
    size = len(clip.samples)
    labels, events = None, None
    if item.events is not None and item.ends is None:
        events = events_of(event_codes(item.starts, size), item.events.words, numbers)
    elif item.events is not None and item.ends is not None:
        codes, words = stretch_codes(item.starts, item.ends, item.events.words, size)
        known = [numbers.get(word, UNLABELLED) for word in words[:-1]]
        labels = np.array([*known, rest], dtype=np.int32)[codes]
    return Recording(
        name=entry.file.name, samples=clip.samples[:, None], labels=labels, label=UNLABELLED,
        group=entry.group or entry.file.name, split=entry.split, events=events, source_rate_hz=float(clip.rate),
    )  # fmt: skip
