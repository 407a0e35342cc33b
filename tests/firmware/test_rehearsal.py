"""What a rehearsal expects and finds: pure rules over answers and lines."""

import numpy as np
import pytest

from nanosmith.tools.firmware.rehearsal import expected_reports, judge_rehearsal, rehearsal_order
from nanosmith.tools.firmware.replay import Replay
from nanosmith.tools.specs.device_spec import Behavior, Cue

CLASSES = ("rest", "cough", "a b")
WINNERS = [0, 0, 1, 0, 1, 1, 2, 2, 2]
REPORTS = {1: "rest", 5: "cough", 7: "a b"}
CUED = Behavior(debounce=2, cues=(Cue(on="cough", line="alert: cough"),))


def replay(lines: list[tuple[int, str]], winners: list[int] = WINNERS) -> Replay:
    outputs = np.full((len(winners), len(CLASSES)), -128, dtype=np.int8)
    outputs[np.arange(len(winners)), winners] = 127
    return Replay(outputs=outputs, application=tuple(lines), counts=(), stack_bytes=0)


def good() -> list[tuple[int, str]]:
    lines = [(answer, f"{answer * 500} ms: {name}") for answer, name in REPORTS.items()]
    return sorted([*lines, (5, "alert: cough"), (7, "humming")])


def test_reports_are_due_after_the_debounce_and_only_on_a_change() -> None:
    assert {r.answer: r.name for r in expected_reports(WINNERS, CLASSES, 2)} == REPORTS
    assert [r.answer for r in expected_reports([1, 1, 0, 1], CLASSES, 1)] == [0, 2, 3]
    assert expected_reports([0, 1, 0, 1], CLASSES, 3) == ()


def test_an_application_that_does_as_agreed_has_no_faults() -> None:
    found = judge_rehearsal(replay(good()), CLASSES, CUED)
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
    faults = judge_rehearsal(replay(lines), CLASSES, CUED).faults
    assert any(said in fault for fault in faults), faults
    assert len(faults) <= 8


@pytest.mark.parametrize("debounce", [1, 2, 5, 32])
def test_the_order_lets_every_class_be_reported_with_a_blip_between(debounce: int) -> None:
    winners = np.array([0, 2, 1, 1, 0, 2, 2])
    order = rehearsal_order(winners, debounce)
    assert len(order) <= 400
    played = winners[order].tolist()
    names = [report.name for report in expected_reports(played, CLASSES, debounce)]
    assert set(names) == set(CLASSES)
    if debounce > 1:
        assert len(names) == 6, "blips are swallowed"


def test_one_class_alone_is_rehearsed_too() -> None:
    assert len(expected_reports(np.zeros(len(rehearsal_order(np.zeros(4, dtype=int), 3)), dtype=int), CLASSES, 3)) == 1
