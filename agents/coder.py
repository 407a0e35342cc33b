"""The coder: the contract and the trials so far in; networks worth training out."""

from typing import Literal

from pydantic import Field

from nanosmith.agents.brief import Brief
from nanosmith.agents.mind import Mind
from nanosmith.tools.specs.base import Count, Record
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import FrontEnd, Proposal, TrainingSettings
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.operator_cost import OperatorCost
from nanosmith.tools.specs.trial import CurvePoint, DeviceReport


class TrialDigest(Record):
    """One trial as coder and critic read it."""

    candidate: str
    round: Count = 0
    """Round that it was proposed in, counted from 1; 0 where that wasn't noted."""

    idea: str
    parameters: dict[str, int | float | str]
    front_end: FrontEnd
    training: TrainingSettings
    status: Literal["complete", "failed", "timed_out"]
    reason: str | None
    score: float | None
    """The spec's metric, out-of-fold, of the int8 model in C."""

    score_low: float | None
    """Lower end of its 95 % interval."""

    float_score: float | None
    train_accuracy: float | None
    """Of a number: how much of the plain error is gone on the training windows."""

    recall: dict[str, float]
    """By class."""

    confused: tuple[tuple[str, str, int], ...]
    """Most frequent mistakes: true class, predicted class, count; at most five."""

    curve: tuple[CurvePoint, ...]
    """Of the first fold, thinned to at most twelve points."""

    weights: Count
    macs: Count
    device: DeviceReport | None
    fits_budget: bool | None
    """None where it was not measured."""

    plain_error: float | None = None
    """Of a number, whose scores are errors in its unit: that of always answering the mean. None: scores are shares."""

    score_high: float | None = None
    """Upper end of the score's interval."""

    rates: dict[str, float] = Field(default_factory=dict)
    """Of an alarm, out of fold: `false_alarm_rate`, and `missed_alarm_rate` where there are abnormal windows."""

    @property
    def merit(self) -> float | None:
        """The score such that more is better: of an error, how much of the plain one is gone."""
        return self._merit(self.score)

    @property
    def float_merit(self) -> float | None:
        """The same of the score in floating point."""
        return self._merit(self.float_score)

    @property
    def sure_merit(self) -> float | None:
        """The same of the worse end of the interval."""
        return self._merit(self.score_low if self.plain_error is None else self.score_high)

    def _merit(self, score: float | None) -> float | None:
        return score if score is None or self.plain_error is None else 1 - score / self.plain_error


class Proposals(Record):
    """A coder's answer."""

    proposals: tuple[Proposal, ...]


class CoderBrief(Brief[Proposals]):
    """Propose the next networks to train."""

    role = "coder"
    answer_type = Proposals

    spec: Spec
    profile: DataProfile
    board: Board
    sample_shape: tuple[int, ...]
    """Of one raw window: [samples, channels], or [height, width, colors]."""

    windows: Count
    """Open windows there are to train on."""

    trials: tuple[TrialDigest, ...] = ()
    advice: str = ""
    """The critic's, from the latest verdict."""

    refused: tuple[tuple[Proposal, tuple[str, ...]], ...] = ()
    """Proposals of this round that failed their static checks, and why."""

    wanted: Count = 1
    notes: tuple[str, ...] = ()
    """What the user wrote while the run was under way (`nanosmith steer`), oldest first."""

    operators: tuple[str, ...] = ()
    """TFLite operators that the compiler has kernels for."""

    costs: tuple[OperatorCost, ...] = ()
    """What was measured for some of them on the board's core."""

    seed: Count = 1

    def faults(self, answer: Proposals) -> tuple[str, ...]:
        """Number of proposals; a proposal that was tried before."""
        faults = []
        if not 1 <= len(answer.proposals) <= max(1, self.wanted):
            faults.append(f"proposals: {self.wanted} wanted, {len(answer.proposals)} given")
        return tuple(faults)


def propose(mind: Mind, brief: CoderBrief) -> tuple[Proposal, ...]:
    """The next networks to train, at most `brief.wanted`; raises as `Mind.think` does."""
    return mind.think(brief).proposals
