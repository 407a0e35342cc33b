"""Events against reports: the rule, case by case, and what the bootstrap draws."""

import numpy as np
import pytest

from nanosmith.tools.decisions.events import Stream, score_events

LENGTH, HOP, RATE = 10, 5, 10.0
REST, A, B = 0, 1, 2
Segment = tuple[int, int]
"""Class (-1 unlabelled) and samples."""


def stream(*recordings: list[Segment], groups: dict[int, int] | None = None) -> Stream:
    """Recordings as stretches of classes, cut as the product cuts them."""
    runs, numbers, starts, labels = [], [], [], []
    for number, segments in enumerate(recordings):
        truth = np.concatenate([np.full(samples, name) for name, samples in segments])
        at = 0
        for name, samples in segments:
            if name >= 0:
                runs.append((number, name, at, at + samples))
            at += samples
        for start in range(0, len(truth) - LENGTH + 1, HOP):
            numbers.append(number)
            starts.append(start)
            labels.append(int(truth[start + LENGTH // 2]))
    count = len(starts)
    return Stream(
        scores=np.zeros((count, 3), np.int8), recordings=np.array(numbers, np.int32), starts=np.array(starts),
        labels=np.array(labels, np.int32), runs=np.array(runs, np.int32),
        groups=groups or {n: n for n in range(len(recordings))}, length=LENGTH, hop=HOP, rate_hz=RATE,
    )  # fmt: skip


def said(made: Stream, *reports: tuple[int, int], recording: int = 0) -> np.ndarray:
    """The class in force: from each sample on (of the answer's end), that class."""
    found = np.zeros(len(made.starts), np.int32)
    inside = made.recordings == recording
    ends = made.starts + LENGTH
    for at, name in reports:
        found[inside & (ends >= at)] = name
    return found


def counts(made: Stream, in_force: np.ndarray, resting: int | None = REST) -> tuple[int, int, int]:
    score = score_events(made, in_force, resting=resting)
    return score.events, score.reports, score.found


ONE = [(REST, 100), (A, 50), (REST, 100)]


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([(110, A), (160, REST)], (1, 1, 1)),
        ([], (1, 0, 0)),
        ([(95, A), (160, REST)], (1, 1, 1)),  # half a window before
        ([(90, A), (160, REST)], (1, 1, 0)),  # too early: a false alarm, though it lasts into the event
        ([(155, A), (200, REST)], (1, 1, 1)),  # late, within a window of the end
        ([(160, A), (200, REST)], (1, 1, 0)),  # too late
        ([(110, A), (120, REST), (130, A)], (1, 2, 1)),  # the second report of one event is a false alarm
        ([(110, B)], (1, 1, 0)),  # of another class
        ([(110, B), (120, A)], (1, 2, 1)),
    ],
)
def test_one_event(reports: list[tuple[int, int]], expected: tuple[int, int, int]) -> None:
    made = stream(ONE)
    assert counts(made, said(made, *reports)) == expected


def test_one_report_over_two_events_misses_the_second() -> None:
    made = stream([(REST, 50), (A, 50), (REST, 50), (A, 50), (REST, 50)])
    assert counts(made, said(made, (60, A))) == (2, 1, 1)


def test_unlabelled_samples_part_no_event_and_no_report_in_them_counts() -> None:
    made = stream([(REST, 50), (A, 50), (-1, 100), (A, 50), (REST, 50)])
    assert counts(made, said(made, (60, A))) == (1, 1, 1)
    made = stream([(REST, 50), (-1, 100), (REST, 50)])
    assert counts(made, said(made, (100, A), (120, REST))) == (0, 0, 0)


def test_without_a_resting_class_each_run_is_an_event() -> None:
    made = stream([(REST, 50), (A, 50), (B, 50)])
    assert counts(made, said(made, (10, REST), (60, A), (110, B)), resting=None) == (3, 3, 3)


def test_annotated_points_are_events_of_their_own() -> None:
    made = stream([(REST, 50), (A, 1), (A, 1), (REST, 50)])
    assert counts(made, said(made, (55, A), (65, REST))) == (2, 1, 1)


def test_figures() -> None:
    made = stream(ONE, ONE, [(REST, 300)])
    in_force = said(made, (110, A), (160, REST))
    in_force += said(made, (130, A), (160, REST), recording=1) + said(made, (50, B), (60, REST), recording=2)
    score = score_events(made, in_force, resting=REST)
    assert score.value("event_precision") == pytest.approx(2 / 3)
    assert score.value("event_recall") == 1.0
    assert score.value("event_f1") == pytest.approx(0.8)
    assert score.value("false_alarms_per_hour") == pytest.approx(3600 / 80)
    assert score.value("detection_delay_s") == 1.0
    assert score.hours == pytest.approx(80 / 3600, rel=1e-3)
    assert score.value("no such") is None


def test_intervals_are_of_groups_drawn_whole() -> None:
    made = stream(*[ONE] * 4, groups={0: 0, 1: 0, 2: 1, 3: 1})
    in_force = said(made, (110, A), (160, REST)) + said(made, (110, A), (160, REST), recording=1)
    recall = next(m for m in score_events(made, in_force, resting=REST).metrics if m.name == "event_recall")
    assert recall.value == 0.5
    assert recall.interval is not None
    assert (recall.interval.low, recall.interval.high) == (0.0, 1.0), "two groups: all found or none"
    again = next(m for m in score_events(made, in_force, resting=REST).metrics if m.name == "event_recall")
    assert again == recall
    alone = stream(ONE)
    assert all(m.interval is None for m in score_events(alone, said(alone), resting=REST).metrics)
