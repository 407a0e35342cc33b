"""What a user sees of a run: one renderer, three views."""

import io
import json
from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
from rich.console import Console

from nanosmith.agents.briefs import TrialDigest
from nanosmith.graphs import events as ev
from nanosmith.graphs.trace import open_view, render_event
from nanosmith.graphs.trace_live import NowBoard
from nanosmith.graphs.trace_text import bar, sparkline, thinned
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.candidate import RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.data_profile import Baseline, ChannelProfile, ClassProfile, DataNote, DataProfile
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Assumption, Budget, Limits, Spec, WindowSpec
from nanosmith.tools.specs.run import ContractItem, Rehearsal, RunParity, RunTest, Usage
from nanosmith.tools.specs.threshold import Threshold
from nanosmith.tools.specs.trial import (
    BuildReport,
    ClassScore,
    CurvePoint,
    DeviceReport,
    Evaluation,
    EventScore,
    Interval,
    Metric,
    Parity,
)
from nanosmith.tools.specs.verdict import Verdict
from nanosmith.tools.training.number_scoring import evaluate_numbers
from nanosmith.tools.training.scoring import evaluate

HOSTILE = "[/x] [red]wet[/] \x1b[2J\x1b]0;owned\x07 \u202e:smile: {{x}}"
CLEANED = "[/x] [red]wet[/]"

PROFILE = DataProfile(
    kind="series", recordings=40, total_s=1234.5, rate_hz=50.0,
    channels=(ChannelProfile(name="acc_x", unit="g", minimum=-2, maximum=2, mean=0, std=1, missing=0),),
    classes=(ClassProfile(name="walking", recordings=20, samples=30_000, groups=8),
             ClassProfile(name=HOSTILE, recordings=20, samples=31_000, groups=8)),
    group_kind="subject", groups=tuple("abcdefgh"), sealed_groups=3, split_source="by group",
    notes=(DataNote(severity="repair", message="12 empty cells were interpolated", file="s1/walk.csv", line=7),),
)  # fmt: skip
SPEC = Spec(
    title="Wristband", goal="A wristband that tells walking from the rest", board="mps2_an386",
    classes=("walking", HOSTILE), channels=("acc_x",), window=WindowSpec(length=100, hop=25, rate_hz=50.0),
    metric="macro_f1", metric_limit=0.844, metric_limit_source="data",
    budget=Budget(flash_bytes=64_000, ram_bytes=24_000), answers_per_s=2.0,
    assumptions=(Assumption(what="windows of 2 s: a typical movement lasts 1.8 s", source="data"),),
)  # fmt: skip


def device(candidate: str, *, ram_bytes: int = 9_000, equal: int = 200) -> ev.DeviceMeasured:
    report = DeviceReport(
        candidate=candidate, board="mps2_an386", flash_bytes=30_000, ram_bytes=ram_bytes, static_ram_bytes=8_000,
        arena_bytes=5_000, stack_bytes=1_000, instructions=1_250_000, latency_ms=50.0,
        latency_assumption="1.0 instructions a cycle at 25 MHz", parity=Parity(compared=200, equal=equal),
        emulated_on="QEMU mps2-an386",
    )  # fmt: skip
    return ev.DeviceMeasured(report=report, spec=SPEC, score=0.9)


def trial(candidate: str, **changes: object) -> ev.TrialFinished:
    values = {
        "candidate": candidate, "idea": "small", "parameters": {}, "front_end": RawFrontEnd(),
        "training": TrainingSettings(), "status": "complete", "reason": None, "score": 0.9012, "score_low": 0.8701,
        "float_score": 0.9050, "train_accuracy": 0.97, "recall": {"walking": 0.9}, "confused": (("a", HOSTILE, 12),),
        "curve": tuple(CurvePoint(epoch=e, loss=1 / e, train=0.1 * e, validation=0.09 * e) for e in range(1, 10)),
        "weights": 4_000, "macs": 100_000, "device": None, "fits_budget": None,
    }  # fmt: skip
    return ev.TrialFinished(trial=TrialDigest.model_validate(values | changes), metric="macro_f1")


