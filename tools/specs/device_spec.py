"""The contract: what the planner turned the sentence into."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Bytes, Count, Direction, Hertz, Milliseconds, Record, Seconds

MetricName = Literal["accuracy", "macro_f1", "balanced_accuracy", "class_f1"]
"""`class_f1` is the F1 of one class, the contract's `metric_class`: what counts where that class is rare."""


Task = Literal["classify", "anomaly"]
"""`anomaly`: two classes, the first is normal operation; the network learns from that one alone."""


class Budget(Record):
    """What the firmware image may use; None where only the board itself is the limit."""

    flash_bytes: Bytes | None = None
    """Code, constants and initialized data, as linked."""

    ram_bytes: Bytes | None = None
    """Static data, arena and the stack's high-water mark together."""

    latency_ms: Milliseconds | None = None
    """Front-end plus inference for one answer at the board's default clock."""


class WindowSpec(Record):
    """How the stream is cut; pictures and ready-made windows have a hop equal to the length."""

    length: Annotated[int, Field(gt=0)]
    """Samples in one window."""

    hop: Annotated[int, Field(gt=0)]
    """Samples from the start of one window to the start of the next."""

    rate_hz: Hertz | None
    """Samples a second; None where the data has no rate."""

    reference: Count = 0
    """Samples at the start that the goal says are normal; later ones are told relative to them. 0: none."""

    around_events: bool = False
    """Training and test take one window around each annotated event, the event in its middle."""


class Assumption(Record):
    """Something the goal did not say, and where the answer was taken from."""

    what: str
    source: Literal["goal", "data", "default", "answer"]


class AlarmLimits(Record):
    """What a detector may do wrong: shares of the normal and of the abnormal windows."""

    false_alarms: Annotated[float, Field(gt=0, lt=1)] = 0.1
    missed_alarms: Annotated[float, Field(gt=0, lt=1)] | None = 0.3
    """None where the data has one class alone."""


class Cue(Record):
    """What the application must say when a class is reported; checked on the emulated board."""

    on: Annotated[str, Field(min_length=1)]
    """Class, as the data spells it."""

    line: Annotated[str, Field(min_length=1, max_length=80)]
    """Text that a line of the application holds right after that class was reported, and at no other time."""


class Behavior(Record):
    """What the device does with its predictions."""

    debounce: Annotated[int, Field(ge=1, le=32)] = 3
    """A class is reported once it won this many of the latest windows in a row."""

    reactions: tuple[str, ...] = ()
    """What the goal says happens, a sentence each; empty: report each change on the serial line."""

    cues: Annotated[tuple[Cue, ...], Field(max_length=64)] = ()
    """What of the reactions can be seen on the serial line."""


class Spec(Record):
    """One device goal as limits that a machine can check. Written by the planner, changed by nobody."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    goal: str
    board: str
    """Id of a board manifest."""

    task: Task = "classify"
    classes: Annotated[tuple[str, ...], Field(min_length=2)]
    channels: Annotated[tuple[str, ...], Field(min_length=1)]
    window: WindowSpec
    metric: MetricName
    metric_class: str | None = None
    """The class that `class_f1` is of; None for the other metrics."""

    direction: Direction = "maximize"
    metric_limit: float
    """The sealed test must reach at least this."""

    metric_limit_source: Literal["goal", "data", "default", "answer"]
    alarms: AlarmLimits | None = None
    budget: Budget
    answers_per_s: float | None = None
    """Answers that the goal asks for; None for pictures and for data without a rate."""

    behavior: Behavior = Behavior()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def focus(self) -> int | None:
        """Position of `metric_class` in `classes`."""
        return self.classes.index(self.metric_class) if self.metric_class in self.classes else None


class Limits(Record):
    """What one run may spend."""

    rounds: Annotated[int, Field(ge=1)] = 3
    candidates_per_round: Annotated[int, Field(ge=1, le=8)] = 2
    workers: Annotated[int, Field(ge=1, le=16)] = 2
    """Trainings side by side, one thread each."""

    time_s: Seconds | None = 600.0
    """Wall time for the search, resumes added up; the best so far is delivered when it is used up."""

    training_s: Seconds = 600.0
    """Wall time for one training."""

    calls: Count | None = None
    """Calls of a language model."""

    tokens: Count | None = None
    """Input and output tokens together."""

    cost_usd: float | None = None
    mends: Count = 3
    """Times the embedded engineer may mend a build."""

    seed: Count = 1
