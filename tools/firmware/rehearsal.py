"""The application's own check: a recorded sequence goes in on the emulated board, the expected events must come out.

The sequence is made from recorded windows whose answers are known from the host's build: each class often enough to be
reported, with a single other answer between that the decision layer must swallow. What must come out is what
the host's build of that layer decides.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.firmware.number import FixedNumber
from nanosmith.tools.firmware.replay import Replay
from nanosmith.tools.firmware.threshold import FixedThreshold
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Behavior
from nanosmith.tools.specs.run import Rehearsal

_REPORT = re.compile(r"^-?\d+ ms: (.*)$")
_ALARM = re.compile(r"^-?\d+ ms (alarm (?:on|off): .*), now .*$")
_MOST_FAULTS = 8
_RUNGS = 24
_MOST_ANSWERS = 400
_MOST_HELD = 60
_UNSETTLED = 1 / 16
"""Share of an average that may still be of what was before."""


@dataclass(frozen=True)
class Report:
    """A change of class that the application must report."""

    answer: int
    """Index of the answer after which it is due."""

    name: str


def rehearsal_order(outputs: NDArray[np.int8], decision: Decision) -> NDArray[np.int64]:
    """Which windows to play, by index.

    Args:
        outputs: int8 [n, classes], what the model answers for each window there is.
        decision: How answers become reports.

    Returns:
        int [m]: every class that is answered at all, twice around, the surest windows of each held for long enough to
        be reported and interrupted once by another (which is too short to be reported where decisions take more than
        one answer); m at most 400.

    """
    winners = outputs.argmax(axis=1)
    known = [int(c) for c in np.unique(winners)]
    examples = {c: _surest(outputs, winners, c) for c in known}
    held_for = _answers_of_a_report(decision)
    order: list[int] = []
    for turn in range(2):
        for place, wanted in enumerate(known):
            held = [int(examples[wanted][(turn + k) % len(examples[wanted])]) for k in range(held_for)]
            order += held
            if len(known) > 1 and held_for > 2:
                other = known[(place + 2) % len(known)]
                order += [int(examples[other][turn % len(examples[other])]), *held[:1]]
    return np.asarray(order[:_MOST_ANSWERS], dtype=np.int64)


def _surest(outputs: NDArray[np.int8], winners: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    found = np.flatnonzero(winners == wanted)
    return found[np.argsort(-outputs[found, wanted].astype(np.int64), kind="stable")]


def _answers_of_a_report(decision: Decision) -> int:
    """Sure answers of one class after which it is reported: the average has settled, and lasted."""
    share_left = 1 - decision.weight / 256
    settling = 0 if share_left == 0 else math.ceil(math.log(_UNSETTLED) / math.log(share_left))
    return min(decision.shortest + settling, _MOST_HELD) + 1


def expected_reports(in_force: Sequence[int], classes: Sequence[str]) -> tuple[Report, ...]:
    """Changes of the class in force, -1 before the first."""
    before = [-1, *in_force[:-1]]
    return tuple(
        Report(answer, classes[now])
        for answer, (was, now) in enumerate(zip(before, in_force, strict=True))
        if now != was
    )


def judge_rehearsal(
    replay: Replay, in_force: Sequence[int], classes: Sequence[str], behavior: Behavior
) -> Rehearsal:  # fmt: skip
    """Compare what the application said with what the contract asks for.

    Args:
        replay: Of the windows of `rehearsal_order`.
        in_force: Class after each answer, by the host's build of the decision layer.
        classes: Of the contract, in the order of the scores.
        behavior: Cues.

    """
    due = expected_reports(in_force, classes)
    lines: dict[int, list[str]] = {}
    for answer, text in replay.application:
        lines.setdefault(answer, []).append(text)
    faults = [*_report_faults(due, lines), *_cue_faults(due, lines, behavior)]
    return Rehearsal(answers=len(in_force), reports=len(due), faults=tuple(faults[:_MOST_FAULTS]))


def number_order(values: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Which windows to play where the answer is a number, by index.

    Args:
        values: int [n], the number of each window there is, in last digits.
        step: Change from which a number is reported anew.

    Returns:
        int [m]: up the range and down again in even parts, each window twice (the second is no change), and between
        them the nearest one that is less than a step away, where there is one; m at most 400.

    """
    ranked = np.argsort(values, kind="stable")
    rungs = ranked[np.unique(np.linspace(0, len(ranked) - 1, min(len(ranked), _RUNGS)).astype(int))]
    order: list[int] = []
    for at in [*rungs, *rungs[::-1]]:
        order += [int(at), int(at)]
        gaps = np.abs(values - values[at])
        near = np.flatnonzero((gaps > 0) & (gaps < step))
        order += [int(near[gaps[near].argmin()])] if len(near) else []
    return np.asarray(order[:_MOST_ANSWERS], dtype=np.int64)


