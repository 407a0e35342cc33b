"""The contract as numbers."""

import pytest

from nanosmith.tools.contract import (
    check_contract,
    contract_is_met,
    distance,
    latency_limit_ms,
    overrun,
    too_few_to_promise,
)
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.data_profile import ClassProfile, DataProfile
from nanosmith.tools.specs.device_spec import AlarmLimits, Budget, Spec, WindowSpec
from nanosmith.tools.specs.trial import DeviceReport, Parity

BOARD = Board(
    id="b", name="B", core="cortex-m4f", clock_hz=25e6, flash_bytes=1000, ram_bytes=500, instructions_per_cycle=1.0,
    emulation=None,
)  # fmt: skip
SPEC = Spec(
    title="t", goal="g", board="b", classes=("a", "b"), channels=("x",),
    window=WindowSpec(length=10, hop=5, rate_hz=10.0),
    metric="accuracy", metric_limit=0.9, metric_limit_source="goal", budget=Budget(ram_bytes=100), answers_per_s=2.0,
)  # fmt: skip


def device(*, flash: int = 900, ram: int = 80, latency: float = 10.0) -> DeviceReport:
    return DeviceReport(
        candidate="c01", board="b", flash_bytes=flash, ram_bytes=ram, static_ram_bytes=0, arena_bytes=0, stack_bytes=0,
        instructions=1, latency_ms=latency, latency_assumption="", parity=Parity(compared=1, equal=1), emulated_on="",
    )  # fmt: skip


def test_everything_within_its_limit_is_met() -> None:
    items = check_contract(SPEC, BOARD, score=0.9, device=device())
    assert contract_is_met(items)
    assert distance(items) == ""
    assert overrun(items) == 0


def test_a_budget_that_is_not_named_is_the_boards_memory() -> None:
    items = {item.name: item for item in check_contract(SPEC, BOARD, score=0.9, device=device(flash=1001))}
    assert items["flash_bytes"].limit == 1000
    assert items["flash_bytes"].met is False


def test_an_answer_rate_is_a_latency_limit_unless_one_is_named() -> None:
    assert latency_limit_ms(SPEC) == 500
    assert latency_limit_ms(SPEC.model_copy(update={"budget": Budget(latency_ms=7.0)})) == 7
    assert latency_limit_ms(SPEC.model_copy(update={"answers_per_s": None})) is None


def test_what_is_missed_is_told_with_its_distance() -> None:
    items = check_contract(SPEC, BOARD, score=0.85, device=device(ram=150))
    assert not contract_is_met(items)
    assert overrun(items) == pytest.approx(0.5)
    assert "accuracy 0.8500 is 0.0500 short of 0.9000" in distance(items)
    assert "RAM 150 B is 50 B over 100 B" in distance(items)


def test_rates_of_alarms_are_limits_but_no_budget() -> None:
    guard = SPEC.model_copy(update={"task": "anomaly", "alarms": AlarmLimits(false_alarms=0.1, missed_alarms=0.3)})
    rates = {"false_alarm_rate": 0.25, "missed_alarm_rate": 0.1}
    items = check_contract(guard, BOARD, score=0.95, device=device(), rates=rates)
    found = {item.name: item.met for item in items}
    assert (found["false_alarm_rate"], found["missed_alarm_rate"]) == (False, True)
    assert overrun(items) == 0
    assert "false alarms 0.2500 is 0.1500 over 0.1000" in distance(items)
    unknown = check_contract(guard, BOARD, score=0.95, device=device(), rates={"false_alarm_rate": 0.05})
    assert not contract_is_met(unknown)
    assert distance(unknown) == "missed alarms could not be measured"
    alone = guard.model_copy(update={"alarms": AlarmLimits(missed_alarms=None)})
    names = [item.name for item in check_contract(alone, BOARD, score=0.95, device=device(), rates=rates)]
    assert "missed_alarm_rate" not in names


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    items = check_contract(SPEC, BOARD, score=None, device=None)
    assert all(item.met is None for item in items)
    assert not contract_is_met(items)


@pytest.mark.parametrize(
    ("share", "groups", "kind", "doubted"),
    [(0.05, 18, "machine", True), (0.05, 19, "machine", False), (0.1, 5, None, False), (0.03, 5, None, True)],
)
def test_a_rate_of_alarms_that_too_few_normal_recordings_can_promise_is_said(
    share: float, groups: int, kind: str | None, doubted: bool
) -> None:
    guard = SPEC.model_copy(update={"task": "anomaly", "alarms": AlarmLimits(false_alarms=share)})
    normal = ClassProfile(name="a", recordings=30, samples=900, groups=groups)
    profile = DataProfile(
        kind="series", recordings=31, total_s=None, rate_hz=10.0, channels=(), classes=(normal,), group_kind=kind,
        groups=(), sealed_groups=0, split_source="by group",
    )  # fmt: skip
    said = too_few_to_promise(guard, profile)
    assert (said is not None) == doubted
    if said is not None:
        assert f"another {kind or 'recording'}" in said
        assert f"there are {groups if kind else 30}" in said
    assert too_few_to_promise(SPEC, profile) is None
