"""What each column of a recording is, told by its name and by whether it holds text."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["channel", "time", "label", "group", "part", "order", "other"]

TIME_NAMES = frozenset({
    "timestamp", "timestamps", "time", "t", "ts", "datetime", "date_time", "date", "epoch", "utc", "time_stamp",
    "unixtime", "unix_time", "seconds_elapsed", "elapsed", "elapsed_time", "seconds", "sec", "secs", "millis", "micros",
    "milliseconds", "microseconds", "zeit", "zeitstempel", "temps", "tiempo",
})  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "class", "classes", "class_name", "class_label", "target", "activity", "activity_label",
    "activity_name", "activity_id", "activityid", "class_id", "label_id", "label_name", "category", "gesture", "action",
    "behavior", "behaviour", "posture", "exercise", "annotation", "ground_truth", "gt", "anomaly", "is_anomaly",
    "fault", "failure", "defect", "is_fault", "outlier", "attack", "state", "status", "event", "mode", "condition",
    "beat", "word", "keyword", "command", "digit", "sign", "species", "appliance", "disease", "diagnosis", "y",
)  # fmt: skip
"""Best first; the later ones may as well be signals, so they yield to an index that has labels."""

SURE_LABEL_NAMES = frozenset(LABEL_NAMES[: LABEL_NAMES.index("state")])

FLAG_NAMES = frozenset({"anomaly", "is_anomaly", "fault", "is_fault", "failure", "defect", "outlier", "attack"})
"""0 means normal, 1 the thing itself."""

GROUP_NAMES = {
    "subject": "subject", "person": "subject", "participant": "subject", "user": "subject", "volunteer": "subject",
    "individual": "subject", "athlete": "subject", "driver": "subject", "patient": "patient", "speaker": "speaker",
    "signer": "signer", "animal": "animal", "device": "device", "machine": "machine", "unit": "unit",
    "meter": "meter", "plug": "plug", "house": "house", "home": "home", "site": "site", "location": "location",
    "group": "group", "session": "session", "day": "day", "source": "source", "source_recording": "source",
    "record": "record", "run": "run",
}  # fmt: skip
"""Names (also with _id, _name, _no behind) and what such a group is called; best first."""

PART_NAMES = frozenset(
    {"trial", "recording", "recording_id", "take", "repetition", "rep", "segment", "file", "sequence"}
)
ORDER_NAMES = frozenset({
    "index", "idx", "sample", "sample_id", "sample_no", "sample_index", "row", "row_id", "rownum", "counter",
    "count_id", "frame", "seq", "id", "no", "nr", "n", "unnamed_0", "column_1",
})  # fmt: skip
MARK_NAMES = frozenset({"changepoint", "change_point", "is_changepoint", "onset", "split", "fold"})
"""Annotations beside the label; they would give the answer away as channels."""

_UNITS = {
    "m_s2": "m/s²", "ms2": "m/s²", "m_s_2": "m/s²", "mps2": "m/s²", "g": "g", "mg": "mg", "rad_s": "rad/s",
    "rads": "rad/s", "dps": "°/s", "deg_s": "°/s", "ut": "µT", "gauss": "G", "mv": "mV", "uv": "µV", "v": "V", "a": "A",
    "ma": "mA", "w": "W", "kw": "kW", "va": "VA", "hz": "Hz", "pa": "Pa", "kpa": "kPa", "hpa": "hPa", "bar": "bar",
    "psi": "psi", "c": "°C", "degc": "°C", "celsius": "°C", "f": "°F", "k": "K", "rpm": "rpm", "bpm": "bpm",
    "lux": "lx", "lx": "lx", "db": "dB", "dba": "dB(A)", "n": "N", "nm": "Nm", "mm": "mm",
    "mm_s": "mm/s", "m_s": "m/s", "cm": "cm", "l_min": "l/min", "ppm": "ppm", "percent": "%", "pct": "%", "kg": "kg",
    "adc": "ADC counts",
}  # fmt: skip
_BRACKETED = re.compile(r"[\[(]([^\])]{1,16})[\])]\s*$")
_TIME_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0}


def plain(name: str) -> str:
    """Lower case, words joined by one underscore, without a bracketed unit."""
    return re.sub(r"[^0-9a-zµ]+", "_", _BRACKETED.sub("", name).casefold()).strip("_")


def unit_of(name: str) -> str | None:
    """The unit that a column's name states in brackets or as its ending; None where it states none."""
    bracketed = _BRACKETED.search(name)
    if bracketed:
        inner = bracketed.group(1).strip()
        return _UNITS.get(plain(inner), inner)
    words = plain(name).split("_")
    for length in (2, 1):
        if len(words) > length and (found := _UNITS.get("_".join(words[-length:]))) is not None:
            # a single letter is as often an axis or a phase as a unit: only those that are never either
            return found if len(words[-1]) > 1 or length > 1 or words[-1] in {"w", "v"} else None
    return None