def progress(candidate: str, epoch: int, epochs: int = 30) -> ev.TrainingProgress:
    point = CurvePoint(epoch=epoch, loss=1 / epoch, train=epoch / epochs, validation=epoch / epochs / 2)
    return ev.TrainingProgress(candidate=candidate, part="fold 1 of 3", point=point, epochs=epochs)


def started(*, sandboxed: bool = True) -> ev.RunStarted:
    return ev.RunStarted(
        run="r1", goal=HOSTILE, mind="built-in", mind_note="no model set", limits=Limits(), sandboxed=sandboxed
    )


def finished(*, ram_measured: float = 9_000) -> ev.RunFinished:
    contract = (
        ContractItem(name="macro_f1", limit=0.844, at_least=True, measured=0.8611, met=True),
        ContractItem(name="ram_bytes", limit=24_000, at_least=False, unit="B", measured=ram_measured,
                     met=ram_measured <= 24_000),
        ContractItem(name="latency_ms", limit=500, at_least=False, unit="ms", measured=None, met=None),
    )  # fmt: skip
    return ev.RunFinished(
        status=Status.MET, message="All limits hold.", contract=contract, usage=Usage(wall_s=612.3), folder="runs/r1"
    )


def verified() -> ev.Verified:
    metric = Metric(name="macro_f1", value=0.8611, interval=Interval(low=0.81, high=0.90), n=400)
    evaluation = Evaluation(
        metrics=(metric,), confusion=((10, 1), (2, 9)),
        classes=(ClassScore(name="walking", precision=0.8, recall=0.9, f1=0.85, support=11),),
    )  # fmt: skip
    rate = Metric(name="false_alarms_per_hour", value=9.5, interval=Interval(low=4.0, high=15.0), n=120)
    events = EventScore(metrics=(rate,), events=120, reports=118, found=109, hours=0.95)
    plain = events.model_copy(update={"metrics": (rate.model_copy(update={"value": 140.0}),)})
    test = RunTest(
        metrics=(metric,), n=400, groups=3, evaluation=evaluation, decision=Decision(weight=96), events=events,
        events_unsmoothed=plain,
    )  # fmt: skip
    parity = RunParity(device=Parity(compared=400, equal=400), decisions=Parity(compared=30, equal=30))
    return ev.Verified(parity=parity, test=test)


ALL_EVENTS: tuple[ev.Event, ...] = (
    started(),
    ev.NodeEntered(node="survey"),
    ev.DataProfiled(profile=PROFILE, baseline=Baseline(method=HOSTILE, metric="macro_f1", value=0.844, groups=8)),
    ev.NodeEntered(node="plan"),
    ev.AgentThinking(role="planner", about=HOSTILE),
    ev.PlanMade(spec=SPEC),
    ev.NodeEntered(node="propose"),
    ev.AgentSaid(role="coder", text=HOSTILE + "\nsecond line"),
    ev.CandidateRefused(idea=HOSTILE, findings=(HOSTILE, "layer lstm has no kernel")),
    ev.CandidateProposed(candidate="c01", idea=HOSTILE, front_end=RawFrontEnd(), epochs=30, weights=4_000, macs=90_000,
                         arena_bytes=4_096),
    progress("c01", 1), progress("c01", 6), progress("c01", 7), progress("c01", 30),
    trial("c01"),
    trial("c02", status="failed", reason=HOSTILE, score=None),
    device("c01"),
    ev.MeasureFailed(candidate="c02", reason=HOSTILE),
    ev.VerdictGiven(
        round=1, verdict=Verdict(action="accept", reason=HOSTILE, advice=HOSTILE, best="c01", stop="accepted")
    ),
    ev.ApplicationWritten(mend=0, lines=40, notes=HOSTILE),
    ev.BuildFinished(
        report=BuildReport(ok=False, environment="local", errors=("src/app.c:3:1: error: [-Wfoo] " + HOSTILE,))
    ),
    ev.ApplicationWritten(mend=1, lines=41, notes="the semicolon"),
    ev.BuildFinished(report=BuildReport(ok=True, environment="local", flash_bytes=30_000, static_ram_bytes=8_000)),
    ev.Rehearsed(rehearsal=Rehearsal(answers=30, reports=6, faults=(HOSTILE, "after answer 3 nothing was due"))),
    ev.BillChanged(usage=Usage(calls=3, input_tokens=9_000, output_tokens=800)),
    verified(),
    ev.Note(severity="warning", message=HOSTILE),
    finished(),
)  # fmt: skip


