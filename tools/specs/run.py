"""`run.json`: where a run stands, for programs that read it. Its JSON Schema is run.schema.json beside this file."""

from typing import Literal

from nanosmith.tools.specs.base import Artifact, Bytes, Count, Milliseconds, Record, Seconds, Status
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.trial import DeviceReport, Evaluation, EventScore, Metric, Parity


class ContractItem(Record):
    """One limit and what was measured for it."""

    name: str
    limit: float
    at_least: bool
    """True: measured must reach the limit; False: must not pass it."""

    unit: str = ""
    measured: float | None
    met: bool | None
    """None until it was measured."""


class RunTest(Record):
    """The sealed test, scored once."""

    metrics: tuple[Metric, ...]
    n: Count
    groups: Count
    evaluation: Evaluation
    decision: Decision | None = None
    """How answers become reports on the device; None where it debounces, as the spec's behavior says."""

    events: EventScore | None = None
    """Reports of the device on the sealed recordings; None where those do not go on."""

    events_unsmoothed: EventScore | None = None
    """The same, had each change of the winning class been reported at once."""


class RunDevice(Record):
    """The final firmware on its board."""

    board: str
    flash_bytes: Bytes
    ram_bytes: Bytes
    stack_bytes: Bytes
    instructions: Count
    latency_ms: Milliseconds
    latency_assumption: str
    emulated_on: str


class RunParity(Record):
    """Whether the same bytes came out everywhere."""

    host: Parity | None = None
    """Host build of the emitted C against TensorFlow Lite Micro's reference kernels, where those are installed."""

    device: Parity | None = None
    """Emulated firmware against the host build."""

    timed: Parity | None = None
    """Of `device`: answers of a sealed recording that was played as it came, irregularly and with a hole, with its
    times; the firmware resampled it. None where samples come evenly."""

    decisions: Parity | None = None
    """Class in force after each answer over a whole sealed recording: emulated firmware against the host build."""


class Rehearsal(Record):
    """The application played a recorded sequence on the emulated board; what it did otherwise than agreed."""

    answers: Count
    """Windows that were played."""

    reports: Count
    """Changes of class that had to be reported."""

    faults: tuple[str, ...]
    """A sentence each; at most eight."""


class RunTrial(Record):
    """One trial, in short."""

    candidate: str
    idea: str
    status: Literal["complete", "failed", "timed_out"]
    reason: str | None = None
    score: float | None = None
    float_score: float | None = None
    device: DeviceReport | None = None


class Usage(Record):
    """What a run has spent, resumes added up. An unknown price is None, never 0."""

    calls: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_usd: float | None = None
    wall_s: Seconds = 0.0


class RunSummary(Record):
    """The whole of `run.json`."""

    format_version: Literal[1] = 1
    run: str
    version: str
    """Of Nanosmith."""

    status: Status
    stop: str | None = None
    message: str = ""
    """One sentence: how it ended, or what it is doing."""

    goal: str
    mind: str
    spec: Spec | None = None
    contract: tuple[ContractItem, ...] = ()
    test: RunTest | None = None
    device: RunDevice | None = None
    parity: RunParity = RunParity()
    rehearsal: Rehearsal | None = None
    trials: tuple[RunTrial, ...] = ()
    usage: Usage = Usage()
    artifacts: tuple[Artifact, ...] = ()
