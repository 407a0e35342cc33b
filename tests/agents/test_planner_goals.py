"""The built-in planner on goals of many kinds, each line a goal and what its contract must hold."""

from collections.abc import Callable
from typing import Any

import profiles
import pytest

from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.planner import Plan, PlannerBrief, plan
from nanosmith.tools.errors import GoalUnclear, UnknownBoard
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import Spec

WRIST = (
    "A wristband that tells sitting, standing up, walking, turning and sitting down apart from its accelerometer and "
    "gyroscope. Nucleo-class Cortex-M4, at most 24 kB of RAM and 64 kB of flash, an answer twice a second."
)
ACC = ("x_acc", "y_acc", "z_acc")

GOALS: list[tuple[Callable[[], DataProfile], str, dict[str, Any]]] = [
    (
        profiles.wrist,
        WRIST,
        {
            "flash": 64_000,
            "ram": 24_000,
            "rate": 2.0,
            "classes": 5,
            "metric": "macro_f1",
            "hop": 50,
            "limit": 0.734,
            "source": "data",
            "length": 172,
        },
    ),
    (profiles.wrist, "99.9 % in 1 kB of RAM", {"limit": 0.999, "source": "goal", "ram": 1000, "board": "mps2_an386"}),
    (
        profiles.wrist,
        "Tell walking from sitting, from the accelerometer alone, on an MPS2 with a Cortex-M3.",
        {"classes": ("SEATED", "WALKING"), "channels": ACC, "board": "mps2_an385"},
    ),
    (
        profiles.wrist,
        "A bracelet that notices turning; everything else does not matter. 20k RAM, 64k flash, micro:bit",
        {"classes": 5, "ram": 20_000, "flash": 64_000, "board": "microbit"},
    ),
    (
        profiles.wrist,
        "Recognize all motions except turning, at least 90 % accuracy, within 100 ms",
        {
            "classes": ("SEATED", "STANDING_UP", "WALKING", "SITTING_DOWN"),
            "metric": "accuracy",
            "limit": 0.9,
            "latency": 100,
        },
    ),
    (
        profiles.wrist,
        "Someone walks or sits: which? macro-F1 of .9, flash under 40 KiB, RAM: 16 KiB, looks at two seconds",
        {
            "classes": ("SEATED", "WALKING"),
            "metric": "macro_f1",
            "limit": 0.9,
            "flash": 40_960,
            "ram": 16_384,
            "length": 200,
        },
    ),
    (
        profiles.wrist,
        "Count how often I stand up. Answers every half second, RAM below 20,000 bytes, 3 windows in a row.",
        {"rate": 2.0, "ram": 20_000, "debounce": 3, "reactions": 1},
    ),
    (
        profiles.wrist,
        "Walking, turning: react immediately and light the LED. 10 times per second on a Cortex-M33.",
        {"rate": 10.0, "hop": 10, "debounce": 1, "board": "mps2_an505", "reactions": 1},
    ),
    (
        profiles.wrist,
        "Detect walking with an inference time of at most 5 ms and a one-second window on a Cortex-M7.",
        {"latency": 5, "length": 100, "board": "mps2_an500"},
    ),
    (
        profiles.wrist,
        "Warn when somebody has been seated for more than 3 s, 1 answer per second",
        {"rate": 1.0, "hop": 100, "debounce": 3, "reactions": 1},
    ),
    (
        profiles.har,
        "Walking, climbing upstairs, going downstairs, sitting, standing and lying down: 95% "
        "accuracy, flash "
        "under 40 kB and RAM under 20 kB on an STM32F405",
        {
            "classes": 6,
            "metric": "accuracy",
            "limit": 0.95,
            "flash": 40_000,
            "ram": 20_000,
            "board": "netduinoplus2",
            "length": 128,
            "hop": 128,
            "channels": 9,
        },
    ),
    (
        profiles.har,
        "Activity from a phone's gyroscope, accuracy above 0.9, less than 1 MB flash",
        {"channels": ("body_gyro_x", "body_gyro_y", "body_gyro_z"), "limit": 0.9, "flash": 1_000_000},
    ),
    (
        profiles.har,
        "Sitting or standing? Balanced accuracy at least ninety percent... or 90 percent, RAM 8k, Cortex-M55",
        {
            "classes": ("SITTING", "STANDING"),
            "metric": "balanced_accuracy",
            "limit": 0.9,
            "ram": 8000,
            "board": "mps3_an547",
        },
    ),
    (
        profiles.appliances,
        "Which appliance is on the plug: coffee machine, fridge, kettle or television? Looks "
        "at ten minutes "
        "of power. 64k flash, 16 KiB RAM",
        {"classes": ("coffee_maker", "kettle", "refrigerator", "tv"), "length": 600, "flash": 64_000, "ram": 16_384},
    ),
    (
        profiles.appliances,
        "Tell all seven appliances apart by their power, an answer every minute, fewer than 20 % errors",
        {"classes": 7, "rate": pytest.approx(1 / 60), "hop": 60, "limit": 0.8, "length": 256},
    ),
    (
        profiles.appliances,
        "Is the washing machine or the dish washer running? F1 score of 0.8",
        {"classes": ("dishwasher", "washing_machine"), "metric": "macro_f1", "limit": 0.8},
    ),
    (
        profiles.ecg,
        "Detect PVC beats in an ECG on a Cortex-M0, macro-F1 of .9, latency below 50 ms",
        {"classes": 2, "metric": "macro_f1", "limit": 0.9, "latency": 50, "board": "microbit"},
    ),
    (
        profiles.ecg,
        "A chest strap that spots extra heart beats: sensitivity of 95 %, 32 kB flash",
        {"metric": "balanced_accuracy", "limit": 0.95, "flash": 32_000, "classes": 2},
    ),
    (profiles.ecg, "Detect PVC beats; at least .85 macro-F1", {"metric": "macro_f1", "limit": 0.85}),
    (
        profiles.ecg,
        "Detect PVC beats with a macro-F1 of 0.8. Send an alert at each, within 0.5 s.",
        {"metric": "macro_f1", "limit": 0.8, "latency": 500},
    ),
    (
        profiles.ecg,
        "Blink an LED at each PVC. Flash at most 30 kB. 250 Hz.",
        {"flash": 30_000, "reactions": 1, "rate_hz": 360.0},
    ),
    (
        profiles.forest,
        "A ranger's box that hears chainsaws and crackling fire among everything else and lights an LED.",
        {"classes": 10, "reactions": 1, "length": 80_000},
    ),
    (
        profiles.forest,
        "Tell a barking dog, a rooster and a crying baby apart; 128 kB RAM, 256 kB flash",
        {"classes": ("dog_bark", "baby_cry", "rooster"), "ram": 128_000, "flash": 256_000},
    ),
    (
        profiles.forest,
        "Wildlife monitor on an Arm MPS3 board: 85 percent of the time right, once every 2 s",
        {"classes": 10, "metric": "accuracy", "limit": 0.85, "rate": 0.5},
    ),
    (
        profiles.keywords,
        "Recognize the words yes, no, up and down from the microphone, 10 times per second",
        {"classes": ("yes", "no", "up", "down"), "rate": 10.0, "hop": 1600},
    ),
    (profiles.keywords, "A voice switch for a lamp", {"classes": 12, "source": "data"}),
    (
        profiles.spoken,
        "Read the digits 0 to 9 from speech, accuracy above 0.9",
        {"classes": 10, "metric": "accuracy", "limit": 0.9},
    ),
    (profiles.spoken, "Hear the digits one, two and three", {"classes": ("1", "2", "3")}),
    (
        profiles.pipeline,
        "Recognise the twelve leakage states of a gas pipeline; 90 percent, within 100 ms",
        {"classes": 12, "limit": 0.9, "latency": 100, "length": 1460, "hop": 1460, "debounce": 1},
    ),
    (
        profiles.pump,
        "Tell when the pump behaves abnormally, from pressure and flow rate, every 2 s; buzz "
        "after three times in a row",
        {
            "classes": 2,
            "channels": ("Pressure", "Volume Flow RateRMS"),
            "hop": 2,
            "rate": 0.5,
            "debounce": 3,
            "reactions": 1,
        },
    ),
    (
        profiles.pump,
        "Anomaly detector for a water pump with 2 accelerometers, 24 kB RAM max",
        {"channels": ("Accelerometer1RMS", "Accelerometer2RMS"), "ram": 24_000, "metric": "balanced_accuracy"},
    ),
    (
        profiles.signs,
        "Read hand signs for digits from the camera, on a Cortex-M7 with 128 kB RAM and 256 "
        "kB of flash; fewer "
        "than 5 % mistakes",
        {"classes": 10, "limit": 0.95, "ram": 128_000, "flash": 256_000, "length": 1, "board": "mps2_an500"},
    ),
    (
        profiles.signs,
        "classify pictures of hands; it must fit in 100 kB; memory at most 64 kB",
        {"flash": 100_000, "ram": 64_000, "classes": 10},
    ),
    (
        profiles.wrist,
        "Erkenne GEHEN (walking) und sitting, 24 kB RAM",
        {"classes": ("SEATED", "WALKING"), "ram": 24_000},
    ),
    (
        profiles.wrist,
        "walking vs. turning, 95 % of the RAM may be used, 80 % right, 2x per second",
        {"limit": 0.8, "rate": 2.0, "classes": ("WALKING", "TURNING")},
    ),
]


