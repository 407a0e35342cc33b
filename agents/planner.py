"""The planner: goal, data profile and boards in; the contract out."""

from typing import Annotated

from pydantic import Field

from nanosmith.agents.brief import Brief
from nanosmith.agents.builtin.goal.alarms import stated_rates
from nanosmith.agents.builtin.goal.budget import read_budget
from nanosmith.agents.builtin.goal.number import stated_error
from nanosmith.agents.builtin.goal.score import read_score
from nanosmith.agents.builtin.goal.timing import read_timing
from nanosmith.agents.builtin.goal.words import lowered, with_digits
from nanosmith.agents.mind import Mind
from nanosmith.tools.errors import GoalUnclear
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.question import Question, UserAnswer

_READ_CHARACTERS = 4_000
"""Of a goal; as much as a language model is shown."""


class Plan(Spec):
    """The planner's answer: the contract, and what it would rather ask before anything is spent."""

    questions: Annotated[tuple[Question, ...], Field(max_length=3)] = ()

    def contract(self) -> Spec:
        """The contract alone."""
        return Spec.model_validate({name: getattr(self, name) for name in Spec.model_fields})


class PlannerBrief(Brief[Plan]):
    """Turn the goal into limits that a machine can check."""

    role = "planner"
    answer_type = Plan

    goal: str
    profile: DataProfile
    baseline: Baseline
    boards: tuple[Board, ...]
    board: str | None = None
    """Id the user chose on the command line; it outranks the goal."""

    answers: tuple[UserAnswer, ...] = ()
    """What the planner asked before, and the user's answers; it may not ask again."""

    notes: tuple[str, ...] = ()
    """What the user wrote while the run was under way (`nanosmith steer`), oldest first."""

    def faults(self, answer: Spec) -> tuple[str, ...]:
        """Board known and as chosen, classes and channels taken from the data, goal unchanged, no second asking."""
        known = {board.id for board in self.boards}
        classes = {c.name for c in self.profile.classes if c.samples > 0}  # others are in the test part alone
        channels = {c.name for c in self.profile.channels}
        checks = (
            (answer.goal == self.goal, "goal: must repeat the goal's text unchanged"),
            (answer.board in known, f"board: must be one of {', '.join(sorted(known))}"),
            (self.board in (None, answer.board), f"board: the user chose {self.board}"),
            (
                _classes_fit(answer, classes),
                f"classes: two or more among {', '.join(sorted(classes))}; none for a number",
            ),
            *_target_checks(answer, self.profile),
            (
                (answer.task == "anomaly") == (answer.alarms is not None),
                "alarms: limits on false and missed alarms where task is anomaly, else null",
            ),
            (
                answer.alarms is None or (answer.alarms.missed_alarms is None) == (len(self.profile.classes) == 1),
                "alarms.missed_alarms: null where the data has one class alone, else a share",
            ),
            (
                answer.window.reference == 0 or (answer.task == "anomaly" and self.profile.kind in ("series", "audio")),
                "window.reference: 0 unless task is anomaly and the data is recordings that go on",
            ),
            (set(answer.channels) <= channels, f"channels: must be among {', '.join(sorted(channels))}"),
            (answer.window.rate_hz == self.profile.rate_hz, f"window.rate_hz: the data has {self.profile.rate_hz}"),
            (
                answer.window.longest_gap_us == self.profile.longest_gap_us,
                f"window.longest_gap_us: the data has {self.profile.longest_gap_us}",
            ),
            (
                answer.metric_limit > 0 and (answer.task == "number" or answer.metric_limit <= 1),
                "metric_limit: a share between 0 and 1, or the error of a number in its unit",
            ),
            (
                answer.metric_class in (answer.classes if answer.metric == "class_f1" else (None,)),
                "metric_class: the class that class_f1 is of, one of the contract's; null for every other metric",
            ),
            (
                answer.window.around_events == (self.profile.event_gap_s is not None) or answer.task == "number",
                "window.around_events: true where the labels of the data are events, else false",
            ),
            (
                answer.task == "number" or not answer.behavior.thresholds,
                "behavior.thresholds: of a number; none for any other task",
            ),
            ({cue.on for cue in answer.behavior.cues} <= set(answer.classes), "behavior.cues: `on` must be a class"),
            (
                not (self.answers and isinstance(answer, Plan) and answer.questions),
                "questions: they were answered; decide with the answers and leave questions empty",
            ),
        )
        faults = tuple(message for holds, message in checks if not holds)
        has_user_spoken = bool(self.answers or self.notes) or not isinstance(answer, Plan)
        return faults if has_user_spoken else (*faults, *_weakened(self.goal, answer, self.profile))


