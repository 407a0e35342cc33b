"""Parameters of the decision layer from out-of-fold answers, and what a goal may ask of them."""

import numpy as np
import pytest
from test_events import stream

from nanosmith.tools.decisions.choose import (
    choose_decision,
    debounced,
    is_continuous,
    resting_class,
    score_decision,
)
from nanosmith.tools.decisions.events import Stream
from nanosmith.tools.decisions.library import DecisionLibrary
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import AlarmLimits, Behavior, Budget, Spec, WindowSpec

RECORDING = [(0, 300), (1, 100), (2, 100), (0, 200), (2, 100), (1, 200), (0, 100)]


def contract(**changes: object) -> Spec:
    spec = Spec(
        title="t", goal="g", board="mps2_an386", classes=("idle", "swing", "shake"), channels=("x",),
        window=WindowSpec(length=10, hop=5, rate_hz=10.0), metric="accuracy", metric_limit=0.5,
        metric_limit_source="goal", budget=Budget(),
    )  # fmt: skip
    return spec.model_copy(update=changes)


def noisy(seed: int = 0, wrong: float = 0.2) -> Stream:
    """Three recordings with answers of which a fifth are of a class drawn at random."""
    made = stream(*[RECORDING] * 3)
    random = np.random.default_rng(seed)
    names = np.where(random.random(len(made.labels)) < wrong, random.integers(0, 3, len(made.labels)), made.labels)
    shares = random.integers(10, 60, (len(names), 3))
    shares[np.arange(len(names)), names] = random.integers(90, 240, len(names))
    scores = (np.minimum(255, shares) - 128).astype(np.int8)
    return Stream(**{**vars(made), "scores": scores})


def test_smoothing_is_chosen_where_answers_flicker_and_helps_on_other_recordings(decisions: DecisionLibrary) -> None:
    spec = contract()
    chosen = choose_decision(noisy(), spec, decisions, has_shares=True)
    plain = score_decision(noisy(seed=1), Decision.debounced(1), spec, decisions)
    found = score_decision(noisy(seed=1), chosen.decision, spec, decisions)
    assert chosen.decision.weight < 256 or chosen.decision.shortest > 1
    assert found.value("event_f1") > plain.value("event_f1") + 0.2
    assert found.value("false_alarms_per_hour") < plain.value("false_alarms_per_hour") / 4
    assert choose_decision(noisy(), spec, decisions, has_shares=True) == chosen


def test_the_plainest_is_taken_where_answers_are_right(decisions: DecisionLibrary) -> None:
    decision = choose_decision(noisy(wrong=0.0), contract(), decisions, has_shares=True).decision
    assert (decision.weight, decision.shortest) == (256, 1)


def test_a_limit_on_false_alarms_is_kept_or_come_nearest_to(decisions: DecisionLibrary) -> None:
    spec = contract(classes=("normal", "swing", "shake"))
    free = choose_decision(noisy(wrong=0.5), spec, decisions, has_shares=True).score
    for limit in (20.0, 0.0):
        asked = spec.model_copy(update={"false_alarms_per_hour": limit})
        found = choose_decision(noisy(wrong=0.5), asked, decisions, has_shares=True).score
        assert found.value("false_alarms_per_hour") <= min(free.value("false_alarms_per_hour"), max(limit, 20.0))


def test_what_the_goal_asks_for_stands(decisions: DecisionLibrary) -> None:
    exact = contract(behavior=Behavior(debounce=5, debounce_is="exact", refractory_s=2.2))
    assert choose_decision(noisy(), exact, decisions, has_shares=True).decision == Decision(shortest=5, refractory=5)
    assert debounced(exact) == Decision(shortest=5, refractory=5)
    least = contract(behavior=Behavior(debounce=4, debounce_is="least"))
    assert choose_decision(noisy(), least, decisions, has_shares=True).decision.shortest == 4


def test_levels_that_are_no_shares_get_no_thresholds(decisions: DecisionLibrary) -> None:
    decision = choose_decision(noisy(), contract(classes=("ok", "a", "b")), decisions, has_shares=False).decision
    assert (decision.enter, decision.leave, decision.resting) == (0, 0, None)


@pytest.mark.parametrize(
    ("changes", "resting"),
    [
        ({}, None),
        ({"classes": ("swing", "none", "shake")}, 1),
        ({"classes": ("ok", "none", "shake")}, None),
        ({"classes": ("a", "b"), "metric": "class_f1", "metric_class": "b"}, 0),
        ({"classes": ("a", "b"), "metric": "class_f1", "metric_class": "a"}, 1),
        ({"classes": ("a", "b"), "task": "anomaly", "alarms": AlarmLimits()}, 0),
    ],
)
def test_the_class_that_is_no_event(changes: dict[str, object], resting: int | None) -> None:
    assert resting_class(contract(**changes)) == resting


def test_clips_are_not_continuous() -> None:
    assert is_continuous(noisy())
    assert not is_continuous(stream(*[[(1, 15)]] * 100))
    assert not is_continuous(stream([(1, 100)]))
