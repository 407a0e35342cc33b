"""The planner: goal, data profile and boards in; the contract out."""

from nanosmith.agents.brief import Brief
from nanosmith.agents.mind import Mind
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.device_spec import Spec


class PlannerBrief(Brief[Spec]):
    """Turn the goal into limits that a machine can check."""

    role = "planner"
    answer_type = Spec

    goal: str
    profile: DataProfile
    baseline: Baseline
    boards: tuple[Board, ...]
    board: str | None = None
    """Id the user chose on the command line; it outranks the goal."""

    def faults(self, answer: Spec) -> tuple[str, ...]:
        """Board known and as chosen, classes and channels taken from the data, goal text unchanged."""
        known = {board.id for board in self.boards}
        classes = {c.name for c in self.profile.classes}
        channels = {c.name for c in self.profile.channels}
        checks = (
            (answer.goal == self.goal, "goal: must repeat the goal's text unchanged"),
            (answer.board in known, f"board: must be one of {', '.join(sorted(known))}"),
            (self.board in (None, answer.board), f"board: the user chose {self.board}"),
            (set(answer.classes) <= classes, f"classes: must be among {', '.join(sorted(classes))}"),
            (set(answer.channels) <= channels, f"channels: must be among {', '.join(sorted(channels))}"),
            (answer.window.rate_hz == self.profile.rate_hz, f"window.rate_hz: the data has {self.profile.rate_hz}"),
            (0 < answer.metric_limit <= 1, "metric_limit: a share between 0 and 1"),
        )
        return tuple(message for holds, message in checks if not holds)


def plan(mind: Mind, brief: PlannerBrief) -> Spec:
    """Turn the goal into a contract.

    Raises:
        GoalUnclear: Nothing could be made of the goal.
        UnknownBoard: The goal names a board without a manifest.
        AgentOutputInvalid, LanguageModelError: See `Mind.think`.

    """
    return mind.think(brief)
