"""Whether a goal asks for a number rather than a class: which one, in which unit, and how wrong it may be."""

import re
from dataclasses import dataclass
from math import ceil, floor, log10

from nanosmith.agents.builtin.goal.assumed import assume
from nanosmith.agents.builtin.goal.names import named
from nanosmith.agents.builtin.goal.threshold import LimitWish, names_an_amount, read_limits
from nanosmith.agents.builtin.goal.units import ANY_UNIT, unit_in, unit_pattern
from nanosmith.agents.builtin.goal.words import lowered, name_tokens, stem, tokens, with_digits
from nanosmith.tools.errors import GoalUnclear
from nanosmith.tools.specs.data_profile import NO_CLASS, DataProfile, NumberProfile
from nanosmith.tools.specs.device_spec import Assumption, AssumptionSource, MetricName, Target
from nanosmith.tools.specs.question import Question, UserAnswer

_READ_CHARACTERS = 6_000
_CLASS_AFTER = (
    r"(?!\s+(?:whether|if|which|what (?:kind|type|sort)|(?:the |a |its )?(?:class|activit|gesture|state|type|kind|word|"
    r"label|fault|failure|anomal)\w*))"
)
_ESTIMATES = re.compile(rf"\b(?:estimat\w*|regress\w*)\b{_CLASS_AFTER}")
_SAYS = (
    r"\b(?:predict\w*|measur\w*|infers?|inferring|calculat\w*|comput\w*|gaug\w*|guess\w*|determin\w*|reads?|reports?|"
    rf"tells?|shows?|displays?|tracks?|monitors?|works? out)\b{_CLASS_AFTER}"
)
_HOW_MUCH = re.compile(
    rf"{_SAYS}[^.;]{{0,40}}\bhow "
    r"(?:much|many|fast|heavy|hot|warm|cold|far|high|low|old|deep|strong|loud|full|quickly)\b"
)
_IN_UNIT = re.compile(rf"{_SAYS}[^.;]{{0,80}}?\bin (?:the |its )?(?:{ANY_UNIT})(?![\w/])")
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
_LEAD = (
    r"(?:(?:to )?within|±|\+/-|\+-|plus[ -]or[ -]minus|accurate to|accuracy of|precision of|tolerance of|"
    r"(?:off|wrong) by|(?:mean absolute |root mean square |average |mean |rms |absolute )?errors?(?: \w+)?|mae|rmse)"
)
_BETWEEN = (
    r"(?:\s*(?:of|is|be|at most|below|under|less than|no more than|not more than|up to|at|to|within|about|<=?|≤|±))*"
)
_ERROR = re.compile(rf"{_LEAD}{_BETWEEN}\s*{_NUMBER}\s*")
_RMSE = re.compile(r"\b(?:rmse|root[ -]mean[ -]squared?|rms error|standard error)\b")
_OTHER_UNIT = re.compile(rf"(?:[kmg]i?b\b|bytes?\b|ms\b|s\b|sec|min|hours?\b|[kmg]?hz\b|{ANY_UNIT})(?![\w/])")
_BEHIND = re.compile(r"\b(?:from|using|out of|with|by|based on|to within|within|given|for which)\b|[.;]")
_LAST_CLAUSE = re.compile(r"[,:]|\b(?:when(?:ever)?|if|once|as soon as|while)\b")
_STEPS = 50.0
"""The last digit that is told is at most this part of the standard deviation: about a step of the int8 output."""

_MOST_DECIMALS = 6
_MOST_OPTIONS = 8


@dataclass(frozen=True)
class NumberWish:
    """A number as the goal wants it."""

    number: NumberProfile
    target: Target
    metric: MetricName
    limit: float
    source: str
    """Of the limit: `goal` or `data`."""

    twins: tuple[str, ...]
    """Channels that may be the same measurement."""

    assumptions: tuple[Assumption, ...]
    questions: tuple[Question, ...]
    limits: tuple[LimitWish, ...] = ()
    """At which the goal wants an alarm."""

    named_by: tuple[str, ...] = ()
    """Words of the goal that say which number: what they name is no sensor to estimate it from."""


def may_ask_for_a_number(goal: str) -> bool:
    """Whether recordings are read so that a number could be estimated; what is really asked for the planner says."""
    text = with_digits(lowered(goal[:_READ_CHARACTERS]))
    return _says_estimate(text) or names_an_amount(read_limits(text))


def _says_estimate(text: str) -> bool:
    return bool(_ESTIMATES.search(text) or _HOW_MUCH.search(text) or _IN_UNIT.search(text))


