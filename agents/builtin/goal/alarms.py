"""Whether a goal asks for an alarm when something is abnormal, and how often that alarm may be wrong."""

import re
from dataclasses import dataclass

from nanosmith.agents.builtin.goal.names import named
from nanosmith.agents.builtin.goal.words import tokens
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import AlarmLimits, Assumption
from nanosmith.tools.specs.normal_class import is_normal

_ASKS = re.compile(
    r"\b(?:anomal(?:y|ies|ous(?:ly)?)|abnormal(?:ly|it(?:y|ies))?|malfunction\w*|fault(?:s|y)?|defect(?:s|ive)?|"
    r"unusual(?:ly)?|out of the ordinary|(?:something|anything) (?:is |goes |went )?wrong|break(?:s|ing)? down|"
    r"failing|not (?:run|running|work|working) (?:normally|properly|as usual))\b"
)
_PERCENT = r"(\d+(?:\.\d+)?|\.\d+)\s*(?:%|percent\b|per cent\b)"
_SHARE = (
    rf"(?:at most |up to |below |under |less than |no more than |not more than |max(?:imum)? |<=? ?|≤ ?)*{_PERCENT}"
)
_FALSE_WORDS = r"false (?:alarms?|positives?|alerts?)(?: rate)?"
_MISSED_WORDS = (
    r"(?:missed (?:alarms?|faults?|anomalies|detections?)|false negatives?|misses|missed|missing|miss)(?: rate)?"
)
_CAUGHT_WORDS = r"(?:detect\w*|catch\w*|find\w*|notic\w*|report\w*|recall|sensitivity)"
_BETWEEN = r"(?: (?:of|is|are|at|to|the|its|it|all|in|a|faults?|anomalies|windows?))* "
_FALSE = (re.compile(rf"{_PERCENT}{_BETWEEN}{_FALSE_WORDS}"), re.compile(rf"{_FALSE_WORDS}{_BETWEEN}{_SHARE}"))
_MISSED = (re.compile(rf"{_PERCENT}{_BETWEEN}{_MISSED_WORDS}"), re.compile(rf"{_MISSED_WORDS}{_BETWEEN}{_SHARE}"))
_CAUGHT = (re.compile(rf"{_CAUGHT_WORDS} (?:at least |more than |over )?{_PERCENT}"),)
_REFERENCE = re.compile(
    r"\b(?:first|initial|opening)\s+(?:about |around )?(\d+(?:\.\d+)?)[\s-]*"
    r"(ms|milliseconds?|s|secs?|seconds?|min|mins|minutes?|h|hours?|samples?|rows?|readings?|measurements?)\b"
)
_SECONDS = {"ms": 1e-3, "mi": 60.0, "s": 1.0, "h": 3600.0}
_ABNORMAL = "abnormal"
_FAULTS_NAMED = 2
"""Other classes that a goal may name before it asks which one it is."""


@dataclass(frozen=True)
class AlarmWish:
    """An anomaly task as the goal wants it."""

    classes: tuple[str, str]
    """Normal, then everything else."""

    limits: AlarmLimits
    reference: int
    """Samples at the start that count as normal."""

    source: str
    """`goal` where it names both limits that can be measured, else `default`."""

    assumptions: tuple[Assumption, ...]


def read_alarms(text: str, profile: DataProfile) -> AlarmWish | None:
    """The anomaly task that a lowered text with digits asks for; None where it asks to tell classes apart."""
    if not _ASKS.search(text):
        return None
    names = [found.name for found in profile.classes]
    normal, notes = _normal_class(profile)
    if normal is None:
        return None
    others = [name for name in names if name != normal]
    if len(others) > 1 and len(named(others, tokens(text))) >= _FAULTS_NAMED:
        return None  # it asks which fault it is
    limits, source, limit_notes = _limits(text, has_faults=bool(others))
    reference, reference_notes = _reference(text, profile)
    abnormal = others[0] if len(others) == 1 else _other_name(names)
    what = (
        "normal windows alone are learned; labelled faults help to set the threshold, and are what it is tested on"
        if others
        else "the data has normal recordings alone: missed alarms can't be measured"
    )
    more = [Assumption(what=what, source="data")]
    if len(others) > 1:
        more.append(Assumption(what=f"every class but {normal!r} counts as {abnormal!r}", source="data"))
    return AlarmWish((normal, abnormal), limits, reference, source, (*notes, *more, *limit_notes, *reference_notes))


def _normal_class(profile: DataProfile) -> tuple[str | None, tuple[Assumption, ...]]:
    """The class that is normal by its name; of one or two classes else the larger one, and a word about it."""
    for found in profile.classes:
        if is_normal(found.name):
            return found.name, (Assumption(what=f"normal operation is class {found.name!r}", source="data"),)
    if len(profile.classes) > 2 or not profile.classes:
        return None, ()
    largest = max(profile.classes, key=lambda found: found.samples).name
    why = "no class is named so, and it has most of the data"
    return largest, (Assumption(what=f"normal operation is taken to be class {largest!r}: {why}", source="default"),)


def _other_name(names: list[str]) -> str:
    name = _ABNORMAL
    while name in names:
        name += "_"
    return name


def _limits(text: str, *, has_faults: bool) -> tuple[AlarmLimits, str, tuple[Assumption, ...]]:
    false, missed = stated_rates(text)
    usual = AlarmLimits()
    notes = []
    if false is None:
        notes.append(
            f"at most {usual.false_alarms:.0%} of the normal windows may raise an alarm; the goal names no share"
        )
    if missed is None and has_faults:
        notes.append(
            f"at most {usual.missed_alarms:.0%} of the abnormal windows may be missed; the goal names no share"
        )
    limits = AlarmLimits(
        false_alarms=usual.false_alarms if false is None else false,
        missed_alarms=None if not has_faults else usual.missed_alarms if missed is None else missed,
    )
    source = "default" if notes else "goal"
    return limits, source, tuple(Assumption(what=note, source="default") for note in notes)


def stated_rates(text: str) -> tuple[float | None, float | None]:
    """False and missed alarms that a lowered text allows, as shares; None where it names none."""
    false, missed = _share(_FALSE, text), _share(_MISSED, text)
    if missed is None and (caught := _share(_CAUGHT, text)) is not None:
        missed = round(1 - caught, 6)
    return false, missed


def _share(patterns: tuple[re.Pattern[str], ...], text: str) -> float | None:
    for pattern in patterns:
        for match in pattern.finditer(text):
            share = round(float(match.group(1)) / 100, 6)
            if 0 < share < 1:
                return share
    return None


def _reference(text: str, profile: DataProfile) -> tuple[int, tuple[Assumption, ...]]:
    match = _REFERENCE.search(text)
    if match is None:
        return 0, ()
    if profile.kind in ("image", "windows") or profile.event_gap_s is not None:
        note = "nothing is learned after switch-on: the data is cut into windows already"
        return 0, (Assumption(what=note, source="data"),)
    number, unit = float(match.group(1)), match.group(2)
    if unit[0] in "r" or unit.startswith(("sample", "measure")):
        samples = round(number)
    elif profile.rate_hz is None:
        return 0, (Assumption(what="nothing is learned after switch-on: the data has no rate", source="data"),)
    else:
        seconds = _SECONDS["ms"] if unit.startswith(("ms", "mil")) else _SECONDS["mi" if unit[0] == "m" else unit[0]]
        samples = round(number * seconds * profile.rate_hz)
    note = (
        f"the first {samples} samples after switch-on, and of each recording, are taken as normal: each channel is "
        "then told relative to them; they are neither answered nor scored"
    )
    return samples, (Assumption(what=note, source="goal"),)
