"""The planner on goals that ask for a number, and what both minds make of its error."""

from typing import Any

import profiles
import pytest
from trials import make_device, make_trial

from nanosmith.agents.builtin.goal.number import may_ask_for_a_number
from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.llm_roles import FORMS
from nanosmith.agents.planner import Plan, PlannerBrief, plan
from nanosmith.agents.progress import gains, is_plateau
from nanosmith.agents.trainer_critic import CriticBrief
from nanosmith.tools.contract import check_contract
from nanosmith.tools.errors import GoalUnclear
from nanosmith.tools.specs.data_profile import NO_CLASS, DataProfile, NumberProfile
from nanosmith.tools.specs.question import UserAnswer
from nanosmith.tools.specs.trial import Interval, Metric


def number(
    name: str, source: str, unit: str | None, *, mean: float = 70.0, std: float = 10.0, **more: Any
) -> NumberProfile:
    def error(value: float) -> tuple[Metric, ...]:
        interval = Interval(low=0.9 * value, high=1.1 * value)
        return tuple(Metric(name=n, value=value, direction="minimize", interval=interval) for n in ("mae", "rmse"))

    return NumberProfile.model_validate(
        {
            "name": name, "source": source, "unit": unit, "minimum": mean - 2 * std, "maximum": mean + 2 * std,
            "mean": mean, "std": std, "recordings": 20, "plain": error(0.8 * std), "linear": error(0.4 * std), **more,
        }
    )  # fmt: skip


def pump() -> DataProfile:
    numbers = (
        number("flow [l/min]", "channel", "l/min", mean=5, std=2), number("current", "channel", None),
        number("pressure_bar", "channel", "bar"),
    )  # fmt: skip
    return profiles.make_profile(
        [NO_CLASS], ["vibration", "current", "pressure_bar", "flow [l/min]"], rate_hz=50.0, numbers=numbers
    )


def people() -> DataProfile:
    numbers = (number("weight_kg", "index", "kg"), number("age", "index", None, mean=40))
    return profiles.make_profile([NO_CLASS], ["ax", "ay", "az"], rate_hz=50.0, numbers=numbers)


def planned(profile: DataProfile, goal: str, **more: Any) -> Plan:
    brief = PlannerBrief(goal=goal, profile=profile, baseline=profiles.yardstick(), boards=profiles.boards(), **more)
    made = plan(BuiltinMind(), brief)
    assert brief.faults(made) == ()
    return made


GOALS: list[tuple[Any, str, dict[str, Any]]] = [
    (pump, "Estimate the flow in l/min from the other channels.",
     {"name": "flow [l/min]", "unit": "l/min", "channels": 3, "limit": 0.88, "source": "data"}),
    (pump, "A sensor that estimates the flow from vibration and current, within 0.5 l/min.",
     {"name": "flow [l/min]", "channels": 2, "limit": 0.5, "source": "goal"}),
    (pump, "Predict the pressure in bar with an error below 5 %, on a Cortex-M4 with 20 kB of RAM.",
     {"name": "pressure_bar", "limit": 3.5, "source": "goal"}),
    (pump, "Measure how much flow there is, root mean square error below 0.7 liters per minute.",
     {"name": "flow [l/min]", "limit": 0.7, "metric": "rmse"}),
    (people, "A scale that estimates the weight to within 2 kg.", {"name": "weight_kg", "limit": 2.0, "channels": 3}),
    (people, "Estimates how heavy a person is, in kilograms, ±1.5 kg", {"name": "weight_kg", "limit": 1.5}),
    (people, "Predict how old somebody is; estimate the age with a mean absolute error of 3.",
     {"name": "age", "limit": 3.0, "unit": None}),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "goal", "wanted"), GOALS)
def test_goals(profile: Any, goal: str, wanted: dict[str, Any]) -> None:
    made = planned(profile(), goal)
    assert made.target is not None
    assert (made.task, made.classes, made.direction) == ("number", (), "minimize")
    assert made.target.name not in made.channels
    found = {
        "name": made.target.name, "unit": made.target.unit, "channels": len(made.channels), "source":
        made.metric_limit_source, "limit": pytest.approx(made.metric_limit), "metric": made.metric,
    }  # fmt: skip
    assert {key: found[key] for key in wanted} == wanted


def test_two_numbers_that_fit_are_a_question() -> None:
    made = planned(people(), "Estimate a number from the motion of a person.")
    asked = [question for question in made.questions if "Which number" in question.text]
    assert [question.options for question in asked] == [("weight_kg", "age")]
    answer = UserAnswer(question=asked[0].text, answer="age", source="user")
    told = planned(people(), "Estimate a number from the motion of a person.", answers=(answer,))
    assert told.target is not None
    assert told.target.name == "age"
    assert not told.questions