def read_number(text: str, profile: DataProfile, answers: tuple[UserAnswer, ...] = ()) -> NumberWish | None:
    """The number that a lowered text with digits asks for; None where it asks for none that the data has.

    Args:
        text: The goal.
        profile: Its `numbers` are what can be chosen from.
        answers: What the user said when asked before.

    """
    if not profile.numbers or not may_ask_for_a_number(text):
        return None
    limits = read_limits(text)
    chosen, notes, questions = _choose(text, profile, answers, limits)
    if chosen is None:
        return None
    metric: MetricName = "rmse" if _RMSE.search(text) else "mae"
    unit = chosen.unit or _unit_asked(text, limits)
    limit = stated_error(text, chosen, unit)
    source = "data" if limit is None else "goal"
    if limit is None:
        limit, note = _reachable(chosen, metric, unit)
        notes += (note,)
    elif _is_share(text, chosen, unit):
        what = f"a share of error is one of the usual size of {chosen.name!r} in the data: {limit:.4g}{_behind(unit)}"
        notes += (assume(what, "default"),)
    for twin in chosen.twins:
        what = (
            f"channel {twin!r} goes along with {chosen.name!r} almost exactly and is not used: it may be the same "
            "measurement, which the device would not have"
        )
        notes += (assume(what, "data"),)
    target = target_of(chosen, metric, unit)
    if limits and chosen.source == "channel":
        what = f"{chosen.name!r} is estimated from the other channels; a device that measures it needs no model"
        notes += (assume(what, "default"),)
    return NumberWish(
        chosen, target, metric, limit, source, chosen.twins, notes, questions, limits, _named_by(text, limits)
    )


def _named_by(text: str, limits: tuple[LimitWish, ...]) -> tuple[str, ...]:
    clauses = (_LAST_CLAUSE.split(limit.clause)[-1] for limit in limits)
    return tuple(part for part in (_asked(text), *clauses) if part.strip())


def inputs_of(
    wish: NumberWish, named_channels: tuple[str, ...], notes: tuple[Assumption, ...], profile: DataProfile
) -> tuple[tuple[str, ...], tuple[Assumption, ...]]:
    """The channels that a goal names without the number itself and its twins; all others where it names no other."""
    barred = {wish.target.name, *wish.twins} if wish.target.source == "channel" else set()
    kept = tuple(name for name in named_channels if name not in barred)
    if len(named_channels) < len(profile.channels) and kept:
        return kept, (assume(f"only the sensors named: channels {', '.join(kept[:12])}", "goal"),)
    kept = tuple(found.name for found in profile.channels if found.name not in barred)
    if not kept:
        raise GoalUnclear(
            f"there is no channel to estimate {wish.target.name!r} from: the data has "
            f"{', '.join(repr(found.name) for found in profile.channels[:8])}"
        )
    if not barred:
        return kept, notes
    return kept, (assume(f"estimated from all {len(kept)} other channels", "data"),)


def target_of(number: NumberProfile, metric: MetricName, unit: str | None) -> Target:
    """The contract's target for a number of the profile."""
    plain = next((found.value for found in number.plain if found.name == metric), number.std)
    decimals = min(_MOST_DECIMALS, max(0, ceil(log10(_STEPS / max(number.std, 1e-9)))))
    return Target(name=number.name, source=number.source, unit=unit, decimals=decimals, plain_error=plain)


def stated_error(text: str, number: NumberProfile, unit: str | None) -> float | None:
    """The error that a lowered text allows, in the number's unit; None where it names none."""
    pattern = unit_pattern(unit)
    for match in _ERROR.finditer(text):
        rest, value = text[match.end() :], float(match.group(1))
        if not value > 0:
            continue
        if pattern is not None and re.match(rf"(?:{pattern})(?![\w/])", rest):
            return value
        if re.match(r"(?:%|percent\b|per cent\b)", rest):
            return value / 100 * _usual(number)
        if not _OTHER_UNIT.match(rest):
            return value
    return None


def _is_share(text: str, number: NumberProfile, unit: str | None) -> bool:
    return unit != "%" and stated_error(text.replace("%", " "), number, unit) != stated_error(text, number, unit)


def _usual(number: NumberProfile) -> float:
    """What a share of error is one of: the mean's size, or the spread of a number around 0."""
    return max(abs(number.mean), number.std)


