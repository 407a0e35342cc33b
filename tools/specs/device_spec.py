"""The contract: what the planner turned the sentence into."""

from math import ceil
from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Bytes, Count, Direction, Hertz, Milliseconds, Record, Seconds
from nanosmith.tools.specs.data_profile import NumberSource
from nanosmith.tools.specs.threshold import Threshold
from nanosmith.tools.specs.time_grid import GapMicroseconds, TimeGrid

MetricName = Literal["accuracy", "macro_f1", "balanced_accuracy", "class_f1", "mae", "rmse"]
"""`class_f1` is the F1 of one class, the contract's `metric_class`: what counts where that class is rare. `mae` and
`rmse` are the mean absolute and the root mean square error of a number, in its unit."""


Task = Literal["classify", "anomaly", "number"]
"""`anomaly`: two classes, the first is normal operation; the network learns from that one alone. `number`: no class,
the answer is the contract's `target`."""


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

    longest_gap_us: GapMicroseconds | None = None
    """Samples come with their times and are put on the grid of `rate_hz`; a hole longer than this begins the windows
    anew. None: they come evenly."""

    @property
    def grid(self) -> TimeGrid | None:
        """Where samples come with their times, the grid that they are put on."""
        if self.longest_gap_us is None or self.rate_hz is None:
            return None
        return TimeGrid.of(self.rate_hz, self.longest_gap_us)


AssumptionSource = Literal["goal", "data", "default", "answer"]


class Assumption(Record):
    """Something the goal did not say, and where the answer was taken from."""

    what: str
    source: AssumptionSource


def fewest_to_promise(false_alarms: float) -> int:
    """Independent normal recordings from which a share of false alarms can be promised for another one."""
    return ceil(1 / false_alarms - 1e-9) - 1


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


class Target(Record):
    """The number that a device estimates."""

    name: Annotated[str, Field(min_length=1)]
    """As the data calls it: a channel, a column of the index, or what numeric class names count."""

    source: NumberSource
    unit: Annotated[str, Field(max_length=16)] | None = None
    """None where neither the data nor the goal names one."""

    decimals: Annotated[int, Field(ge=0, le=6)]
    """Digits after the point that the device tells."""

    plain_error: Annotated[float, Field(gt=0)]
    """The contract's metric of a device that always answers the open part's mean, in the target's unit."""


class Behavior(Record):
    """What the device does with its predictions."""

    debounce: Annotated[int, Field(ge=1, le=32)] = 3
    """A class is reported once it won this many of the latest windows in a row."""

    debounce_is: Literal["default", "least", "exact"] = "default"
    """`exact`: this rule and no other; `least`: so long at least, the rest is chosen on continuous recordings;
    `default`: all of it is, and this rule stands elsewhere."""

    refractory_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """From an event's beginning, no other one is reported."""

    reactions: tuple[str, ...] = ()
    """What the goal says happens, a sentence each; empty: report each change on the serial line."""

    cues: Annotated[tuple[Cue, ...], Field(max_length=64)] = ()
    """What of the reactions can be seen on the serial line."""

    thresholds: Annotated[tuple[Threshold, ...], Field(max_length=4)] = ()
    """Limits of the number at which the device alarms; none where the task is no number."""


class Spec(Record):
    """One device goal as limits that a machine can check. Written by the planner, changed by nobody."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    goal: str
    board: str
    """Id of a board manifest."""

    task: Task = "classify"
    classes: tuple[str, ...]
    """Two or more; none where the task is a number."""

    target: Target | None = None
    """What is estimated where the task is a number; else None."""

    channels: Annotated[tuple[str, ...], Field(min_length=1)]
    window: WindowSpec
    metric: MetricName
    metric_class: str | None = None
    """The class that `class_f1` is of; None for the other metrics."""

    direction: Direction = "maximize"
    metric_limit: float
    """The sealed test must reach at least this share; the error of a number, in its unit, must stay within this."""

    metric_limit_source: Literal["goal", "data", "default", "answer"]
    alarms: AlarmLimits | None = None
    false_alarms_per_hour: Annotated[float, Field(ge=0)] | None = None
    """Reports that stand for no event; None: not limited."""

    budget: Budget
    answers_per_s: float | None = None
    """Answers that the goal asks for; None for pictures and for data without a rate."""

    behavior: Behavior = Behavior()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def focus(self) -> int | None:
        """Position of `metric_class` in `classes`."""
        return self.classes.index(self.metric_class) if self.metric_class in self.classes else None

    @property
    def outputs(self) -> int:
        """Values that the network gives: one a class, or the number."""
        return len(self.classes) if self.target is None else 1

    def merit(self, score: float) -> float:
        """A score as a share of which more is better: itself, or how much of the plain error an error is short of."""
        return score if self.target is None else 1 - score / self.target.plain_error


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
