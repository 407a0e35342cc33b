"""A candidate trained and measured."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Artifact, Bytes, Count, Direction, Fraction, Milliseconds, Record, Seconds
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.threshold import Threshold


class Interval(Record):
    """A bootstrap interval; groups are resampled whole where there are groups."""

    low: float
    high: float
    level: Fraction = 0.95


class Metric(Record):
    """A measured number, and which way is better."""

    name: str
    value: float
    direction: Direction = "maximize"
    interval: Interval | None = None
    n: Count = 0
    """Windows (or pictures) that it was measured on."""


class ClassScore(Record):
    """One class of a confusion matrix."""

    name: str
    precision: Fraction
    recall: Fraction
    f1: Fraction
    support: Count


class RangeError(Record):
    """The error within one part of a number's range."""

    low: float
    high: float
    n: Count
    mae: float
    bias: float
    """Mean of estimate less truth."""


class ThresholdScore(Record):
    """Windows on the right and on the wrong side of a limit of the number, each by itself."""

    threshold: Threshold
    beyond: Count
    """Windows whose true number is beyond the limit."""

    missed: Count
    """Of these, the estimate is not."""

    within: Count
    """Windows whose true number is not beyond it."""

    false_alarms: Count
    """Of these, the estimate is."""


class NumberErrors(Record):
    """Estimates of a number against the truth, in its unit."""

    unit: str | None
    pairs: tuple[tuple[float, float], ...]
    """Truth and estimate of windows spread evenly over all, at most 400."""

    ranges: tuple[RangeError, ...]
    """Quarters of the windows by the truth, lowest first; fewer where many are equal."""

    thresholds: tuple[ThresholdScore, ...] = ()
    """Of each limit that the contract has."""


class Evaluation(Record):
    """Predictions against labels, as the parent process counted them."""

    metrics: tuple[Metric, ...]
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows are true classes, columns predicted ones."""

    numbers: NumberErrors | None = None
    """Of a number; `classes` and `confusion` are empty then."""

    def metric(self, name: str) -> Metric:
        """The metric of this name; KeyError where it was not measured."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)


class NumberScale(Record):
    """How the output of a network stands for a number: number = mean + std * output."""

    mean: float
    std: Annotated[float, Field(gt=0)]


class EventScore(Record):
    """Reports of the device on continuous recordings against the events that were there, one to one.

    The rule is in tools/decisions/events.py.
    """

    metrics: tuple[Metric, ...]
    """event_f1, event_precision, event_recall, false_alarms_per_hour, in_force_accuracy (share of the answers after
    which the right class is in force), and detection_delay_s (median) where an event was found."""

    events: Count
    """That were there."""

    reports: Count
    """Of events; those in unlabelled stretches are not counted."""

    found: Count
    """Events that have a report of their own."""

    hours: Annotated[float, Field(ge=0)]
    """Labelled time."""

    def value(self, name: str) -> float | None:
        """The metric of this name; None where it was not measured."""
        return next((metric.value for metric in self.metrics if metric.name == name), None)


class CurvePoint(Record):
    """One epoch of one training; `validation` is scored by the parent, which alone has those labels."""

    epoch: Count
    loss: float
    train: Fraction
    """Accuracy on the training windows, running mean over the epoch; of a number the share of the plain error gone."""

    validation: Fraction | None = None


class Trial(Record):
    """One candidate trained and judged on people, machines or sessions that its training did not see."""

    candidate: str
    status: Literal["complete", "failed", "timed_out"]
    reason: str | None = None
    """Why it is not complete, cleaned of control characters."""

    int8: Evaluation | None = None
    """Out-of-fold, by the emitted C on the host: what the device will answer."""

    float32: Evaluation | None = None
    """Out-of-fold, before quantization."""

    train_accuracy: Fraction | None = None
    scale: NumberScale | None = None
    """Of a number: what the model's output stands for."""

    resolution: Annotated[float, Field(gt=0)] | None = None
    """Of a number: what one step of the int8 output is, in its unit."""

    calibration: str | None = None
    """How the quantization ranges were found; the best of several on validation."""

    decision: Decision | None = None
    """How answers become reports, chosen out of fold; None where the recordings are not continuous."""

    events: EventScore | None = None
    """Out-of-fold, of the reports by `decision`."""

    folds: Count = 0
    curves: tuple[tuple[CurvePoint, ...], ...] = ()
    """One a fold."""

    model: Artifact | None = None
    """The int8 .tflite, trained on all open groups."""

    front_end: Artifact | None = None
    """The fitted front-end (`FittedFrontEnd` as JSON)."""

    seconds: Seconds = 0.0


class Parity(Record):
    """Answers compared byte for byte."""

    compared: Count
    equal: Count

    @property
    def holds(self) -> bool:
        """Whether something was compared and all of it was equal."""
        return self.compared > 0 and self.compared == self.equal


class Section(Record):
    """One section of the linked image."""

    name: str
    size_bytes: Bytes
    memory: Literal["flash", "ram", "both"]


class BuildReport(Record):
    """What building a firmware project gave."""

    ok: bool
    environment: str
    flash_bytes: Bytes = 0
    static_ram_bytes: Bytes = 0
    """Initialized and zeroed data, arena included; without the stack."""

    sections: tuple[Section, ...] = ()
    errors: tuple[str, ...] = ()
    """Compiler and linker errors as `file:line: message`, cleaned, at most 20."""

    warnings: tuple[str, ...] = ()
    elf: Artifact | None = None


class DeviceReport(Record):
    """What a candidate, or the final firmware, costs on its board."""

    candidate: str
    board: str
    flash_bytes: Bytes
    ram_bytes: Bytes
    """Static data, arena and stack together."""

    static_ram_bytes: Bytes
    arena_bytes: Bytes
    stack_bytes: Bytes
    """High-water mark of the painted stack."""

    instructions: Count
    """For one answer: front-end work of one hop plus one inference."""

    latency_ms: Milliseconds
    latency_assumption: str
    parity: Parity
    """Emulated firmware against the host build."""

    emulated_on: str
