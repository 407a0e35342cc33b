"""What a goal wants done with predictions: sentences about lights, sounds, counting and sending; and how steady."""

import math
import re
from typing import Literal

from nanosmith.agents.builtin.goal.timing import TimingWish
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.specs.device_spec import Assumption, Behavior, WindowSpec

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_REACTION = re.compile(
    r"\b(?:leds?|lights?|lamp|blink\w*|buzz\w*|beeps?|beeping|vibrat\w+|alarms?|alerts?|warns?|warning|counts?|counting|"
    r"counter|sends?|sending|prints?|printing|reports?|reporting|logs?|logging|relay|notif\w+|wakes?|siren|"
    r"(?:turns?|switch(?:es)?|turned|switched) (?:\w+ ){0,3}?(?:on|off)|serial|uart)\b",
    re.IGNORECASE,
)
_MAX_REACTIONS = 8
_MAX_CHARACTERS = 300
_DEFAULT_DEBOUNCE = 3
_MAX_DEBOUNCE = 32


def read_behavior(goal: str, timing: TimingWish, window: WindowSpec) -> tuple[Behavior, tuple[Assumption, ...]]:
    """Debounce, refractory time and reactions of a goal as written."""
    asked = _asked(timing, window)
    debounce, notes = (asked, ()) if asked is not None else _usual_debounce(window)
    kind: Literal["default", "least", "exact"] = "default"
    if asked is not None:
        kind = "exact" if timing.in_a_row is not None else "least"
    behavior = Behavior(
        debounce=debounce, debounce_is=kind, refractory_s=timing.refractory_s or 0.0, reactions=reactions(goal)
    )
    return behavior, notes


def reactions(goal: str) -> tuple[str, ...]:
    """The goal's sentences that say what the device does, cleaned; the first eight."""
    sentences = [clean_line(part, limit=_MAX_CHARACTERS) for part in _SENTENCE_END.split(goal)]
    return tuple(part for part in sentences if _REACTION.search(part))[:_MAX_REACTIONS]


def _asked(timing: TimingWish, window: WindowSpec) -> int | None:
    """Answers in a row that the goal asks for, itself or as a time; None where it says nothing of it."""
    if timing.in_a_row is not None:
        return max(1, min(_MAX_DEBOUNCE, timing.in_a_row))
    if timing.hold_s is not None and window.rate_hz is not None:
        return max(1, min(_MAX_DEBOUNCE, math.ceil(timing.hold_s * window.rate_hz / window.hop)))
    return None


def _usual_debounce(window: WindowSpec) -> tuple[int, tuple[Assumption, ...]]:
    if window.rate_hz is None:
        why = "each answer is reported at once: the data has no rate, so answers are apart"
        return 1, (Assumption(what=why, source="default"),)
    if window.around_events:
        why = "each answer is reported at once: an event is in the middle only once"
        return 1, (Assumption(what=why, source="data"),)
    what = (
        f"a class is reported after {_DEFAULT_DEBOUNCE} equal answers in a row; where recordings are continuous, after "
        "the smoothing and the duration that serve best on the open ones"
    )
    return _DEFAULT_DEBOUNCE, (Assumption(what=what, source="default"),)
