"""Classes and channels that a goal names, matched by the stems of their words."""

import re
from collections.abc import Iterable, Sequence

from nanosmith.agents.builtin.goal.assumed import assume
from nanosmith.agents.builtin.goal.words import is_weak, name_tokens, stem, tokens
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import Assumption

_GENERIC = frozenset(map(stem, ("machine", "device", "sensor", "sound", "noise", "signal", "state", "class", "person")))
"""Words that don't tell a class by themselves when they are part of its name."""

_REST = frozenset(map(stem, ("other", "others", "else", "everything", "anything", "rest", "background", "all", "any")))
_EXCEPT = frozenset({"except", "excluding", "without", "ignoring", "ignore", "ignores"})
_JOINING = frozenset({"and", "or", "the", "a", "from"})
_NUMBERED = re.compile(
    r"\b(?:digits?|numbers?|class(?:es)?|states?|types?|labels?|gestures?)\s+(?:from\s+)?"
    r"(\d+(?:\s*(?:,|-|to|through|and|or)\s*(?:and\s+|or\s+)?\d+)+)"
)
_SENSORS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("accelerometer", re.compile(r"\baccel|\bacc\b|\bimu\b|\binertial"), re.compile(r"acc")),
    ("gyroscope", re.compile(r"\bgyro|\bangular (?:rate|velocity)|\bimu\b|\binertial"), re.compile(r"gyr|omega")),
    ("magnetometer", re.compile(r"\bmagnetometer|\bcompass"), re.compile(r"mag")),
    ("microphone", re.compile(r"\bmicrophone|\bmic\b"), re.compile(r"mic|audio|sound")),
    ("camera", re.compile(r"\bcamera"), re.compile(r"cam|image|pixel|red|gray|grey")),
    ("thermometer", re.compile(r"\btemperature|\bthermo(?:meter|couple)"), re.compile(r"temp|therm")),
    ("pressure sensor", re.compile(r"\bpressure|\bbarometer"), re.compile(r"press|baro")),
    ("current sensor", re.compile(r"\bcurrent (?:sensor|draw|clamp)|(?:motor|electric|supply|its) current\b"),
     re.compile(r"curr|amp")),
    ("voltage sensor", re.compile(r"\bvoltage|\bvoltmeter"), re.compile(r"volt")),
    ("flow meter", re.compile(r"\bflow (?:rate|sensor|meter)|\bflowmeter"), re.compile(r"flow")),
    ("power meter", re.compile(r"\bpower (?:meter|sensor|draw|trace|reading)|\b(?:active|plug|its) power\b|\bwattage"),
     re.compile(r"pow|watt")),
    ("electrocardiogram", re.compile(r"\becg|\bekg|\belectrocardiogra"), re.compile(r"ecg|ekg|lead|mlii")),
)  # fmt: skip
_SENSOR_KINDS = {"audio": {"microphone"}, "image": {"camera"}}


def named(names: Sequence[str], words: Sequence[str]) -> dict[str, int]:
    """Names that stand among a text's words, each with the place of its first word; the longest names claim first.

    A name is found when its stems stand in a row (joined or split: `dish washer`), in any order close together, or
    when a word that only this name has stands there (`coffee machine` for `coffee_maker`).
    """
    stems = [stem(word) for word in words]
    parts = {name: [stem(word) for word in name_tokens(name)] for name in names}
    free = [True] * len(stems)
    found: dict[str, int] = {}
    by_length = sorted(names, key=lambda name: (-len(parts[name]), name))
    for name in by_length:
        if not all(map(is_weak, parts[name])):
            _claim(name, parts[name], stems, free, found, in_order=True)
    for name in by_length:
        if len(parts[name]) > 1 and name not in found:
            _claim(name, parts[name], stems, free, found, in_order=False)
    for name in by_length:
        if len(parts[name]) > 1 and name not in found:
            _claim_by_part(name, parts, stems, free, found)
    _claim_weak(parts, words, stems, free, found)
    return found


def read_classes(text: str, profile: DataProfile) -> tuple[tuple[str, ...], tuple[Assumption, ...], int]:
    """Classes to tell apart, in the data's order; what was assumed; how many of them the goal names.

    `text` is the goal, lowered and with digits.
    """
    everything = tuple(c.name for c in profile.classes)
    words = tokens(text)
    found = named(everything, words)
    found.update({name: 0 for name in _numbered(text, everything) if name not in found})
    left_out = {name for name, place in found.items() if _EXCEPT & set(words[max(0, place - 2) : place])}
    if left_out and len(everything) - len(left_out) >= 2:
        kept = tuple(name for name in everything if name not in left_out)
        return kept, (assume(f"classes without {_listed(sorted(left_out))}, as the goal says", "goal"),), len(found)
    has_rest = any(stem(word) in _REST for word in words)
    if len(found) >= 2 and len(found) < len(everything) and not has_rest:
        kept = tuple(name for name in everything if name in found)
        rest = _listed([name for name in everything if name not in found])
        note = assume(f"only the classes named: {_listed(kept)}; recordings of {rest} are left out", "goal")
        return kept, (note,), len(found)
    if len(found) == len(everything):
        return everything, (), len(found)
    how = "the goal names none of them" if not found else f"the goal names {_listed(sorted(found))}"
    return everything, (assume(f"all {len(everything)} classes of the data; {how}", "data"),), len(found)


