"""The built-in trainer-critic: when it accepts, what it finds, and that its words reach the coder."""

from typing import Any

import profiles
import pytest
from trials import make_curve, make_device, make_trial

from nanosmith.agents.builtin.diagnosis import diagnose
from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.coder import TrialDigest
from nanosmith.agents.planner import PlannerBrief
from nanosmith.agents.trainer_critic import CriticBrief, review
from nanosmith.tools.contract import check_contract
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.verdict import Review

BOARD = next(board for board in profiles.boards() if board.id == "mps2_an386")


def contract(goal: str = "walking and sitting, macro-F1 of .85, 24 kB RAM, 64 kB flash") -> Spec:
    brief = PlannerBrief(
        goal=goal, profile=profiles.wrist(), baseline=profiles.yardstick(0.85), boards=profiles.boards()
    )
    return BuiltinMind().think(brief)


def judge(
    trials: list[TrialDigest], *, done: int, rounds: int = 3, spec: Spec | None = None, best: str | None = ""
) -> Review:
    spec = spec or contract()
    fitting = [trial for trial in trials if trial.score is not None and trial.fits_budget]
    winner = max(fitting, key=lambda trial: trial.score or 0.0, default=None)
    if best == "":
        best = None if winner is None else winner.candidate
    items = check_contract(spec, BOARD, score=winner and winner.score, device=winner and winner.device)
    brief = CriticBrief(
        spec=spec, board=BOARD, trials=tuple(trials), round=done, rounds=rounds, best=best, contract=items
    )
    return review(BuiltinMind(), brief)


def test_a_score_clearly_above_the_goals_limit_is_accepted_at_once() -> None:
    verdict = judge([make_trial(1, 0.93)], done=1)
    assert verdict.action == "accept"
    assert "0.900" in verdict.reason


def test_a_score_within_its_interval_of_the_goals_limit_is_improved_while_it_gains() -> None:
    trials = [make_trial(1, 0.86)]
    assert judge(trials, done=1).action == "revise"
    trials.append(make_trial(2, 0.87))
    assert judge(trials, done=2).action == "revise"
    trials.append(make_trial(3, 0.872))
    assert judge(trials, done=3, rounds=5).action == "accept"


def test_a_yardstick_from_the_data_does_not_end_the_search() -> None:
    spec = contract("walking and sitting, 24 kB RAM")
    assert spec.metric_limit_source == "data"
    assert judge([make_trial(1, 0.95)], done=1, spec=spec).action == "revise"
    assert judge([make_trial(1, 0.95), make_trial(2, 0.97)], done=2, spec=spec).action == "revise"
    assert judge([make_trial(1, 0.95), make_trial(2, 0.951)], done=2, spec=spec).action == "accept"
    assert judge([make_trial(1, 0.996)], done=1, spec=spec).action == "accept"


def test_rounds_used_up_accepts_what_is_met_and_stops_what_is_not() -> None:
    assert judge([make_trial(1, 0.86)], done=1, rounds=1).action == "accept"
    verdict = judge([make_trial(1, 0.7)], done=1, rounds=1)
    assert verdict.action == "stop"
    assert "0.7" in verdict.reason
    assert "0.85" in verdict.reason


def test_nothing_deployable_is_never_accepted() -> None:
    over = make_trial(1, 0.99, fits_budget=False, device=make_device(ram=30_000))
    assert judge([over], done=1).action == "revise"
    assert judge([over], done=1, rounds=1).action == "stop"
    assert judge([make_trial(1, None, status="failed", reason="loss is NaN", device=None)], done=1).action == "revise"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"device": make_device(flash=70_000)}, "flash"),
        ({"device": make_device(ram=25_000)}, "ram"),
        ({"device": make_device(latency_ms=600.0)}, "latency"),
        ({"train_accuracy": 0.99, "score": 0.8}, "overfitting"),
        ({"train_accuracy": 0.8, "score": 0.79}, "underfitting"),
        ({"train_accuracy": 0.95, "curve": make_curve([0.5, 0.6, 0.7, 0.8, 0.85, 0.9])}, "underfitting"),
        ({"float_score": 0.95, "score": 0.9}, "quantization"),
        ({"confused": (("SEATED", "WALKING", 12),)}, "confusion"),
        ({"recall": {"SEATED": 0.5, "WALKING": 0.95, "TURNING": 0.95}}, "weak class"),
        ({"score": 0.8, "train_accuracy": 0.84}, "headroom"),
        ({"status": "timed_out", "score": None, "reason": "after 600 s"}, "failed"),
    ],
)
def test_each_fault_is_found_and_named(more: dict[str, Any], kind: str) -> None:
    spec = contract("walking and sitting, macro-F1 of .85, 24 kB RAM, 64 kB flash, 2 answers per second")
    found = diagnose(spec, BOARD, make_trial(1, **({"score": 0.9} | more)))
    assert kind in [finding.kind for finding in found]
    clean = diagnose(spec, BOARD, make_trial(1, 0.9, train_accuracy=0.93))
    assert kind not in [finding.kind for finding in clean]


def test_advice_starts_each_line_with_a_word_that_the_coder_acts_on() -> None:
    from nanosmith.agents.builtin.design_space_moves import hints

    worst = make_trial(
        1, 0.7, train_accuracy=0.99, float_score=0.8, device=make_device(flash=90_000, ram=40_000), fits_budget=True,
        confused=(("SEATED", "WALKING", 12),),
    )  # fmt: skip
    advice = judge([worst], done=1, best="c01").advice
    assert hints(advice) == ("flash", "ram", "overfitting", "quantization", "confusion")


def test_hostile_reasons_are_cleaned_and_bounded() -> None:
    reason = "\x1b[31mloss\x07 is NaN\u202e " + "x" * 5000
    verdict = judge([make_trial(n, None, status="failed", reason=reason, device=None) for n in (1, 2, 3)], done=1)
    assert len(verdict.advice) <= 2000
    assert "\x1b" not in verdict.advice
    assert "\u202e" not in verdict.advice
