"""What the parent and a training in the sandbox say to each other: JSON on both sides, never a pickle."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from nanosmith.tools.specs.base import Count, Fraction, Hertz, Record
from nanosmith.tools.specs.candidate import FrontEnd, TrainingSettings
from nanosmith.tools.specs.device_spec import AlarmLimits
from nanosmith.tools.specs.trial import NumberScale

Calibration = Literal["plain", "clipped", "fake_quant"]
"""How the int8 ranges are found.

* `plain`: from training windows as they are
* `clipped`: the same windows clipped at ±4 standard deviations, so that a rare spike does not cost resolution
* `fake_quant`: some more epochs with rounded activations, then as `clipped`
"""
CALIBRATIONS: tuple[Calibration, ...] = ("plain", "clipped", "fake_quant")
ANOMALY_CALIBRATIONS: tuple[Calibration, ...] = ("plain", "clipped")
"""Of anomaly detectors, whose windows reach three times as far as normal ones: clipped at ±8 and ±4 deviations."""

JOB_FILE = "job.json"
SOURCE_FILE = "model.py"
LABELS_FILE = "labels.npy"
"""int32, of the training part only (float32 where the job is of a number): a job never holds a validation label."""

TRAINING_FILE = "training.npy"
"""int64 positions of the training part in the staged windows."""

RECORDINGS_FILE = "recordings.npy"
"""int32, group (else recording) of each window of the training part; in anomaly jobs only."""

VALIDATION_FILE = "validation.npy"
"""int64 positions of the validation part; empty in the training on all open groups."""


class TrainingJob(Record):
    """One run of the harness: train and convert, or build and convert an untrained network."""

    purpose: Literal["train", "check"]
    front_end: FrontEnd
    sample_shape: tuple[int, ...]
    feature_shape: tuple[int, ...]
    rate_hz: Hertz | None
    classes: Annotated[int, Field(ge=1, le=65_535)]
    """Outputs of the network: the classes, or 1 for a number."""

    alarms: AlarmLimits | None = None
    """Of an anomaly job: the network gives deviations, and class 0 is normal; None: it gives the classes."""

    scale: NumberScale | None = None
    """Of a job of a number: what its labels are standardized by; None: they are classes."""

    training: TrainingSettings
    triples: tuple[tuple[int, int, int], ...] = ()
    """Channel positions that are x, y, z of one sensor: what a random rotation turns."""

    calibrations: Annotated[tuple[Calibration, ...], Field(min_length=1)] = CALIBRATIONS
    seed: Count = 1


class JobResult(Record):
    """What a training leaves beside its .tflite files."""

    mean: tuple[float, ...] = ()
    """Per column of the features (per color of a picture), over the training part."""

    std: tuple[float, ...] = ()
    parameters: Count
    """Numbers in the network, trained or not."""

    output_shape: tuple[int | None, ...]


class StageEvent(Record):
    """The harness went on to something else; says where it was when it crashed."""

    event: Literal["stage"] = "stage"
    stage: str


class EpochEvent(Record):
    """One epoch is over."""

    event: Literal["epoch"] = "epoch"
    epoch: Count
    loss: float
    train: Fraction
    validation: Annotated[str, Field(max_length=8_000_000)] | None = None
    """Predicted classes of the validation part, little-endian uint16 in base64, or standardized numbers, float32; None
    where none were made."""


class FailureEvent(Record):
    """The last line of a job that failed by itself."""

    event: Literal["failure"] = "failure"
    reason: Annotated[str, Field(max_length=8_000)]


class DoneEvent(Record):
    """The last line of a job that went well."""

    event: Literal["done"] = "done"
    result: JobResult
    calibrations: tuple[Calibration, ...]
    """Those that were converted; one that a network does not allow is missing."""


HarnessEvent = Annotated[StageEvent | EpochEvent | FailureEvent | DoneEvent, Field(discriminator="event")]
EVENT: TypeAdapter[HarnessEvent] = TypeAdapter(HarnessEvent)
"""Parses one line of a harness's standard output."""