def think(goal: str, profile: DataProfile, board: str | None = None) -> Spec:
    brief = PlannerBrief(
        goal=goal, profile=profile, baseline=profiles.yardstick(), boards=profiles.boards(), board=board
    )
    spec = plan(BuiltinMind(), brief)
    assert brief.faults(spec) == ()
    return spec


@pytest.mark.parametrize(("profile", "goal", "wanted"), GOALS, ids=[goal[:40] for _, goal, _ in GOALS])
def test_goal_becomes_contract(profile: Callable[[], DataProfile], goal: str, wanted: dict[str, Any]) -> None:
    spec = think(goal, profile())
    found = {
        "flash": spec.budget.flash_bytes, "ram": spec.budget.ram_bytes, "latency": spec.budget.latency_ms,
        "rate": spec.answers_per_s, "metric": spec.metric, "limit": spec.metric_limit, "board": spec.board,
        "source": spec.metric_limit_source, "hop": spec.window.hop, "length": spec.window.length,
        "rate_hz": spec.window.rate_hz, "debounce": spec.behavior.debounce, "reactions": len(spec.behavior.reactions),
        "classes": spec.classes, "channels": spec.channels,
    }  # fmt: skip
    for name, value in wanted.items():
        seen = found[name]
        if isinstance(value, int) and isinstance(seen, tuple):
            seen = len(seen)
        assert seen == value, name
    for budget in ("flash", "ram", "latency"):
        assert budget in wanted or found[budget] is None, f"{budget} was read out of nothing"


