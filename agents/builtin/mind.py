"""The built-in engineer: rules and search instead of a language model; drives the same graph without key or network."""

from typing import TypeVar, cast

from nanosmith.agents.brief import Brief
from nanosmith.agents.builtin import critic, engineer, planner
from nanosmith.agents.coder import CoderBrief
from nanosmith.agents.embedded_engineer import EngineerBrief
from nanosmith.agents.planner import PlannerBrief
from nanosmith.agents.trainer_critic import CriticBrief
from nanosmith.tools.errors import AgentOutputInvalid
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.run import Usage

A = TypeVar("A", bound=Record)


class BuiltinMind:
    """Answers every brief by itself, the same brief always the same way."""

    @property
    def name(self) -> str:
        """For the trace's first line."""
        return "built-in engineer"

    @property
    def usage(self) -> Usage:
        """No calls, no tokens, and therefore a known price of nothing."""
        return Usage(cost_usd=0.0)

    def think(self, brief: Brief[A]) -> A:
        """Answer one brief.

        Raises:
            GoalUnclear, UnknownBoard: See `planner.plan`.
            AgentOutputInvalid: The answer breaks the brief's own rules, which is a fault of the built-in engineer.

        """
        answer = cast(A, _answer(brief))
        faults = brief.faults(answer)
        if faults:
            raise AgentOutputInvalid(f"the built-in {brief.role.replace('_', ' ')} answered: {'; '.join(faults)}")
        return answer


def _answer(brief: Brief[A]) -> Record:
    match brief:
        case PlannerBrief():
            return planner.plan(brief)
        case CoderBrief():
            from nanosmith.agents.builtin.coder import propose  # brings Optuna, which takes a second to import

            return propose(brief)
        case CriticBrief():
            return critic.review(brief)
        case EngineerBrief():
            return engineer.write_application(brief)
    raise TypeError(f"no agent answers {type(brief).__name__}")
