"""What each agent is asked and what it answers.

A brief is everything an agent may know; it holds no sealed data and no path. `Brief.faults` says, in sentences that
can be sent back, what is wrong with an answer that fits its schema.
"""

from abc import abstractmethod
from typing import ClassVar, Generic, Literal, TypeVar

from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.base import Count, Record
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import FrontEnd, Proposal, TrainingSettings
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import CurvePoint, DeviceReport
from nanosmith.tools.specs.verdict import Review

Role = Literal["planner", "coder", "trainer_critic", "embedded_engineer"]
A = TypeVar("A", bound=Record)


class Brief(Record, Generic[A]):
    """A question to an agent; `A` is the record that answers it."""

    role: ClassVar[Role]
    answer_type: ClassVar[type[Record]]

    @abstractmethod
    def faults(self, answer: A) -> tuple[str, ...]:
        """What is wrong with a schema-valid answer, a sentence each; empty when it can be used."""


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


class TrialDigest(Record):
    """One trial as coder and critic read it."""

    candidate: str
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
    operators: tuple[str, ...] = ()
    """TFLite operators that the compiler has kernels for."""

    seed: Count = 1

    def faults(self, answer: Proposals) -> tuple[str, ...]:
        """Number of proposals; a proposal that was tried before."""
        faults = []
        if not 1 <= len(answer.proposals) <= max(1, self.wanted):
            faults.append(f"proposals: {self.wanted} wanted, {len(answer.proposals)} given")
        return tuple(faults)


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

    contract: tuple[ContractItem, ...]
    """The best candidate's, on validation; the sealed test is out of reach."""

    def faults(self, answer: Review) -> tuple[str, ...]:
        """A critic can't accept what the contract rejects."""
        if answer.action != "accept":
            return ()
        if self.best is None:
            return ("action: no candidate can be deployed, so none can be accepted",)
        missed = [item.name for item in self.contract if item.met is not True]
        return (f"action: the best candidate does not meet {', '.join(missed)}",) if missed else ()


class EngineerBrief(Brief[Application]):
    """Write, or mend, the application C around the generated inference API."""

    role = "embedded_engineer"
    answer_type = Application

    spec: Spec
    board: Board
    app_header: str
    """The text of `app.h`: what the application implements and what it may call."""

    example: str
    """A complete application for another goal."""

    previous: Application | None = None
    errors: tuple[str, ...] = ()
    """Compiler, linker or scenario errors of `previous`."""

    def faults(self, answer: Application) -> tuple[str, ...]:
        """No faults beyond the schema: the compiler is the judge."""
        del answer
        return ()
