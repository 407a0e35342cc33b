"""What a rehearsal expects and finds: pure rules over answers and lines."""

import numpy as np
import pytest

from nanosmith.tools.decisions.library import DecisionLibrary
from nanosmith.tools.firmware.rehearsal import expected_reports, judge_rehearsal, rehearsal_order
from nanosmith.tools.firmware.replay import Replay
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Behavior, Cue

CLASSES = ("rest", "cough", "a b")
WINNERS = [0, 0, 1, 0, 1, 1, 2, 2, 2]
IN_FORCE = [-1, 0, 0, 0, 0, 1, 1, 2, 2]
"""After debouncing by two answers."""

REPORTS = {1: "rest", 5: "cough", 7: "a b"}
CUED = Behavior(debounce=2, cues=(Cue(on="cough", line="alert: cough"),))


def replay(lines: list[tuple[int, str]], winners: list[int] = WINNERS) -> Replay:
    outputs = np.full((len(winners), len(CLASSES)), -128, dtype=np.int8)
    outputs[np.arange(len(winners)), winners] = 127
    in_force = np.full(len(winners), -1, dtype=np.int32)
    return Replay(outputs=outputs, in_force=in_force, application=tuple(lines), counts=(), stack_bytes=0)


def good() -> list[tuple[int, str]]:
    lines = [(answer, f"{answer * 500} ms: {name}") for answer, name in REPORTS.items()]
    return sorted([*lines, (5, "alert: cough"), (7, "humming")])


def test_reports_are_due_where_another_class_comes_into_force() -> None:
    assert {r.answer: r.name for r in expected_reports(IN_FORCE, CLASSES)} == REPORTS
    assert [r.answer for r in expected_reports([1, 1, 0, 1], CLASSES)] == [0, 2, 3]
    assert expected_reports([-1, -1], CLASSES) == ()


def test_an_application_that_does_as_agreed_has_no_faults() -> None:
    found = judge_rehearsal(replay(good()), IN_FORCE, CLASSES, CUED)
    assert (found.answers, found.reports, found.faults) == (9, 3, ())


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "after answer 1 the line `<time> ms: rest` was due; the application wrote nothing"),
        ([line for line in good() if line[0] != 5], "`<time> ms: cough` was due"),
        ([*good(), (8, "9 ms: rest")], "after answer 8 no report of a class was due"),
        ([(a, t.replace("rest", "cough")) for a, t in good()], "`<time> ms: rest` was due"),
        ([line for line in good() if "alert" not in line[1]], "a line with `alert: cough` was due"),
        ([*good(), (7, "alert: cough")], "a line with `alert: cough` was not due"),
        ([*good(), (1, "1 ms: rest")], "after answer 1 the line"),
    ],
)
def test_what_differs_is_said_by_answer(lines: list[tuple[int, str]], said: str) -> None:
    faults = judge_rehearsal(replay(lines), IN_FORCE, CLASSES, CUED).faults
    assert any(said in fault for fault in faults), faults
    assert len(faults) <= 8


@pytest.mark.parametrize(
    "decision",
    [
        *(Decision.debounced(answers) for answers in (1, 2, 5, 32)),
        Decision(weight=32, enter=160, leave=80),
        Decision(weight=96, enter=224, leave=112, shortest=2, resting=0),
    ],
)
def test_the_order_lets_every_class_be_reported_with_a_blip_between(
    decision: Decision, decisions: DecisionLibrary
) -> None:
    winners = np.array([0, 2, 1, 1, 0, 2, 2])
    outputs = replay([], winners.tolist()).outputs
    order = rehearsal_order(outputs, decision)
    assert len(order) <= 400
    in_force = decisions.in_force(decision, outputs[order]).tolist()
    names = [report.name for report in expected_reports(in_force, CLASSES)]
    assert set(names) == set(CLASSES)
    if decision.resting is None and decision.shortest > 1:
        assert len(names) == 6, "blips are swallowed"


def test_the_surest_windows_are_played() -> None:
    outputs = np.array([[20, -20], [120, -120], [-30, 30]], np.int8)
    assert rehearsal_order(outputs, Decision.debounced(1))[:2].tolist() == [1, 0]


def test_one_class_alone_is_rehearsed_too(decisions: DecisionLibrary) -> None:
    outputs = replay([], [0] * 4).outputs
    order = rehearsal_order(outputs, Decision.debounced(3))
    assert len(expected_reports(decisions.in_force(Decision.debounced(3), outputs[order]).tolist(), CLASSES)) == 1