@pytest.mark.parametrize(
    "goal",
    [
        "",
        "   ",
        "1234 !!",
        "?!?",
        "asdf qwer zxcv",
        "lorem ipsum dolor sit amet",
        "Write me a poem about love",
        "blah blah",
        "\u4f60\u597d",
    ],
)
def test_goal_without_a_device_is_unclear(goal: str) -> None:
    with pytest.raises(GoalUnclear, match="WALKING"):
        think(goal, profiles.wrist())


def test_an_impossible_score_is_unclear() -> None:
    with pytest.raises(GoalUnclear, match="120 %"):
        think("Tell walking from sitting with 120 % accuracy", profiles.wrist())


@pytest.mark.parametrize(
    ("goal", "name"),
    [
        ("Tell walking from sitting on a FooBar-9000 board", "FooBar-9000"),
        ("walking or sitting, on an ESP32-S3", "ESP32-S3"),
        ("walking or sitting on a Nucleo-L476RG", "Nucleo-L476RG"),
        ("walking on an Arduino Uno", "Arduino Uno"),
        ("walking; the board is called Zephyrus7.", "Zephyrus7"),
    ],
)
def test_unknown_board_is_named_with_its_nearest(goal: str, name: str) -> None:
    with pytest.raises(UnknownBoard) as caught:
        think(goal, profiles.wrist())
    assert caught.value.name == name
    assert caught.value.nearest
    assert set(caught.value.nearest) <= {board.id for board in profiles.boards()}


def test_nearest_board_to_a_misspelled_one_comes_first() -> None:
    with pytest.raises(UnknownBoard) as caught:
        think("walking on a Nucleo-F446ZE", profiles.wrist())
    assert caught.value.nearest[0] == "nucleo_f446re"


@pytest.mark.parametrize(
    "goal", ["walking on a small board", "A walking detector on our own IMU board", "walking, shown on a dashboard"]
)
def test_ordinary_words_before_board_name_none(goal: str) -> None:
    spec = think(goal, profiles.wrist())
    assert spec.board == "mps2_an386"
    assert any(note.source == "default" and "mps2_an386" in note.what for note in spec.assumptions)


