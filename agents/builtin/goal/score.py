"""The metric and its limit in a goal: `at least 95 %`, `macro-F1 of .9`, `error below 5 %`."""

import re
from dataclasses import dataclass

from nanosmith.tools.errors import GoalUnclear
from nanosmith.tools.specs.device_spec import Assumption, MetricName

_METRICS: tuple[tuple[MetricName, re.Pattern[str], str | None], ...] = (
    ("macro_f1", re.compile(r"\b(?:macro[\s-]*)?f[\s-]?1(?:[\s-]*(?:score|macro))?\b|\bf[\s-]score\b"), None),
    (
        "balanced_accuracy",
        re.compile(r"\b(?:balanced[\s-]+accuracy|(?:macro|mean|average|per[\s-]class)[\s-]+(?:recall|sensitivity))\b"),
        None,
    ),
    (
        "balanced_accuracy",
        re.compile(r"\b(?:recall|sensitivity|detection rate)\b"),
        "recall is measured over all classes alike, as balanced accuracy",
    ),
    (
        "accuracy",
        re.compile(r"\b(?:accuracy|accurate(?:ly)?|correct(?:ly)?|right|of the time|of (?:all )?cases)\b"),
        None,
    ),
)
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)\s*(?:%|percent\b|per cent\b)")
_UNIT = (
    r"(?:%|percent\b|per cent\b|a second\b|sec\w*|min(?:ute\w*)?\b|hours?\b|(?:milli|kilo|mega|micro)\w*|volts?\b|"
    r"watts?\b|hertz\b|[kmgu]?(?:i?b|bytes?|hz|[sgvawmhj])\b)"
)
_SHARE = re.compile(rf"(?<![\w.])(0?\.\d+|1\.0+)(?!\d*\s*{_UNIT})")
_NOT_A_SCORE = re.compile(
    r"^\s*(?:of (?:the |its )?(?:\w+ )?(?:ram|flash|memory|battery|budget|cpu|power)|"
    r"confidence|humidity|overlap|duty|battery|\w+ interval)"
)
_ERROR_AFTER = re.compile(r"^\s*(?:of\s+)?(?:\w+\s+)?(?:errors?|mistakes?|wrong|misclassified|misses|missed|false)\b")
_ERROR_BEFORE = re.compile(
    r"\b(?:error(?: rate)?|mistakes?|misclassif\w+|wrong)\s+"
    r"(?:\w+\s+){0,2}?(?:below|under|at most|less than|of|<=?|≤)\s*$"
)
_WORDS_AROUND = 60
"""Characters between a share such as `.9` and the metric it belongs to."""


@dataclass(frozen=True)
class ScoreWish:
    """Metric and least value (a share) that the goal asks for; None where it says nothing."""

    metric: MetricName | None = None
    limit: float | None = None
    assumptions: tuple[Assumption, ...] = ()


def read_score(text: str) -> ScoreWish:
    """Metric and limit in a lowered text with digits.

    Raises:
        GoalUnclear: The limit is 0 or more than 100 %.

    """
    metric, note = _metric(text)
    limit = _percent(text)
    if limit is None:
        limit = _share(text)
    assumptions = [] if note is None else [Assumption(what=note, source="default")]
    if limit is None:
        return ScoreWish(metric, None, tuple(assumptions))
    if not 0 < limit <= 1:
        raise GoalUnclear(f"a score of {limit * 100:g} % can't be asked for; say one above 0 and up to 100 %")
    return ScoreWish(metric, limit, tuple(assumptions))


def _metric(text: str) -> tuple[MetricName | None, str | None]:
    for name, pattern, note in _METRICS:
        for match in pattern.finditer(text):
            if name != "accuracy" or match.group() != "right" or _PERCENT.search(text[: match.start()]):
                return name, note  # `right` may also be a direction
    return None, None


def _percent(text: str) -> float | None:
    """The first percentage that is a score; a share of errors is turned round."""
    for match in _PERCENT.finditer(text):
        after, before = text[match.end() :], text[: match.start()]
        if _NOT_A_SCORE.match(after):
            continue
        share = round(float(match.group(1)) / 100, 6)
        is_error = _ERROR_AFTER.match(after) or _ERROR_BEFORE.search(before)
        return round(1 - share, 6) if is_error else share
    return None


def _share(text: str) -> float | None:
    """A bare number below 1, near the name of a metric."""
    for _, pattern, _ in _METRICS:
        for name in pattern.finditer(text):
            for match in _SHARE.finditer(text):
                gap = max(match.start() - name.end(), name.start() - match.end())
                if gap <= _WORDS_AROUND:
                    return float(match.group(1))
    return None