def _choose(
    text: str, profile: DataProfile, answers: tuple[UserAnswer, ...], limits: tuple[LimitWish, ...]
) -> tuple[NumberProfile | None, tuple[Assumption, ...], tuple[Question, ...]]:
    """The number that is meant, what was assumed, and a question where that is only a guess."""
    for answer in answers:
        found = profile.number(answer.answer)
        if found is not None:
            source: AssumptionSource = "answer" if answer.source == "user" else "default"
            return found, (assume(f"the number is {found.name!r}, as answered", source),), ()
    ranked = _ranked(text, profile, limits)
    has_classes = [found.name for found in profile.classes] != [NO_CLASS]
    if not ranked or (ranked[0][0] == 0 and has_classes and not _says_estimate(text)):
        return None, (), ()  # a limit may be of what the classes tell
    best = ranked[0][1]
    ties = [found for score, found in ranked if score == ranked[0][0]]
    if len(ties) == 1 and ranked[0][0] > 0:
        return best, (assume(f"the number is {best.name!r} ({_where(best)})", "goal"),), ()
    shown = ", ".join(repr(found.name) for found in ties[:_MOST_OPTIONS])
    why = "the only number there is" if len(ties) == 1 else f"the goal fits {shown}"
    note = assume(f"the number is taken to be {best.name!r}: {why}", "default")
    if answers or len(ties) == 1:
        return best, (note,), ()
    question = Question(
        text="Which number shall the device estimate?", default_answer=best.name,
        options=tuple(found.name for found in ties[:_MOST_OPTIONS]),
    )  # fmt: skip
    return best, (note,), (question,)


def _unit_asked(text: str, limits: tuple[LimitWish, ...]) -> str | None:
    return unit_in(text) or next((limit.unit for limit in limits if limit.unit is not None), None)


def _ranked(text: str, profile: DataProfile, limits: tuple[LimitWish, ...]) -> list[tuple[float, NumberProfile]]:
    """Numbers that may be meant, the likeliest first: by the words right behind the verb, elsewhere, or the unit.

    Where the goal names none of them, those of the index and of numeric class names; a channel must be named.
    """
    asked = _asked(text) or " ".join(limit.clause for limit in limits)
    unit = _unit_asked(text, limits)
    names = [number.name for number in profile.numbers]
    near, anywhere = named(names, tokens(asked)), named(names, tokens(text))
    scores = []
    for number in profile.numbers:
        score = 4.0 if number.name in near else 3.0 * _overlap(number.name, asked)
        score = score or (1.0 if number.name in anywhere and number.source != "channel" else 0.0)
        score += 2.0 if unit is not None and unit == number.unit else 0.0
        scores.append((score, number))
    found = sorted((item for item in scores if item[0] > 0), key=lambda item: -item[0])
    return found or [(0.0, number) for number in profile.numbers if number.source != "channel"]


def _overlap(name: str, asked: str) -> float:
    """Share of a name's words that stand in what is asked for; 0 below a half."""
    words = [stem(word) for word in name_tokens(name)]
    known = {stem(word) for word in tokens(asked)}
    share = sum(word in known for word in words) / max(1, len(words))
    return share if share >= 0.5 else 0.0


def _asked(text: str) -> str:
    """What stands right behind the verb, up to the words that say from what, with what or how well."""
    found = _ESTIMATES.search(text) or _HOW_MUCH.search(text) or _IN_UNIT.search(text)
    if found is None:
        return ""
    rest = text[found.start() :]
    return _BEHIND.split(rest, maxsplit=1)[0]


def _reachable(number: NumberProfile, metric: MetricName, unit: str | None) -> tuple[float, Assumption]:
    """What a linear ridge reaches without luck, or the mean; as the limit where the goal names none."""
    best, method = None, "a device that always answers the mean"
    for found in number.linear:
        if found.name == metric:
            best, method = found, "a linear ridge on plain statistics"
    plain = next(found for found in number.plain if found.name == metric)
    if best is None or best.value >= plain.value:
        best, method = plain, "a device that always answers the mean"
    high = best.value if best.interval is None else best.interval.high
    limit = _rounded_up(min(high, max(best.value, plain.value)))
    what = (
        f"an error ({metric}) of at most {limit:g}{_behind(unit)}: what {method} stays below without luck (upper end "
        "of its 95 % interval); the goal names none"
    )
    return limit, assume(what, "data")


def _rounded_up(value: float) -> float:
    """To three digits."""
    step = 10.0 ** (floor(log10(value)) - 2) if value > 0 else 1.0
    return float(f"{ceil(value / step - 1e-9) * step:.3g}")


def _where(number: NumberProfile) -> str:
    return {"channel": "a channel", "index": "a column of the index", "class": "read off the class names"}[
        number.source
    ]


def _behind(unit: str | None) -> str:
    return "" if unit is None else f" {unit}"