def read_channels(text: str, profile: DataProfile) -> tuple[tuple[str, ...], tuple[Assumption, ...], bool]:
    """Channels to use, in the data's order; what was assumed; whether the goal named a sensor.

    `text` is the goal, lowered.
    """
    everything = tuple(c.name for c in profile.channels)
    asked = [(sensor, channel) for sensor, goal, channel in _SENSORS if goal.search(text)]
    by_name = set(named([name for name in everything if len(name) > 2], tokens(text)))
    own = _SENSOR_KINDS.get(profile.kind, set())
    if own:
        wrong = [sensor for sensor, _ in asked if sensor not in own]
        return everything, _missing(wrong, everything), bool(asked)
    kept = {name for name in everything if any(channel.search(name.lower()) for _, channel in asked)} | by_name
    missing = [sensor for sensor, channel in asked if not any(channel.search(name.lower()) for name in everything)]
    notes = _missing(
        [] if "imu" in tokens(text) or len(everything) == 1 else missing,
        everything if not kept else tuple(sorted(kept)),
    )
    if not kept:
        if not asked and len(everything) > 1:
            notes = (assume(f"all {len(everything)} channels; the goal names no sensor", "data"),)
        return everything, notes, bool(asked)
    used = tuple(name for name in everything if name in kept)
    if len(used) < len(everything):
        notes = (*notes, assume(f"only the sensors named: channels {_listed(used)}", "goal"))
    return used, notes, True


def _claim(
    name: str, part: list[str], stems: list[str], free: list[bool], found: dict[str, int], *, in_order: bool
) -> None:
    joined = "".join(part)
    if (joined not in "".join(stems)) if in_order else not set(part) <= set(stems):
        return
    sizes = range(max(1, len(part) - 1), len(part) + 2) if in_order else range(len(part), len(part) + 3)
    for size in reversed(sizes):
        for start in range(len(stems) - size + 1):
            span = stems[start : start + size]
            fits = "".join(span) == joined if in_order else set(part) <= set(span)
            if fits and all(free[start : start + size]):
                free[start : start + size] = [False] * size
                found[name] = min(start, found.get(name, start))


def _claim_by_part(
    name: str, parts: dict[str, list[str]], stems: list[str], free: list[bool], found: dict[str, int]
) -> None:
    if not set(parts[name]) & set(stems):
        return
    others = {word for other, part in parts.items() if other != name for word in part}
    for word in parts[name]:
        if word not in stems or is_weak(word) or word in _GENERIC or word in others or len(word) < 3:
            continue
        for start, candidate in enumerate(stems):
            if candidate == word and free[start]:
                free[start] = False
                found[name] = min(start, found.get(name, start))


def _claim_weak(
    parts: dict[str, list[str]], words: Sequence[str], stems: list[str], free: list[bool], found: dict[str, int]
) -> None:
    """Names that are everyday words (`up`, `no`) count only beside another name in a list."""
    weak = {
        part[0]: name for name, part in parts.items() if len(part) == 1 and is_weak(part[0]) and not part[0].isdigit()
    }
    _claim_list(weak, words, stems, free, found)
    grew = bool(found)
    while grew:
        grew = False
        for place, word in enumerate(stems):
            name = weak.get(word)
            if name is not None and free[place] and _beside_a_name(place, words, free):
                free[place] = False
                grew = True
                found.setdefault(name, place)


def _claim_list(
    weak: dict[str, str], words: Sequence[str], stems: list[str], free: list[bool], found: dict[str, int]
) -> None:
    """Three or more everyday words in a row that are all names are a list of names: `yes, no, up and down`."""
    run: list[int] = []
    for place, word in enumerate([*stems, ""]):
        if word in weak and free[place]:
            run.append(place)
        elif not run or place == len(stems) or words[place] not in _JOINING:
            if len({stems[at] for at in run}) >= 3:
                for at in run:
                    free[at] = False
                    found.setdefault(weak[stems[at]], at)
            run = []


def _beside_a_name(place: int, words: Sequence[str], free: list[bool]) -> bool:
    for step in (-1, 1):
        near = place + step
        while 0 <= near < len(words) and free[near] and words[near] in _JOINING:
            near += step
        if 0 <= near < len(words) and not free[near]:
            return True
    return False


def _numbered(text: str, names: Iterable[str]) -> set[str]:
    """Classes that are plain numbers, named as a list or a range after `digits` or `classes`."""
    wanted: set[int] = set()
    for match in _NUMBERED.finditer(text):
        numbers = [int(number) for number in re.findall(r"\d+", match.group(1))]
        is_range = len(numbers) == 2 and re.search(r"-|to|through", match.group(1))
        wanted.update(range(numbers[0], min(numbers[1], 10_000) + 1) if is_range else numbers)
    return {name for name in names if name.isdigit() and int(name) in wanted}


def _missing(sensors: list[str], used: tuple[str, ...]) -> tuple[Assumption, ...]:
    if not sensors:
        return ()
    return (assume(f"the data has no {_listed(sensors)}; used: {_listed(used)}", "data"),)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