def judge_number_rehearsal(
    replay: Replay, number: FixedNumber, unit: str | None, step: int, thresholds: Sequence[FixedThreshold] = ()
) -> Rehearsal:
    """Compare the numbers that the application said with those that were due: each a step or more from the last.

    Alarms at limits must begin and end where the host says.

    Args:
        replay: Of the windows of `number_order`.
        number: What an output byte stands for.
        unit: Written behind each number; None: nothing is.
        step: Change, in last digits, from which a number is reported anew.
        thresholds: Limits at which the device alarms.

    """
    values = [int(value) for value in number.last_digits(replay.outputs[:, 0])]
    due: list[Report] = []
    last: int | None = None
    for answer, value in enumerate(values):
        if last is None or abs(value - last) >= step:
            last = value
            due.append(Report(answer, f"{number.text(value)} {unit or ''}".strip()))
    lines: dict[int, list[str]] = {}
    for answer, text in replay.application:
        lines.setdefault(answer, []).append(text)
    faults = [*_report_faults(due, lines, "a number"), *_alarm_faults(values, lines, thresholds)]
    return Rehearsal(answers=len(values), reports=len(due), faults=tuple(faults[:_MOST_FAULTS]))


def _alarm_faults(
    values: Sequence[int], lines: dict[int, list[str]], thresholds: Sequence[FixedThreshold]
) -> list[str]:
    """Where a line of an alarm was due and did not come, or the other way round."""
    wanted: dict[int, list[str]] = {}
    for threshold in thresholds:
        for answer, is_on in threshold.changes(values):
            wanted.setdefault(answer, []).append(f"alarm {'on' if is_on else 'off'}: {threshold.text}")
    faults = []
    for answer in sorted(wanted.keys() | lines.keys()):
        said = [match.group(1) for text in lines.get(answer, []) if (match := _ALARM.match(text))]
        expected = [clean_line(text) for text in wanted.get(answer, [])]
        if sorted(said) != sorted(expected):
            what = " and ".join(f"`<time> ms {text}, now …`" for text in expected) or "no line of an alarm"
            faults.append(f"after answer {answer} {what} was due; the application wrote {_shown(lines.get(answer))}")
    return faults


def _report_faults(due: Sequence[Report], lines: dict[int, list[str]], what_it_is: str = "a class") -> list[str]:
    wanted = {report.answer: clean_line(report.name) for report in due}
    faults = []
    for answer in sorted(set(wanted) | set(lines)):
        said = [match.group(1) for text in lines.get(answer, []) if (match := _REPORT.match(text))]
        expected = [wanted[answer]] if answer in wanted else []
        if said != expected:
            what = f"the line `<time> ms: {expected[0]}`" if expected else f"no report of {what_it_is}"
            faults.append(f"after answer {answer} {what} was due; the application wrote {_shown(lines.get(answer))}")
    return faults


def _cue_faults(due: Sequence[Report], lines: dict[int, list[str]], behavior: Behavior) -> list[str]:
    faults = []
    for text in dict.fromkeys(cue.line for cue in behavior.cues):
        classes = {cue.on for cue in behavior.cues if cue.line == text}
        wanted = {report.answer for report in due if report.name in classes}
        for answer in sorted(wanted | set(lines)):
            others = [line for line in lines.get(answer, []) if not _REPORT.match(line)]
            has = any(text in line for line in others)
            if has != (answer in wanted):
                rule = "was due" if answer in wanted else "was not due"
                faults.append(
                    f"after answer {answer} a line with `{clean_line(text)}` {rule} (it belongs to the report of "
                    f"{', '.join(sorted(map(clean_line, classes)))}); the application wrote {_shown(lines.get(answer))}"
                )
    return faults


def _shown(lines: Sequence[str] | None) -> str:
    return "nothing" if not lines else "; ".join(f"`{clean_line(line, limit=80)}`" for line in lines[:4])
