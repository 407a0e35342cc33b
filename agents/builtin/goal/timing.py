"""Times in a goal: how often it answers, how long it may take, how much it looks at, how long something must last."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_NUMBER = r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)"
_UNIT = r"(ms|msec|milliseconds?|us|usec|microseconds?|s|secs?|seconds?|min|mins|minutes?|h|hours?)\b"
_TIME = rf"{_NUMBER}[\s-]*{_UNIT}"
_PERIOD = r"(second|sec|s|minute|min|hour|h)\b"
_ANSWERS = (
    r"(?:answers?|predictions?|decisions?|results?|classifications?|inferences?|updates?|times?|outputs?|labels?|"
    r"reports?)"
)
_ABOUT = r"(?:about |around |roughly |approximately |a |the )*"

_COUNT_WORDS = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
_COUNTED = re.compile(
    rf"\b(?:(once|twice|thrice)|{_NUMBER}\s*(?:x|{_ANSWERS}))\s*(?:a|an|per|each|every|/)\s*{_PERIOD}"
)
_EVERY = re.compile(rf"\b(?:every|each)\s+(?:{_NUMBER}[\s-]*)?{_UNIT}")
_AT_HERTZ = re.compile(rf"\b(?:{_ANSWERS}|answering|classifying|deciding|updated)\s+(?:\w+\s+){{0,2}}?{_NUMBER}\s*hz\b")
_HERTZ = re.compile(rf"{_NUMBER}\s*(k?)hz\b")
_WINDOW = (
    re.compile(rf"{_TIME}[\s-]+(?:long[\s-]+|sliding[\s-]+)*(?:windows?|clips?|segments?)\b"),
    re.compile(rf"\bwindows?\s+(?:length\s+|size\s+)?(?:(?:of|is|are|with|at)\s+|[:=]\s*)?{_ABOUT}{_TIME}"),
    re.compile(
        rf"\b(?:looks?|looking|listens?|listening|watches|watching)\s+(?:at |to |for |back |over )*"
        rf"{_ABOUT}(?:last |past |latest |previous )?{_TIME}"
    ),
    re.compile(rf"\b(?:last|past|latest|previous)\s+{_TIME}"),
    re.compile(
        rf"{_TIME}\s+(?:\w+\s+)?of\s+(?:data|history|signal|sound|audio|motion|recording|measurements|samples)\b"
    ),
)
_WINDOW_SAMPLES = (
    re.compile(rf"\b{_NUMBER}[\s-]samples?[\s-]windows?\b"),
    re.compile(rf"\bwindows?\s+(?:of|with)\s+{_NUMBER}\s+samples?\b"),
)
_HOLD = re.compile(rf"\b(?:for|lasts?|holds?|persists?)\s+(?:at least|more than|longer than|over)\s+{_TIME}")
_ONLY_AFTER = re.compile(rf"\b(?:only after|not before) (?:it has (?:lasted|gone on) (?:for )?)?{_TIME}")
_ALARM_WORDS = r"(?:alarms?|alerts?|reports?|warnings?|notifications?|messages?|beeps?|events?)"
_AT_MOST = r"\b(?:at most|no more than|not more than|max(?:imum)?|up to)"
_REFRACTORY = (
    re.compile(rf"{_AT_MOST} {_NUMBER} {_ALARM_WORDS} (?:in |a |an |per |each |every |/ ?)+{_PERIOD}"),
    re.compile(rf"{_AT_MOST} {_NUMBER} {_ALARM_WORDS} (?:in|every|each|per) {_TIME}"),
)
_APART = re.compile(
    rf"\b{_ALARM_WORDS} (?:\w+ ){{0,2}}?at least {_TIME} apart|\bat least {_TIME} between {_ALARM_WORDS}|"
    rf"\brefractory (?:time|period) (?:of )?{_TIME}"
)
_FALSE_ALARMS = re.compile(
    rf"{_NUMBER} false (?:alarms?|alerts?|positives?|detections?|reports?|triggers?) "
    rf"(?:in |a |an |per |each |every |/ ?)+(?:{_TIME}|(second|sec|s|minute|min|hour|h|day|week)\b)"
)
_IN_A_ROW = re.compile(
    rf"\b{_NUMBER}\s+(?:\w+\s+)?(?:in a row|consecutive)|"
    rf"\bdebounc\w*\s+(?:of |over |by |with |: ?|= ?)?{_NUMBER}\b(?!\s*(?:ms|s)\b)"
)
_AT_ONCE = re.compile(r"\b(?:immediately|instantly|at once|without (?:any )?delay|no debounc\w+|without debounc\w+)\b")
_LATENCY = (
    re.compile(
        rf"\b(?:within|under|below|less than|at most|no more than|not more than|no longer than|faster than|"
        rf"max(?:imum)?|up to|inside)\s+(?:of\s+)?{_TIME}"
    ),
    re.compile(rf"[<≤]=?\s*{_TIME}"),
    re.compile(rf"\b(?:latency|deadline|inference time|response time)\s+(?:\w+\s+){{0,3}}?[:=<≤]*\s*{_TIME}"),
    re.compile(
        rf"{_TIME}\s+(?:of\s+)?(?:latency|deadline|response|per (?:inference|answer|window|prediction|decision))"
    ),
    re.compile(rf"\bin\s+{_NUMBER}[\s-]*(ms|milliseconds?|us|microseconds?)\b"),
)
_LONG_S = {"day": 86_400.0, "week": 604_800.0}
_SECONDS = {"ms": 1e-3, "mil": 1e-3, "us": 1e-6, "mic": 1e-6, "s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class TimingWish:
    """What a goal says of time; None where it says nothing."""

    answers_per_s: float | None = None
    latency_ms: float | None = None
    window_s: float | None = None
    window_samples: int | None = None
    hold_s: float | None = None
    """How long a class must last before it is reported."""

    refractory_s: float | None = None
    """How long after an event no other one is reported."""

    false_alarms_per_hour: float | None = None

    in_a_row: int | None = None
    """How many answers in a row make a report."""

    stated_hz: float | None = None
    """A frequency that is none of the above: the sensor's, as the goal's writer believes it."""


def read_timing(text: str) -> TimingWish:
    """Times in a lowered text with digits; each stretch of text is read once, the most specific reading first."""
    wish: dict[str, float] = {}
    text = _take(_FALSE_ALARMS, text, wish, "false_alarms_per_hour", _false_alarms)
    for pattern in _REFRACTORY:
        text = _take(pattern, text, wish, "refractory_s", _refractory)
    text = _take(_APART, text, wish, "refractory_s", lambda m: _seconds(*[g for g in m.groups() if g is not None][:2]))
    for pattern in _WINDOW_SAMPLES:
        text = _take(pattern, text, wish, "window_samples", lambda m: float(m.group(1)))
    for pattern in _WINDOW:
        text = _take(pattern, text, wish, "window_s", lambda m: _seconds(m.group(1), m.group(2)))
    text = _take(_HOLD, text, wish, "hold_s", lambda m: _seconds(m.group(1), m.group(2)))
    text = _take(_ONLY_AFTER, text, wish, "hold_s", lambda m: _seconds(m.group(1), m.group(2)))
    text = _take(_IN_A_ROW, text, wish, "in_a_row", lambda m: float(m.group(1) or m.group(2)))
    text = _take(_AT_ONCE, text, wish, "in_a_row", lambda _: 1.0)
    text = _take(_COUNTED, text, wish, "answers_per_s", _counted)
    text = _take(_EVERY, text, wish, "answers_per_s", lambda m: _rate(1.0, _seconds(m.group(1) or "1", m.group(2))))
    text = _take(_AT_HERTZ, text, wish, "answers_per_s", lambda m: float(m.group(1)))
    for pattern in _LATENCY:
        text = _take(pattern, text, wish, "latency_ms", lambda m: _seconds(m.group(1), m.group(2)) * 1000)
    hertz = _HERTZ.search(text)
    return TimingWish(
        answers_per_s=wish.get("answers_per_s"),
        latency_ms=wish.get("latency_ms"),
        window_s=wish.get("window_s"),
        window_samples=int(wish["window_samples"]) if "window_samples" in wish else None,
        hold_s=wish.get("hold_s"),
        refractory_s=wish.get("refractory_s"),
        false_alarms_per_hour=wish.get("false_alarms_per_hour"),
        in_a_row=int(wish["in_a_row"]) if "in_a_row" in wish else None,
        stated_hz=float(hertz.group(1)) * (1000 if hertz.group(2) else 1) if hertz else None,
    )


def _take(
    pattern: re.Pattern[str],
    text: str,
    wish: dict[str, float],
    key: str,
    value: Callable[[re.Match[str]], float | None],
) -> str:
    """Keep the first positive value that a pattern finds, and blank out what it was read from."""
    for match in pattern.finditer(text):
        found = value(match)
        if found is not None and found > 0:
            wish.setdefault(key, found)
    return pattern.sub(" ; ", text)


def _refractory(match: re.Match[str]) -> float | None:
    """Seconds a report, of `at most N in T`."""
    parts = match.groups()
    period_s = _seconds("1", parts[1]) if len(parts) == 2 else _seconds(parts[1], parts[2])
    return period_s / float(parts[0]) if float(parts[0]) > 0 else None


def _false_alarms(match: re.Match[str]) -> float | None:
    number, count, unit, period = match.groups()
    if period in _LONG_S:
        return float(number) * 3600 / _LONG_S[period]
    period_s = _seconds("1", period) if period is not None else _seconds(count, unit)
    return float(number) * 3600 / period_s if period_s > 0 else None


def _counted(match: re.Match[str]) -> float | None:
    times = _COUNT_WORDS[match.group(1)] if match.group(1) else float(match.group(2))
    return _rate(times, _seconds("1", match.group(3)))


def _rate(times: float, period_s: float) -> float | None:
    return times / period_s if times > 0 and period_s > 0 else None


def _seconds(number: str, unit: str) -> float:
    for prefix in ("mil", "mic", "min", "ms", "us", "s", "h"):
        if unit.startswith(prefix):
            return float(number) * _SECONDS[prefix]
    raise ValueError(unit)
