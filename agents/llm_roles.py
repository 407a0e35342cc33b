"""What is particular about each role's answer from a language model: the schema's holes and what fills them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nanosmith.agents.brief import Brief, Role
from nanosmith.agents.builtin.goal.board_name import nearest_boards
from nanosmith.agents.builtin.goal.number import target_of
from nanosmith.agents.builtin.goal.threshold import read_limits, thresholds_of
from nanosmith.agents.builtin.goal.words import lowered, with_digits
from nanosmith.agents.llm_schema import strict_schema
from nanosmith.agents.planner import PlannerBrief
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import GoalUnclear, UnknownBoard
from nanosmith.tools.specs.data_profile import NumberProfile
from nanosmith.tools.specs.device_spec import MetricName, Target

_READ_CHARACTERS = 4_000
"""Of a goal; as much as a language model is shown."""


@dataclass(frozen=True)
class RoleForm:
    """How one role's answer is asked for and completed."""

    omit: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Properties by record that the model does not write: we know them."""

    extra: Mapping[str, str] = field(default_factory=dict)
    """Ways to say that there is no answer, with their descriptions."""

    wrap: str | None = None
    """Name of the answer's only list, for models that write the bare list."""

    complete: Callable[[Any, dict[str, Any]], dict[str, Any]] = lambda brief, answer: answer  # noqa: ARG005

    def schema(self, brief: Brief[Any]) -> dict[str, Any]:
        """The schema that the endpoint holds the model to."""
        return strict_schema(brief.answer_type, omit=self.omit, extra=self.extra)


def _complete_plan(brief: PlannerBrief, answer: dict[str, Any]) -> dict[str, Any]:
    """The goal's own text and what the data says of its clock; and the planner's two ways to decline.

    Raises:
        GoalUnclear, UnknownBoard: As the model judged.

    """
    unclear, unknown = answer.pop("unclear", None), answer.pop("unknown_board", None)
    if unclear:
        raise GoalUnclear(f"the goal can't be planned: {clean_line(str(unclear), limit=500)}")
    if unknown and brief.board is None:
        name = clean_line(str(unknown), limit=60)
        raise UnknownBoard(name, nearest_boards(name, brief.boards))
    window = answer.get("window")
    if isinstance(window, dict):
        answer = answer | {"window": window | {"longest_gap_us": brief.profile.longest_gap_us}}
    return _complete_target(brief, answer) | {"goal": brief.goal}


def _complete_target(brief: PlannerBrief, answer: dict[str, Any]) -> dict[str, Any]:
    """What the profile says of the number that the model named; left as it is where there is none of that name."""
    target = answer.get("target")
    if not isinstance(target, dict):
        return answer
    number = brief.profile.number(str(target.get("name")))
    if number is None:  # the brief's own check says so
        unknown = {"source": "channel", "decimals": 0, "plain_error": 1.0}
        return answer | {"target": target | unknown, "direction": "minimize"}
    metric: MetricName = "rmse" if answer.get("metric") == "rmse" else "mae"
    full = target_of(number, metric, number.unit or target.get("unit"))
    behavior = _with_thresholds(brief, answer, full, number)
    return answer | {"target": full.model_dump(mode="json"), "direction": "minimize"} | behavior


def _with_thresholds(
    brief: PlannerBrief, answer: dict[str, Any], target: Target, number: NumberProfile
) -> dict[str, Any]:
    """Limits at which the goal wants an alarm, read off it by code; what can't be read is told by the brief's check."""
    behavior, error = answer.get("behavior") or {}, answer.get("metric_limit")
    if not isinstance(behavior, dict) or not isinstance(error, int | float):
        return {}
    text = with_digits(lowered(brief.goal[:_READ_CHARACTERS]))
    thresholds, notes, _ = thresholds_of(
        read_limits(text), text, target, number, error=abs(error), answers=1, replies=brief.answers
    )
    said = [*(answer.get("assumptions") or []), *(note.model_dump(mode="json") for note in notes)]
    limits = [threshold.model_dump(mode="json") for threshold in thresholds]
    return ({"behavior": behavior | {"thresholds": limits}} if limits else {}) | (
        {"assumptions": said} if notes else {}
    )


FORMS: Mapping[Role, RoleForm] = {
    "planner": RoleForm(
        omit={
            "Plan": frozenset({"goal", "direction"}),
            "Target": frozenset({"source", "decimals", "plain_error"}),
            "Behavior": frozenset({"thresholds"}),
            "WindowSpec": frozenset({"longest_gap_us"}),
        },
        extra={
            "unclear": "null; or one sentence on what is missing, if the goal describes no device at all",
            "unknown_board": "null; or the board that the goal names, if it is none of the list",
        },
        complete=_complete_plan,
    ),
    "coder": RoleForm(omit={"Proposal": frozenset({"parameters"})}, wrap="proposals"),
    "trainer_critic": RoleForm(),
    "embedded_engineer": RoleForm(),
}
