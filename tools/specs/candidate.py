"""A proposal: network source, feature front-end and training settings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nanosmith.tools.specs.base import Artifact, Count, Fraction, Hertz, Record
from nanosmith.tools.specs.front_end import FrontEnd, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd

__all__ = [
    "MOST_DEVIATIONS", "Augmentation", "Candidate", "CandidateCheck", "FittedFrontEnd", "FrontEnd", "ImageFrontEnd",
    "LogMelFrontEnd", "Proposal", "RawFrontEnd", "TrainingSettings",
]  # fmt: skip


MOST_DEVIATIONS = 64
"""Numbers that the network of an anomaly detector may give; its head takes a weight for each pair of them."""


class Augmentation(Record):
    """Random changes to training windows, in the units named; 0 switches one off."""

    rotate_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Standard deviation of a random rotation of each x, y, z triple of channels."""

    scale: Fraction = 0.0
    """Standard deviation of a random gain around 1."""

    jitter: Fraction = 0.0
    """Standard deviation of added noise, in standard deviations of the feature."""

    shift: Fraction = 0.0
    """Largest random shift along time, as a share of the window."""

    stretch: Fraction = 0.0
    """Largest random change of pace about the window's middle: .2 is up to 1.2 times as fast or as slow."""

    warp: Fraction = 0.0
    """Largest random scaling of the frequency axis of bands, as of another vocal tract or a smaller machine."""

    tilt: Fraction = 0.0
    """Standard deviation of random smooth weights over the bands, in the features' own: another microphone or room."""

    wander: Annotated[float, Field(ge=0, le=4)] = 0.0
    """Standard deviation of a slow wave added to each column, in the column's deviation within the window."""

    filter: Fraction = 0.0
    """Standard deviation of the taps of a random short filter over raw rows, beside one of 1 in its middle: electrodes
    at another place, another mounting of the sensor."""

    invert: Fraction = 0.0
    """Share of windows of raw rows turned upside down: electrodes or sensors that may sit the other way round."""

    artifacts: Annotated[float, Field(ge=0, le=4)] = 0.0
    """Standard deviation of bumps and steps added to raw rows, and of bursts of noise, in the column's deviation within
    the window: a body that moves, an electrode that slips."""

    mask: Fraction = 0.0
    """Largest share of the rows (and of the bands) blanked out."""

    mixup: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Beta parameter of mixup; 0: none."""

    image_shift: Fraction = 0.0
    image_zoom: Fraction = 0.0
    image_rotate_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    image_flip: bool = False


class TrainingSettings(Record):
    """How the harness trains; the harness itself is fixed."""

    epochs: Annotated[int, Field(ge=1, le=400)] = 30
    batch_size: Annotated[int, Field(ge=1, le=1024)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 1e-3
    label_smoothing: Fraction = 0.05
    class_weights: Literal["none", "balanced", "sqrt"] = "sqrt"
    """Loss weights by inverse class frequency, or by its square root."""

    augmentation: Augmentation = Augmentation()

    solver: Literal["gradient", "discriminant"] = "gradient"
    """`discriminant`: weights of a Dense layer `pairs`, one unit for each pair of classes, in closed form."""

    members: Annotated[int, Field(ge=1, le=8)] = 1
    """Networks of this source, each trained from another seed, whose mean is the answer: that many times the cost."""

    @property
    def all_epochs(self) -> int:
        """Epochs of all members together."""
        return self.epochs * self.members

    @model_validator(mode="after")
    def _one_solution(self) -> Self:
        if self.solver == "discriminant" and self.members > 1:
            raise ValueError("`solver: discriminant` has one solution; `members` must be 1")
        return self


class Proposal(Record):
    """What a coder answers: one network worth training."""

    idea: Annotated[str, Field(min_length=1, max_length=400)]
    """One sentence: what it is and why it should do better."""

    source: Annotated[str, Field(min_length=1, max_length=40_000)]
    """A Python module with `build_model(input_shape: tuple[int, ...], classes: int) -> keras.Model`."""

    front_end: FrontEnd
    training: TrainingSettings
    parameters: dict[str, int | float | str] = {}
    """The point of a design space that it came from, where it came from one."""


class Candidate(Record):
    """A proposal that passed its static checks and has a number."""

    id: str
    """`c01`, `c02`, … in the order proposed."""

    round: Count
    idea: str
    source: Artifact
    front_end: FrontEnd
    training: TrainingSettings
    parameters: dict[str, int | float | str] = {}


class CandidateCheck(Record):
    """What building and converting the untrained network told, before any training was paid for."""

    ok: bool
    findings: tuple[str, ...]
    """What is wrong, a sentence each; empty when ok."""

    input_shape: tuple[int, ...] = ()
    weights: Count = 0
    macs: Count = 0
    arena_bytes: Count = 0
    constant_bytes: Count = 0
    operators: tuple[str, ...] = ()


class FittedFrontEnd(Record):
    """A front-end with the statistics of the training windows and the model's input quantization.

    Feature `f` of column `c` becomes `q = clamp(round_half_away(f * gain[c] + offset[c]), -128, 127)`;
    `gain` and `offset` hold normalization and quantization together, as float32.
    """

    front_end: FrontEnd
    sample_shape: tuple[int, ...]
    """One raw window: [samples, channels], or [height, width, colors] of a picture."""

    feature_shape: tuple[int, ...]
    """[rows, columns] of a series, [height, width, colors] of a picture: what the model takes, without the batch."""

    rate_hz: Hertz | None
    mean: tuple[float, ...]
    """Per column (per color of a picture) over the training windows."""

    std: tuple[float, ...]
    input_scale: Annotated[float, Field(gt=0)]
    """Of the model's int8 input tensor, which holds normalized features."""

    input_zero_point: Annotated[int, Field(ge=-128, le=127)]