def shown(events: Sequence[ev.Event], mode: str = "plain", *, width: int = 80, terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None,
                      _environ={"TERM": "xterm"})  # fmt: skip
    view = open_view(mode, console)  # type: ignore[arg-type]
    for event in events:
        view.show(event)
    view.close()
    return file.getvalue()


def drawn(event: ev.Event, *, sandboxed: bool = True, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(render_event(event, sandboxed=sandboxed))
    return file.getvalue()


def test_the_samples_cover_every_event_kind() -> None:
    kinds = set(get_args(get_args(ev.Event)[0]))
    assert {type(event) for event in ALL_EVENTS} == kinds


@pytest.mark.parametrize("event", ALL_EVENTS, ids=lambda event: event.kind)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_an_event_fits_the_width_and_holds_no_control_character(event: ev.Event, width: int) -> None:
    text = drawn(event, width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "owned" not in text


FOREIGN = [event for event in ALL_EVENTS if "[red]wet" in str(event.model_dump())]


@pytest.mark.parametrize("event", FOREIGN, ids=lambda event: event.kind)
def test_markup_in_foreign_text_is_shown_not_obeyed(event: ev.Event) -> None:
    text = " ".join(drawn(event, width=400).split())
    if isinstance(event, ev.DeviceMeasured):  # carries the spec, shows only its budgets
        assert "wet" not in text
        return
    assert CLEANED in text
    assert ":smile:" in text


def test_the_same_events_give_the_same_bytes() -> None:
    assert shown(ALL_EVENTS) == shown(ALL_EVENTS)
    assert shown(ALL_EVENTS, "json") == shown(ALL_EVENTS, "json")


def test_plain_lines_hold_no_escape_even_on_a_terminal_width() -> None:
    text = shown(ALL_EVENTS)
    assert "\x1b" not in text
    assert "\r" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_training_is_thinned_to_a_few_lines() -> None:
    text = shown([progress("c01", epoch) for epoch in range(1, 31)])
    epochs = [line.split("epoch ")[1].split(" of")[0] for line in text.splitlines()]
    assert epochs == ["6", "12", "18", "24", "30"]


def test_a_short_training_shows_each_epoch() -> None:
    assert shown([progress("c01", epoch, 3) for epoch in (1, 2, 3)]).count("epoch") == 3


def test_a_heading_that_stands_is_not_repeated() -> None:
    text = shown([ev.NodeEntered(node="train"), ev.NodeEntered(node="train"), ev.NodeEntered(node="measure")])
    assert text.count("train: ") == 1
    assert text.count("measure: ") == 1


def test_json_is_one_event_a_line_and_nothing_else() -> None:
    lines = shown(ALL_EVENTS, "json", terminal=True).splitlines()
    assert len(lines) == len(ALL_EVENTS)
    assert tuple(ev.EVENT.validate_python(json.loads(line)) for line in lines) == ALL_EVENTS


def test_a_verdict_comes_below_the_table_of_all_trials() -> None:
    verdict = ev.VerdictGiven(round=1, verdict=Verdict(action="revise", reason="RAM", best="c02"))
    text = shown([trial("c01"), device("c01", ram_bytes=30_000), trial("c02"), device("c02"), verdict])
    table = text[text.index("flash B") : text.index("round 1")]
    assert "≤ 24,000" in table
    assert "30,000 █████▶" in table
    assert "c02 ★" in table
    assert "200/200" in table


def test_a_budget_overrun_is_said_in_words() -> None:
    assert "125% OVER" in drawn(device("c01", ram_bytes=30_000))
    assert "OVER" not in drawn(device("c01"))


def test_a_device_report_says_what_is_emulated_and_estimated() -> None:
    text = drawn(device("c01"), width=200)
    assert "emulated: QEMU mps2-an386" in text
    assert "latency estimated: 1.0 instructions a cycle at 25 MHz" in text


def test_the_contract_says_met_not_met_and_not_measured() -> None:
    text = drawn(finished(ram_measured=25_500))
    assert "not met: 1,500 B over" in text
    assert "not measured" in text
    assert "0.8611" in text


def test_the_plan_names_each_limit_and_where_it_comes_from() -> None:
    text = " ".join(drawn(ev.PlanMade(spec=SPEC)).split())
    assert "macro-F1 ≥ 0.8440" in text
    assert "flash ≤ 64,000 B" in text
    assert "RAM ≤ 24,000 B" in text
    assert "latency ≤ 500 ms" in text
    assert "assumed from the data: windows of 2 s" in text


def test_a_budget_the_goal_does_not_name_is_not_drawn_as_a_bar() -> None:
    free = SPEC.model_copy(update={"budget": Budget()})
    assert "what the board has" in drawn(ev.PlanMade(spec=free))
    assert drawn(device("c01").model_copy(update={"spec": free})).count("no limit named") == 2


def test_without_a_sandbox_every_line_that_matters_says_so() -> None:
    text = shown([started(sandboxed=False), *ALL_EVENTS[1:]])
    kinds = {
        "candidate_proposed",
        "trial_finished",
        "device_measured",
        "build_finished",
        "rehearsed",
        "verified",
        "run_finished",
    }
    risky = [event for event in ALL_EVENTS if event.kind in kinds]
    assert "--unsafe-no-sandbox" in text
    assert text.count("NO SANDBOX: untrusted code") == len(risky)
    assert "NO SANDBOX" not in shown(ALL_EVENTS)


def test_the_live_view_draws_who_thinks_and_what_trains() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    view = open_view("auto", console)
    view.show(started())
    view.show(ev.AgentThinking(role="coder", about="the next network"))
    for epoch in range(1, 13):
        view.show(progress("c01", epoch))
        view.show(progress("c02", epoch))
    view._live.refresh()  # type: ignore[attr-defined]
    text = file.getvalue()
    view.close()
    assert "coder thinks about the next network" in text
    assert "12/30" in text
    assert sparkline([epoch / 60 for epoch in range(1, 13)]) in text
    assert "validation 0.200" in text


def test_the_live_view_takes_a_finished_training_off_its_board() -> None:
    board = NowBoard()
    for event in (progress("c01", 3), progress("c02", 4), trial("c01")):
        board.take(event)
    file = io.StringIO()
    Console(file=file, width=80, color_system=None).print(board)
    assert "c02" in file.getvalue()
    assert "c01" not in file.getvalue()


def test_a_word_in_between_does_not_end_the_thinking() -> None:
    board = NowBoard()
    for event in (
        ev.AgentThinking(role="coder", about="it"),
        ev.AgentSaid(role="coder", text="hm"),
        ev.Note(message="x"),
    ):
        board.take(event)
    file = io.StringIO()
    Console(file=file, width=80, color_system=None).print(board)
    assert "coder thinks about it" in file.getvalue()


def test_running_trainings_stand_on_one_line_each() -> None:
    board = NowBoard()
    for epoch in range(1, 401):
        board.take(progress("c01", epoch, 400))
    for width in (50, 80):
        file = io.StringIO()
        Console(file=file, width=width, color_system=None).print(board)
        assert len(file.getvalue().splitlines()) == 1


def test_long_lists_of_names_are_cut() -> None:
    many = SPEC.model_copy(update={"channels": tuple(f"ch{i}" for i in range(561))})
    assert "and 537 more" in drawn(ev.PlanMade(spec=many))


def test_the_live_view_leaves_only_what_scrolled() -> None:
    text = shown(ALL_EVENTS, "auto", terminal=True)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # the cursor is back
    assert "CONTRACT MET" in text


def test_a_console_that_is_no_terminal_gets_plain_lines() -> None:
    assert shown(ALL_EVENTS, "auto") == shown(ALL_EVENTS, "plain")


def test_a_console_without_unicode_does_not_end_the_run() -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=80, color_system=None)
    view = open_view("plain", console)
    for event in ALL_EVENTS:
        view.show(event)
    console.file.flush()
    assert b"CONTRACT MET" in raw.getvalue()


@pytest.mark.parametrize(
    ("share", "expected"), [(0, "░░░░"), (0.5, "██░░"), (1.0, "████"), (1.001, "███▶"), (9.0, "███▶")]
)
def test_a_bar_shows_its_share_and_marks_an_overrun(share: float, expected: str) -> None:
    assert bar(share, 4).plain == expected


def test_a_sparkline_spans_lowest_to_highest() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([0.3, 0.3]) == "▄▄"
    assert sparkline([]) == ""


def test_thinning_keeps_both_ends() -> None:
    assert thinned(list(range(100)), 3) == [0, 50, 99]


def test_events_stand_below_the_sealed_test() -> None:
    text = " ".join(drawn(verified(), width=200).split())
    assert "30 of 30 decisions equal, byte for byte" in text
    assert "false alarms an hour 9.5 (95 % interval 4 to 15); 140 if each answer were reported at once" in text
    assert "120 events in 0.95 hours, 118 reports" in text


def test_an_alarms_sealed_test_is_told_by_its_rates() -> None:
    labels, said = np.array([0] * 20 + [1] * 20), np.array([0] * 18 + [1] * 2 + [1] * 15 + [0] * 5)
    found = evaluate(labels, said, ("normal", "fault"), np.arange(40) // 4, alarms=True)
    test = RunTest(metrics=found.metrics, n=40, groups=10, evaluation=found)
    text = drawn(ev.Verified(parity=verified().parity, test=test))
    assert "false alarms 0.1000" in text
    assert "missed alarms 0.2500" in text
    assert "balanced accuracy" in text
    assert "macro-F1" not in text
    assert "sealed test  accuracy" not in text


def test_a_numbers_sealed_test_is_told_by_its_errors() -> None:
    truth = np.linspace(0, 9, 40)
    limit = Threshold(side="above", value=5.0, margin=0.1)
    found = evaluate_numbers(truth, truth + 0.5, np.arange(40) // 4, unit="kg", thresholds=[limit])
    test = RunTest(metrics=found.metrics, n=40, groups=10, evaluation=found)
    text = " ".join(drawn(ev.Verified(parity=verified().parity, test=test)).split())
    assert "mean absolute error 0.5 kg" in text
    assert "root mean square error 0.5 kg" in text
    assert "variance explained (R²) 0.9" in text
    assert "above 5 kg: 38 of 40 windows on the right side; 2 of 22 (9.1%) false alarms" in text


def test_an_alarms_trial_and_table_tell_its_rates() -> None:
    events = [trial("c01", rates={"false_alarm_rate": 0.08, "missed_alarm_rate": 0.2}), device("c01")]
    assert "false alarms 8.0%  missed alarms 20.0%" in drawn(events[0])
    verdict = ev.VerdictGiven(round=1, verdict=Verdict(action="revise", reason="RAM", best="c01"))
    table = shown([*events, verdict], width=120)
    assert "false alarms  missed alarms" in table
    row = next(line for line in table.splitlines() if line.strip().startswith("c01 ★"))
    assert row.split()[2:4] == ["8.0%", "20.0%"]