def test_the_board_on_the_command_line_outranks_the_goal() -> None:
    assert think("walking on a FooBar-9000 board", profiles.wrist(), board="microbit").board == "microbit"
    assert think("walking on a micro:bit", profiles.wrist(), board="mps2_an500").board == "mps2_an500"


def test_what_the_goal_does_not_say_is_stated() -> None:
    spec = think("A wearable", profiles.wrist())
    told = " | ".join(f"{note.source}: {note.what}" for note in spec.assumptions)
    for part in ("default: board", "data: all 5 classes", "data: all 6 channels", "data: windows of 1.72 s",
                 "data: scored by macro_f1", "0.734", "default: a class is reported after 3"):  # fmt: skip
        assert part in told, part


def test_a_sensor_that_the_data_lacks_is_stated() -> None:
    spec = think("Tell walking from sitting with a magnetometer", profiles.wrist())
    assert len(spec.channels) == 6
    assert any("no magnetometer" in note.what for note in spec.assumptions)


def test_a_rate_of_answers_that_the_data_cannot_give_is_stated() -> None:
    spec = think("Leak detector, 10 answers per second", profiles.pipeline())
    assert spec.answers_per_s is None
    assert any("no rate" in note.what and note.source == "data" for note in spec.assumptions)
    spec = think("Walking or sitting, 10 answers per second", profiles.har())
    assert spec.window.hop == 128
    assert any("window of the data, every 2.56 s" in note.what for note in spec.assumptions)


def test_same_goal_same_contract_and_long_goals_are_read_in_bounded_time() -> None:
    goal = WRIST + " at most 24 kB of" * 20_000
    assert think(goal, profiles.wrist()) == think(goal, profiles.wrist())


def contract(profile: DataProfile, goal: str) -> Spec:
    return plan(
        BuiltinMind(), PlannerBrief(goal=goal, profile=profile, baseline=profiles.yardstick(), boards=profiles.boards())
    )


@pytest.mark.parametrize(
    ("sizes", "goal", "metric", "of"),
    [
        ({"PVC": 500, "other": 9000}, "An ECG patch that finds PVC.", "class_f1", "PVC"),
        ({"PVC": 500, "other": 9000}, "An ECG patch that finds PVC with an F1 of at least 95 %.", "class_f1", "PVC"),
        ({"PVC": 500, "other": 9000}, "An ECG patch that finds PVC, macro-F1 of .9", "macro_f1", None),
        ({"PVC": 500, "other": 9000}, "An ECG patch that finds PVC with 95 % accuracy", "accuracy", None),
        ({"PVC": 500, "other": 1000}, "An ECG patch that finds PVC.", "macro_f1", None),
        ({"PVC": 500, "other": 9000, "noise": 9000}, "An ECG patch for PVC, noise and other.", "macro_f1", None),
    ],
)
def test_a_rare_class_of_two_is_what_counts(sizes: dict[str, int], goal: str, metric: str, of: str | None) -> None:
    spec = contract(profiles.make_profile(sizes, ["mV"], rate_hz=360.0, clip_s=2.0), goal)
    assert (spec.metric, spec.metric_class) == (metric, of)
    assert any("'PVC'" in a.what and "rare" in a.what for a in spec.assumptions) == (metric == "class_f1")


def test_events_are_windowed_around_themselves_and_that_is_said() -> None:
    profile = profiles.make_profile({"PVC": 500, "other": 9000}, ["mV"], rate_hz=360.0, event_gap_s=0.8)
    spec = contract(profile, "An ECG patch that finds PVC.")
    assert (spec.window.around_events, spec.window.length, spec.window.hop) == (True, 896, 56)
    assert spec.behavior.debounce == 1
    assert any("between events nothing was tested" in a.what for a in spec.assumptions)
    grid = spec.model_copy(update={"window": spec.window.model_copy(update={"around_events": False})})
    brief = PlannerBrief(goal=spec.goal, profile=profile, baseline=profiles.yardstick(), boards=profiles.boards())
    assert brief.faults(spec) == ()
    assert any("around_events" in fault for fault in brief.faults(grid))
    assert any("metric_class" in fault for fault in brief.faults(spec.model_copy(update={"metric_class": None})))


PUMP = "A pump's guard that raises an alarm when it runs abnormally"


def _machine(classes: dict[str, int] | list[str], **more: Any) -> DataProfile:
    return profiles.make_profile(classes, ["vibration", "current"], rate_hz=10.0, **more)


