"""The trainer-critic: measured trials in; judgement and advice out. It measures nothing itself."""

from nanosmith.agents.brief import Brief
from nanosmith.agents.coder import TrialDigest
from nanosmith.agents.mind import Mind
from nanosmith.agents.progress import is_plateau
from nanosmith.tools.specs.base import Count
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.verdict import Review


class CriticBrief(Brief[Review]):
    """Judge the trials so far and say what to change."""

    role = "trainer_critic"
    answer_type = Review

    spec: Spec
    board: Board
    trials: tuple[TrialDigest, ...]
    round: Count
    """Rounds finished."""

    rounds: Count
    """Rounds allowed."""

    best: str | None
    """Best candidate so far that could be deployed, as the harness ranks them."""

    notes: tuple[str, ...] = ()
    """What the user wrote while the run was under way (`nanosmith steer`), oldest first."""

    contract: tuple[ContractItem, ...]
    """The best candidate's, on validation; the sealed test is out of reach."""

    def faults(self, answer: Review) -> tuple[str, ...]:
        """A critic can't accept what the contract rejects, nor give up while rounds are left and scores still move."""
        if answer.action == "stop" and self.round < self.rounds and not is_plateau(self.trials):
            left = self.rounds - self.round
            return (f"action: {left} round(s) are left and the scores have not stood still for two; revise",)
        if answer.action != "accept":
            return ()
        if self.best is None:
            return ("action: no candidate can be deployed, so none can be accepted",)
        missed = [item.name for item in self.contract if item.met is not True]
        return (f"action: the best candidate does not meet {', '.join(missed)}",) if missed else ()


def review(mind: Mind, brief: CriticBrief) -> Review:
    """Judge the trials so far; raises as `Mind.think` does."""
    return mind.think(brief)
