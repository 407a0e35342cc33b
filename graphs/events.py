"""The trace: one record an event. `trace.py` is the one place that renders them."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from nanosmith.agents.briefs import Role, TrialDigest
from nanosmith.tools.specs.base import Count, Record, Status
from nanosmith.tools.specs.candidate import FrontEnd
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.device_spec import Limits, Spec
from nanosmith.tools.specs.run import ContractItem, Rehearsal, RunParity, RunTest, Usage
from nanosmith.tools.specs.trial import BuildReport, CurvePoint, DeviceReport
from nanosmith.tools.specs.verdict import Verdict


class RunStarted(Record):
    """First event of a process that drives a run."""

    kind: Literal["run_started"] = "run_started"
    run: str
    goal: str
    mind: str
    mind_note: str = ""
    """Such as: no language model is configured, so the built-in engineer thinks."""

    limits: Limits
    sandboxed: bool
    resumed: bool = False


class NodeEntered(Record):
    """The graph went on to a node."""

    kind: Literal["node_entered"] = "node_entered"
    node: str


class AgentThinking(Record):
    """An agent was given a brief."""

    kind: Literal["agent_thinking"] = "agent_thinking"
    role: Role
    about: str


class AgentSaid(Record):
    """A piece of an agent's answer as it streams, or its summary."""

    kind: Literal["agent_said"] = "agent_said"
    role: Role
    text: str


class DataProfiled(Record):
    """The folder was read."""

    kind: Literal["data_profiled"] = "data_profiled"
    profile: DataProfile
    baseline: Baseline


class PlanMade(Record):
    """The contract."""

    kind: Literal["plan_made"] = "plan_made"
    spec: Spec


class CandidateProposed(Record):
    """A proposal passed its static checks."""

    kind: Literal["candidate_proposed"] = "candidate_proposed"
    candidate: str
    idea: str
    front_end: FrontEnd
    epochs: Count
    weights: Count
    macs: Count
    arena_bytes: Count


class CandidateRefused(Record):
    """A proposal did not; it goes back to the coder."""

    kind: Literal["candidate_refused"] = "candidate_refused"
    idea: str
    findings: tuple[str, ...]


class TrainingProgress(Record):
    """One epoch of one training."""

    kind: Literal["training_progress"] = "training_progress"
    candidate: str
    part: str
    """`fold 2 of 3`, or `final, all open groups`."""

    point: CurvePoint
    epochs: Count


class TrialFinished(Record):
    """A candidate was trained and judged; its device report follows."""

    kind: Literal["trial_finished"] = "trial_finished"
    trial: TrialDigest
    metric: str


class DeviceMeasured(Record):
    """A candidate ran on its emulated board."""

    kind: Literal["device_measured"] = "device_measured"
    report: DeviceReport
    spec: Spec
    score: float | None


class MeasureFailed(Record):
    """A candidate could not be measured on its board."""

    kind: Literal["measure_failed"] = "measure_failed"
    candidate: str
    reason: str


class VerdictGiven(Record):
    """What follows."""

    kind: Literal["verdict_given"] = "verdict_given"
    round: Count
    verdict: Verdict


class ApplicationWritten(Record):
    """The embedded engineer wrote or mended the application."""

    kind: Literal["application_written"] = "application_written"
    mend: Count
    lines: Count
    notes: str


class BuildFinished(Record):
    """PlatformIO built the firmware project, or did not."""

    kind: Literal["build_finished"] = "build_finished"
    report: BuildReport


class Rehearsed(Record):
    """The application was checked by a scenario on the emulated board."""

    kind: Literal["rehearsed"] = "rehearsed"
    rehearsal: Rehearsal


class BillChanged(Record):
    """A language model was paid, or asked for nothing; what the run has spent so far."""

    kind: Literal["bill_changed"] = "bill_changed"
    usage: Usage


class Verified(Record):
    """Parity and the sealed test."""

    kind: Literal["verified"] = "verified"
    parity: RunParity
    test: RunTest | None


class RunFinished(Record):
    """Last event of a run."""

    kind: Literal["run_finished"] = "run_finished"
    status: Status
    message: str
    contract: tuple[ContractItem, ...]
    usage: Usage
    folder: str


class Note(Record):
    """Anything else worth a line."""

    kind: Literal["note"] = "note"
    severity: Literal["info", "warning", "error"] = "info"
    message: str


Event = Annotated[
    RunStarted | NodeEntered | AgentThinking | AgentSaid | DataProfiled | PlanMade | CandidateProposed
    | CandidateRefused | TrainingProgress | TrialFinished | DeviceMeasured | MeasureFailed | VerdictGiven
    | ApplicationWritten | BuildFinished | Rehearsed | BillChanged | Verified | RunFinished | Note,
    Field(discriminator="kind"),
]  # fmt: skip
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Parses one line of `events.jsonl`."""