@pytest.mark.parametrize(
    "goal",
    [
        "A wristband that tells walking from sitting", "Predict which gesture is made", "Predict the activity",
        "An alarm when the pump runs abnormally, 10 % false alarms", "Detects a cough within 2 s in 20 kB of RAM",
        "Estimate whether the machine is leaking", "Tell the ten spoken digits apart, 95 % right",
    ],
)  # fmt: skip
def test_goals_of_classes_ask_for_no_number(goal: str) -> None:
    assert not may_ask_for_a_number(goal)


def test_a_goal_that_names_no_number_of_the_data_says_which_there_are() -> None:
    profile = profiles.make_profile([NO_CLASS], ["a", "b"], numbers=(number("current", "channel", None),))
    with pytest.raises(GoalUnclear, match="'current'"):
        planned(profile, "Estimate the humidity of the room")


def test_labelled_data_keeps_its_classes_where_no_number_fits() -> None:
    profile = profiles.wrist().model_copy(update={"numbers": (number("x_acc", "channel", None),)})
    assert planned(profile, "Estimates the posture: tells sitting from walking.").task == "classify"


def test_twins_of_the_number_are_no_inputs() -> None:
    flow = number("flow [l/min]", "channel", "l/min", twins=("pressure_bar",))
    made = planned(pump().model_copy(update={"numbers": (flow,)}), "Estimate the flow in l/min.")
    assert made.channels == ("vibration", "current")
    assert any("same measurement" in note.what for note in made.assumptions)


def test_a_language_model_names_the_number_and_code_knows_the_rest() -> None:
    brief = PlannerBrief(goal="Estimate the weight in kg", profile=people(), baseline=profiles.yardstick(), boards=())
    made = FORMS["planner"].complete(brief, {"target": {"name": "weight_kg", "unit": None}, "metric": "mae"})
    assert made["direction"] == "minimize"
    assert made["target"] == {"name": "weight_kg", "source": "index", "unit": "kg", "decimals": 1, "plain_error": 8.0}


def test_the_number_as_its_own_input_and_a_weaker_limit_are_faults() -> None:
    goal = "Estimate the flow from vibration, within 0.5 l/min."
    brief = PlannerBrief(goal=goal, profile=pump(), baseline=profiles.yardstick(), boards=profiles.boards())
    made = plan(BuiltinMind(), brief)
    assert made.target is not None
    cheating = made.model_copy(update={"channels": (*made.channels, made.target.name)})
    assert any("can't be an input" in fault for fault in brief.faults(cheating))
    weaker = made.model_copy(update={"metric_limit": 0.9})
    assert any("allows an error of 0.5" in fault for fault in brief.faults(weaker))
    unknown = made.model_copy(update={"target": made.target.model_copy(update={"name": "humidity"})})
    assert any("must be one of flow" in fault for fault in brief.faults(unknown))


def trial(number_: int, error: float, **more: Any) -> Any:
    return make_trial(number_, error, plain_error=8.0, score_low=0.9 * error, score_high=1.1 * error, **more)


def test_a_smaller_error_is_a_gain() -> None:
    trials = (trial(1, 5.0), trial(2, 3.0), trial(3, 3.5))
    assert gains(trials) == pytest.approx((0.25, 0.0))
    assert not is_plateau(trials)
    assert is_plateau((trial(1, 5.0), trial(2, 5.0), trial(3, 4.99)))


@pytest.mark.parametrize(("error", "action"), [(1.5, "accept"), (1.95, "revise"), (3.0, "revise")])
def test_the_critic_accepts_an_error_that_is_surely_small_enough(error: float, action: str) -> None:
    spec = planned(people(), "A scale that estimates the weight to within 2 kg.").contract()
    board = next(board for board in profiles.boards() if board.id == spec.board)
    best = trial(1, error, float_score=error)
    contract = check_contract(spec, board, score=error, device=make_device())
    brief = CriticBrief(spec=spec, board=board, trials=(best,), round=1, rounds=3, best="c01", contract=contract)
    review = BuiltinMind().think(brief)
    assert review.action == action
    assert brief.faults(review) == ()
    assert contract[0].unit == "kg"
    assert contract[0].met == (error <= 2)


def test_what_int8_and_overfitting_cost_is_told_in_the_numbers_unit() -> None:
    spec = planned(people(), "A scale that estimates the weight to within 2 kg.").contract()
    board = next(board for board in profiles.boards() if board.id == spec.board)
    bad = trial(1, 5.0, float_score=4.0, train_accuracy=0.95)
    contract = check_contract(spec, board, score=5.0, device=make_device())
    brief = CriticBrief(spec=spec, board=board, trials=(bad,), round=1, rounds=3, best="c01", contract=contract)
    advice = BuiltinMind().think(brief).advice
    assert "quantization: int8 adds error (4 in floating point, 5 in int8)" in advice
    assert "overfitting" in advice