def test_an_alarm_for_the_abnormal_is_an_anomaly_task_with_limits_on_both_rates() -> None:
    goal = f"{PUMP}, with at most 15 % false alarms and 30 % missed alarms, having taken its first 5 minutes as normal."
    spec = think(goal, _machine({"faulty": 900, "Normal": 2000}))
    assert spec.task == "anomaly"
    assert spec.classes == ("Normal", "faulty")
    assert spec.alarms is not None
    assert (spec.alarms.false_alarms, spec.alarms.missed_alarms) == (0.15, 0.3)
    assert (spec.metric, spec.metric_limit, spec.metric_limit_source) == ("balanced_accuracy", 0.775, "goal")
    assert spec.window.reference == 3_000
    assert any("first 3000 samples" in assumption.what for assumption in spec.assumptions)


@pytest.mark.parametrize(
    ("words", "false", "missed"),
    [
        ("", 0.1, 0.3),
        ("; false alarms below 5 %, it misses at most 20 %", 0.05, 0.2),
        ("; it catches at least 80 % of faults with 2 % false positives", 0.02, 0.2),
        ("; a missed alarm rate of 25 percent", 0.1, 0.25),
    ],
)
def test_rates_of_alarms_are_read_in_many_words(words: str, false: float, missed: float) -> None:
    spec = think(PUMP + words, _machine(["ok", "broken"]))
    assert spec.alarms is not None
    assert (spec.alarms.false_alarms, spec.alarms.missed_alarms) == (false, missed)
    assert spec.window.reference == 0


def test_several_faults_become_one_unless_the_goal_tells_them_apart() -> None:
    data = _machine(["healthy", "inner race", "outer race", "ball"])
    assert think("Detect faults of a bearing", data).classes == ("healthy", "abnormal")
    told = think("Tell whether a bearing is healthy or which fault it has: inner race, outer race or ball", data)
    assert told.task == "classify"
    assert len(told.classes) == 4


def test_normal_recordings_alone_are_enough_for_an_alarm_and_for_nothing_else() -> None:
    data = _machine(["normal"])
    spec = think(PUMP, data)
    assert spec.classes == ("normal", "abnormal")
    assert spec.alarms is not None
    assert spec.alarms.missed_alarms is None
    assert spec.metric_limit == 0.9
    with pytest.raises(GoalUnclear, match="one class alone, 'normal'"):
        think("Tell the states of a pump apart", data)


def test_without_a_class_that_is_called_normal_the_larger_of_two_is_and_that_is_said() -> None:
    spec = think(PUMP, _machine({"a": 100, "b": 900}))
    assert spec.classes == ("b", "a")
    assert any("taken to be class 'b'" in assumption.what for assumption in spec.assumptions)


@pytest.mark.parametrize(
    ("words", "debounce", "kind", "refractory_s", "per_hour"),
    [
        ("", 3, "default", 0.0, None),
        (", 4 in a row", 4, "exact", 0.0, None),
        (", reported at once", 1, "exact", 0.0, None),
        (", reported only after 2 seconds", 4, "least", 0.0, None),
        (", walking must last for at least 3 s", 6, "least", 0.0, None),
        (", with at most one alarm a minute", 3, "default", 60.0, None),
        (", at least 30 s between alarms", 3, "default", 30.0, None),
        (", with at most 2 false alarms an hour", 3, "default", 0.0, 2.0),
        (", with no more than one false alarm a day", 3, "default", 0.0, 1 / 24),
    ],
)
def test_how_steady_reports_are(
    words: str, debounce: int, kind: str, refractory_s: float, per_hour: float | None
) -> None:
    spec = think(f"A wristband that tells walking from sitting, an answer twice a second{words}.", profiles.wrist())
    behavior = spec.behavior
    assert (behavior.debounce, behavior.debounce_is, behavior.refractory_s) == (debounce, kind, refractory_s)
    assert spec.false_alarms_per_hour == (None if per_hour is None else pytest.approx(per_hour))
    assert spec.answers_per_s == 2.0


def test_a_limit_on_false_alarms_can_not_be_talked_away() -> None:
    goal = "A wristband that tells walking from sitting, with at most 2 false alarms an hour."
    profile = profiles.wrist()
    brief = PlannerBrief(goal=goal, profile=profile, baseline=profiles.yardstick(), boards=profiles.boards())
    weaker = think(goal, profile).model_copy(update={"false_alarms_per_hour": 20.0})
    assert any("false_alarms_per_hour" in fault for fault in brief.faults(Plan.model_validate(dict(weaker))))