def _target_checks(answer: Spec, profile: DataProfile) -> tuple[tuple[bool, str], ...]:
    """A number of the data that is no input, its error as the metric; nothing of the kind for the other tasks."""
    is_number, target = answer.task == "number", answer.target
    known = None if target is None else profile.number(target.name)
    named = ", ".join(found.name for found in profile.numbers) or "none: task can't be number"
    metrics = "mae or rmse where task is number, else none of both"
    is_input = target is not None and target.source == "channel" and target.name in answer.channels
    return (
        (is_number == (target is not None), "target: the number where task is number, else null"),
        (target is None or (known is not None and known.source == target.source), f"target: must be one of {named}"),
        (is_number == (answer.metric in ("mae", "rmse")), f"metric: {metrics}"),
        (is_number == (answer.direction == "minimize"), "direction: minimize where task is number, else maximize"),
        (not is_input, "channels: the number to estimate can't be an input"),
    )


def _weakened(goal: str, answer: Spec, profile: DataProfile) -> tuple[str, ...]:
    """Limits that the goal plainly names and the answer does not keep, whatever talked its author into that."""
    text = with_digits(lowered(goal[:_READ_CHARACTERS]))
    try:
        score = read_score(text).limit if answer.task == "classify" else None
    except GoalUnclear:
        score = None
    size = read_budget(text)
    number = None if answer.target is None else profile.number(answer.target.name)
    error = None if number is None or answer.target is None else stated_error(text, number, answer.target.unit)
    per_hour = read_timing(text).false_alarms_per_hour if answer.window.rate_hz is not None else None
    false, missed = (None, None) if answer.alarms is None else stated_rates(text)
    checks = (
        (
            answer.alarms is None or _keeps(answer.alarms.false_alarms, false),
            f"alarms: the goal allows {false} false_alarms",
        ),
        (
            answer.alarms is None or answer.alarms.missed_alarms is None or _keeps(answer.alarms.missed_alarms, missed),
            f"alarms: the goal allows {missed} missed_alarms",
        ),
        (_keeps(answer.metric_limit, error), f"metric_limit: the goal allows an error of {error}"),
        (
            _keeps(answer.false_alarms_per_hour, per_hour),
            f"false_alarms_per_hour: the goal allows {per_hour}",
        ),
        (score is None or answer.metric_limit >= score - 1e-6, f"metric_limit: the goal asks for at least {score}"),
        (
            _keeps(answer.budget.flash_bytes, size.flash_bytes),
            f"budget: the goal allows {size.flash_bytes} flash_bytes",
        ),
        (_keeps(answer.budget.ram_bytes, size.ram_bytes), f"budget: the goal allows {size.ram_bytes} ram_bytes"),
    )
    return tuple(message for holds, message in checks if not holds)


def _keeps(answer: float | None, limit: float | None) -> bool:
    return limit is None or (answer is not None and answer <= limit)


def _classes_fit(answer: Spec, known: set[str]) -> bool:
    """All from the data; of an anomaly task the normal one and what stands for the rest, which may have a new name."""
    if answer.task == "anomaly":
        return len(answer.classes) == 2 and answer.classes[0] in known
    if answer.task == "number":
        return not answer.classes
    return len(answer.classes) >= 2 and set(answer.classes) <= known


def plan(mind: Mind, brief: PlannerBrief) -> Plan:
    """Turn the goal into a contract.

    Raises:
        GoalUnclear: Nothing could be made of the goal.
        UnknownBoard: The goal names a board without a manifest.
        AgentOutputInvalid, LanguageModelError: See `Mind.think`.

    """
    return mind.think(brief)