def time_unit(name: str) -> float | None:
    """Seconds in one unit of a time column, where its name tells."""
    bracketed = _BRACKETED.search(name)
    if bracketed:
        return _TIME_UNITS.get(bracketed.group(1).strip().casefold())
    word = plain(name)
    if word in {"millis", "milliseconds"}:
        return 1e-3
    if word in {"micros", "microseconds"}:
        return 1e-6
    if word in {"seconds", "sec", "secs", "seconds_elapsed"}:
        return 1.0
    return _TIME_UNITS.get(word.rsplit("_", 1)[-1]) if "_" in word else None


def is_time(name: str) -> bool:
    """Whether a column of this name holds time."""
    word = plain(name)
    stem, _, unit = word.rpartition("_")
    return word in TIME_NAMES or (stem in TIME_NAMES and unit in _TIME_UNITS)


def group_kind(name: str) -> str | None:
    """What kind of group a column of this name holds; None where it holds none."""
    word = re.sub(r"_(id|ids|name|no|nr|number|code)$", "", plain(name))
    return GROUP_NAMES.get(word) or GROUP_NAMES.get(re.sub(r"(id|_?id)$", "", word))


@dataclass(frozen=True)
class Roles:
    """Which column is what, by name."""

    channels: tuple[str, ...]
    time: str | None
    label: str | None
    group: str | None
    part: str | None
    dropped: tuple[tuple[str, str], ...]
    """Columns that are left out, and why."""


def assign_roles(kinds: dict[str, bool]) -> Roles:
    """Roles of the columns of one set of recordings; `kinds` says for each name whether it holds text."""
    names = list(kinds)
    label = _label(kinds)
    times = [name for name in names if is_time(name) and name != label]
    groups = [name for name in names if group_kind(name) and name != label]
    groups.sort(key=lambda name: list(GROUP_NAMES.values()).index(group_kind(name) or ""))
    parts = [name for name in names if plain(name) in PART_NAMES and name != label]
    taken = {label, *times[:1], *groups[:1], *parts[:1]}
    dropped = [(name, reason) for name in names if name not in taken and (reason := _why_not(name, kinds[name], label))]
    out = taken | {name for name, _ in dropped}
    return Roles(
        channels=tuple(name for name in names if name not in out),
        time=times[0] if times else None,
        label=label,
        group=groups[0] if groups else None,
        part=parts[0] if parts else None,
        dropped=tuple(dropped),
    )


def _label(kinds: dict[str, bool]) -> str | None:
    by_plain = {plain(name): name for name in reversed(kinds)}
    for candidate in LABEL_NAMES:
        if candidate == "y" and by_plain.keys() & {"x", "z"}:
            continue
        if candidate in by_plain:
            return by_plain[candidate]
    for name in kinds:
        if plain(name).rsplit("_", 1)[-1] in {"label", "class", "target", "activity"}:
            return name
    texts = [
        name for name, is_text in kinds.items()
        if is_text and not (is_time(name) or group_kind(name) or plain(name) in PART_NAMES | ORDER_NAMES | MARK_NAMES)
    ]  # fmt: skip
    return texts[0] if len(texts) == 1 else None


def _why_not(name: str, is_text: bool, label: str | None) -> str | None:
    word = plain(name)
    if is_time(name):
        return "a second time column"
    if group_kind(name) or word in PART_NAMES:
        return "it names groups or parts"
    if word in MARK_NAMES:
        return "it is an annotation, and would give the answer away"
    if label is not None and (word in LABEL_NAMES[:-1] or word.endswith(("_label", "_class"))):
        return f"it looks like a second label beside {label!r}, and would give the answer away"
    if word in ORDER_NAMES:
        return "it counts rows"
    return "it holds text" if is_text else None
