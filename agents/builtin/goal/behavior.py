"""What a goal wants done with predictions: sentences about lights, sounds, counting and sending; and how steady."""

import math
import re

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
    """Debounce and reactions of a goal as written."""
    debounce, notes = _debounce(timing, window)
    return Behavior(debounce=debounce, reactions=reactions(goal)), notes


def reactions(goal: str) -> tuple[str, ...]:
    """The goal's sentences that say what the device does, cleaned; the first eight."""
    sentences = [clean_line(part, limit=_MAX_CHARACTERS) for part in _SENTENCE_END.split(goal)]
    return tuple(part for part in sentences if _REACTION.search(part))[:_MAX_REACTIONS]


def _debounce(timing: TimingWish, window: WindowSpec) -> tuple[int, tuple[Assumption, ...]]:
    if timing.in_a_row is not None:
        return max(1, min(_MAX_DEBOUNCE, timing.in_a_row)), ()
    if timing.hold_s is not None and window.rate_hz is not None:
        answers = math.ceil(timing.hold_s * window.rate_hz / window.hop)
        return max(1, min(_MAX_DEBOUNCE, answers)), ()
    if window.rate_hz is None:
        note = Assumption(
            what="each answer is reported at once: the data has no rate, so answers are apart", source="default"
        )
        return 1, (note,)
    if window.around_events:
        return 1, (
            Assumption(what="each answer is reported at once: an event is in the middle only once", source="data"),
        )
    note = Assumption(what=f"a class is reported after {_DEFAULT_DEBOUNCE} equal answers in a row", source="default")
    return _DEFAULT_DEBOUNCE, (note,)
