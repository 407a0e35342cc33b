"""Limits of a number that a goal names: `alarms above 80 °C`, `warns when the flow is below 20 l/min`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nanosmith.agents.builtin.goal.assumed import assume
from nanosmith.agents.builtin.goal.units import ANY_UNIT, converted, unit_named
from nanosmith.tools.specs.data_profile import NumberProfile
from nanosmith.tools.specs.device_spec import Assumption, Target
from nanosmith.tools.specs.question import Question, UserAnswer
from nanosmith.tools.specs.threshold import Threshold

_NUMBER = r"(-?\d+(?:\.\d+)?|-?\.\d+)"
_UNIT = rf"(?:\s*(?P<unit>{ANY_UNIT})(?![\w/])(?!\s+(?:second|minute|hour|day|week|row)\b))?"
_ABOUT = r"(?:\s*(?:of|about|around|a|an|the|is|was|goes))*\s*"
_ABOVE = (
    r"(?:above|over|exceed(?:s|ing|ed)?|beyond|past|(?:higher|greater|more|larger|hotter|warmer|faster|heavier) than|"
    r"reach(?:es|ing|ed)?|>=?|≥)"
)
_BELOW = r"(?:below|under|beneath|(?:less|lower|smaller|slower|colder|cooler|fewer|lighter) than|<=?|≤)"
_OUTSIDE = re.compile(
    rf"\b(?:outside|leaves|not between)(?: (?:of|the|a|range|band))*\s*{_NUMBER}\s*(?:to|and|-|\.\.+)\s*"
    rf"(?P<high>-?\d+(?:\.\d+)?){_UNIT}"
)
_BEYOND = re.compile(rf"(?:(?P<above>(?<!\w){_ABOVE})|(?P<below>(?<!\w){_BELOW})){_ABOUT}{_NUMBER}{_UNIT}")
_ALARM = re.compile(
    r"\b(?:alarm|alert|warn|notif|beep|buzz|siren|led\b|lamp|light|relay|trip|shut|switch|signal|flag|tells? (?:me|us|"
    r"when|if)|reports? (?:when|if))"
)
_HYSTERESIS = re.compile(rf"\bhysteresis(?: \w+)?{_ABOUT}{_NUMBER}|{_NUMBER}{_UNIT}(?: of)? hysteresis\b")
_OTHER_LIMIT = re.compile(
    r"\b(?:errors?|mae|rmse|false|missed|latency|ram|flash|memory|accuracy|recall|precision|score|f1|"
    r"confidence|probability)\b[^.;,]{0,25}$"
)
_OTHER_AMOUNT = re.compile(
    r"\s*(?:[kmg]i?b\b|bytes?\b|m?s\b|msec|secs?\b|seconds?\b|min\b|minutes?\b|hours?\b|[kmg]?hz\b|days?\b|"
    r"times?\b|samples?\b|%|percent\b|answers?\b|in a row\b|false\b)"
)
_SENTENCE = re.compile(r"[.;!?](?=\s|$)")
_MOST = 4
NO_ALARM = "no alarm"


@dataclass(frozen=True)
class LimitWish:
    """A limit as the goal writes it."""

    side: Literal["above", "below"]
    value: float
    unit: str | None
    """None where it names none."""

    clause: str
    """The words of its sentence up to the limit: what is compared."""

    @property
    def text(self) -> str:
        """Such as `above 80 °C`."""
        return f"{self.side} {self.value:g} {self.unit or ''}".strip()


def read_limits(text: str) -> tuple[LimitWish, ...]:
    """Limits in those sentences of a lowered text with digits that speak of an alarm; at most four.

    Amounts of time, memory, frequency and shares are other limits, and so are errors and scores.
    """
    found: list[LimitWish] = []
    for sentence in _SENTENCE.split(text):
        if not _ALARM.search(sentence):
            continue
        for match in _OUTSIDE.finditer(sentence):
            unit, clause = unit_named(match["unit"]), sentence[: match.start()]
            found += [
                LimitWish("below", float(match.group(1)), unit, clause),
                LimitWish("above", float(match["high"]), unit, clause),
            ]
        for match in _BEYOND.finditer(sentence):
            before, rest = sentence[: match.start()], sentence[match.end() :]
            is_share = match["unit"] in ("%", "percent", "per cent")
            is_other = match["unit"] is None and _OTHER_AMOUNT.match(rest)
            if _OTHER_LIMIT.search(before) or is_other or _is_hysteresis(before) or (is_share and "%" not in sentence):
                continue
            side: Literal["above", "below"] = "above" if match["above"] else "below"
            found.append(LimitWish(side, float(match.group(3)), unit_named(match["unit"]), before))
    return tuple(dict.fromkeys(found))[:_MOST]


def _is_hysteresis(before: str) -> bool:
    return before.rstrip().endswith("hysteresis")


def names_an_amount(limits: Sequence[LimitWish]) -> bool:
    """Whether a limit has a physical unit, so that it can only be meant of a number; a share may be of anything."""
    return any(limit.unit not in (None, "%") for limit in limits)


def thresholds_of(
    limits: Sequence[LimitWish], text: str, target: Target, number: NumberProfile, *, error: float, answers: int,
    replies: Sequence[UserAnswer] = (),
) -> tuple[tuple[Threshold, ...], tuple[Assumption, ...], tuple[Question, ...]]:  # fmt: skip
    """The contract's thresholds, what was assumed, and a question where a limit is no amount of the target.

    Args:
        limits: As the goal names them.
        text: The goal, lowered, with digits: it may name a hysteresis.
        target: What is estimated.
        number: The data's, which says what occurs.
        error: The error that the contract allows, in the target's unit: the margin where the goal names none, since
            estimates scatter by that much.
        answers: In a row beyond a limit before the alarm.
        replies: What the user answered before.

    """
    found: list[Threshold] = []
    notes: list[Assumption] = []
    questions: list[Question] = []
    margin = _margin(text)
    for limit in limits:
        value, note, question = _in_unit_of(limit, target, replies)
        notes += [] if note is None else [note]
        questions += [] if question is None else [question]
        if value is None:
            continue
        found.append(
            Threshold(side=limit.side, value=value, margin=error if margin is None else margin, answers=answers)
        )
        if not number.minimum < value < number.maximum:
            reach = f"from {number.minimum:.4g} to {number.maximum:.4g}"
            notes.append(assume(f"the data goes {reach}: an alarm {limit.side} {value:g} can't be tested", "data"))
    if found and margin is None:
        unit = f" {target.unit}" if target.unit else ""
        what = f"an alarm ends once the number is back by {error:.3g}{unit}, the error allowed, so as not to flutter"
        notes.append(assume(what, "default"))
    return tuple(found), tuple(notes), tuple(questions)


def _margin(text: str) -> float | None:
    match = _HYSTERESIS.search(text)
    return None if match is None else abs(float(match.group(1) or match.group(2)))


def _in_unit_of(
    limit: LimitWish, target: Target, replies: Sequence[UserAnswer]
) -> tuple[float | None, Assumption | None, Question | None]:
    """The limit in the target's unit; None where it is none, with the question that would settle it."""
    if limit.unit is None and target.unit is not None:
        note = assume(f"the limit {limit.text} is taken in {target.unit}, the unit of {target.name!r}", "default")
        return limit.value, note, None
    if limit.unit in (target.unit, None):
        return limit.value, None, None
    if target.unit is None:
        note = assume(f"{target.name!r} is taken to be in {limit.unit}, the unit of the limit {limit.text}", "default")
        return limit.value, note, None
    value = converted(limit.value, limit.unit, target.unit)
    if value is not None:
        note = assume(f"the limit {limit.text} is {value:.6g} {target.unit}, the unit of {target.name!r}", "goal")
        return float(f"{value:.6g}"), note, None
    text = f"The limit `{limit.text}` is no amount of {target.name[:60]!r} in {target.unit}. At how many {target.unit}?"
    for reply in replies:
        if reply.question == text:
            said = re.search(_NUMBER, reply.answer)
            what = (
                "no alarm, since the limit's unit is not the number's" if said is None else f"{said[1]} {target.unit}"
            )
            note = assume(f"limit {limit.text}: {what}", "answer" if reply.source == "user" else "default")
            return None if said is None else float(said[1]), note, None
    options = (NO_ALARM, f"{limit.value:g} {target.unit}")
    note = assume(f"no alarm {limit.text}: {target.name!r} is in {target.unit}", "default")
    return None, note, None if replies else Question(text=text, default_answer=NO_ALARM, options=options)