LIMITS: list[tuple[Any, str, list[tuple[str, float, float, int]]]] = [
    (pump, "Warns when the flow is below 4 l/min.", [("below", 4.0, 0.88, 1)]),
    (pump, "Raise an alarm when the pressure exceeds 75 bar, within 0.5 bar.", [("above", 75.0, 0.5, 1)]),
    (pump, "Raise an alarm when the pressure exceeds 7.5 MPa, hysteresis of 2.", [("above", 75.0, 2.0, 1)]),
    (pump, "Estimate the flow within 0.5 l/min; alarm outside 3 to 7 l/min, hysteresis of 0.2 l/min.",
     [("below", 3.0, 0.2, 1), ("above", 7.0, 0.2, 1)]),
    (pump, "Estimate the pressure in bar within 1 bar. The LED lights above 7000 kPa for at least 20 s.",
     [("above", 70.0, 1.0, 2)]),
    (people, "A scale that estimates the weight to within 2 kg and beeps over 80.", [("above", 80.0, 2.0, 1)]),
    (people, "A scale that estimates the weight to within 2 kg, alarm latency below 20 ms, under 20 kB of RAM", []),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "goal", "wanted"), LIMITS)
def test_limits_of_the_number_are_alarms(profile: Any, goal: str, wanted: list[tuple[str, float, float, int]]) -> None:
    made = planned(profile(), goal)
    found = [(t.side, t.value, pytest.approx(t.margin), t.answers) for t in made.behavior.thresholds]
    assert [item[:3] for item in found] == [item[:3] for item in wanted]
    assert [item[3] > 1 for item in found] == [item[3] > 1 for item in wanted]
    assert made.task == "number"


def test_a_limit_in_another_unit_of_the_same_kind_is_converted_and_said() -> None:
    made = planned(pump(), "Alarm when the pressure is above 1000 psi.")
    assert made.behavior.thresholds[0].value == pytest.approx(68.9476)
    assert any("above 1000 psi is 68.9476 bar" in note.what for note in made.assumptions)


def test_a_limit_that_is_no_amount_of_the_number_is_a_question() -> None:
    goal = "Estimate the flow and warn when it is above 6 kg."
    made = planned(pump(), goal)
    assert made.behavior.thresholds == ()
    (question,) = [q for q in made.questions if "no amount of" in q.text]
    assert question.options == ("no alarm", "6 l/min")
    told = UserAnswer(question=question.text, answer="6 l/min", source="user")
    assert [t.value for t in planned(pump(), goal, answers=(told,)).behavior.thresholds] == [6.0]
    silent = UserAnswer(question=question.text, answer="no alarm", source="default")
    assert planned(pump(), goal, answers=(silent,)).behavior.thresholds == ()


def test_a_limit_that_no_recording_passes_is_said_to_be_untested() -> None:
    made = planned(pump(), "Warns when the flow is above 60 l/min.")
    assert any("an alarm above 60 can't be tested" in note.what for note in made.assumptions)


def test_a_limit_without_a_number_to_estimate_is_said_not_to_be_used() -> None:
    profile = profiles.wrist()
    made = planned(profile, "A wristband that tells sitting from walking and alarms above 80 degC.")
    assert made.task == "classify"
    assert made.behavior.thresholds == ()
    assert any("the goal's limit above 80 °C is not used" in note.what for note in made.assumptions)


def test_a_language_models_plan_gets_its_limits_from_the_goal() -> None:
    brief = PlannerBrief(goal="Estimate the weight in kg, beep above 80 kg", profile=people(),
                         baseline=profiles.yardstick(), boards=())  # fmt: skip
    answer = {"target": {"name": "weight_kg", "unit": None}, "metric": "mae", "metric_limit": 2.0, "behavior": {}}
    made = FORMS["planner"].complete(brief, answer)
    assert made["behavior"]["thresholds"] == [{"side": "above", "value": 80.0, "margin": 2.0, "answers": 1}]
    assert any("so as not to flutter" in note["what"] for note in made["assumptions"])
    assert "Threshold" not in FORMS["planner"].schema(brief)["$defs"]


def test_the_words_that_name_the_number_name_no_sensor() -> None:
    """`temperature` also fits a thermocouple, but it is what shall be estimated."""
    numbers = (number("Temperature", "channel", "°C", mean=70, std=5), number("Thermocouple", "channel", None))
    profile = profiles.make_profile([NO_CLASS], ["Temperature", "Thermocouple", "Current"], numbers=numbers)
    made = planned(profile, "Raise an alarm when the temperature exceeds 75 degC.")
    assert made.target is not None
    assert made.target.name == "Temperature"
    assert made.channels == ("Thermocouple", "Current")
    named = planned(profile, "From the current, raise an alarm when the temperature exceeds 75 degC.")
    assert named.channels == ("Current",)
