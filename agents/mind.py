"""The seam between the graph and whoever thinks."""

from typing import Protocol, TypeVar

from nanosmith.agents.brief import Brief
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.run import Usage

A = TypeVar("A", bound=Record)


class Mind(Protocol):
    """Answers briefs. The graph does not know whether a language model or the built-in engineer does."""

    @property
    def name(self) -> str:
        """For the trace's first line and `run.json`."""
        ...

    @property
    def usage(self) -> Usage:
        """Calls, tokens and money since this mind was made; zero calls for the built-in engineer."""
        ...

    def think(self, brief: Brief[A]) -> A:
        """Answer one brief with a record for which `brief.faults` is empty.

        Raises:
            AgentOutputInvalid: Still invalid after every repair.
            LanguageModelError: The endpoint can't be used.
            GoalUnclear: The planner could make nothing of the goal.

        """
        ...
