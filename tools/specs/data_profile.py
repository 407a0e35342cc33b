"""What a folder of recordings holds, as statistics; never raw rows."""

from typing import Literal

from nanosmith.tools.specs.base import Count, Fraction, Hertz, Record, Seconds
from nanosmith.tools.specs.time_grid import GapMicroseconds
from nanosmith.tools.specs.trial import Metric

NO_CLASS = "(no class)"
"""The one class of recordings that only a number is known of."""

DataKind = Literal["series", "audio", "image", "windows"]
"""Recordings sampled in time; sound; pictures; windows that somebody cut before."""


class ChannelProfile(Record):
    """One sensor channel over all readable recordings that are not sealed."""

    name: str
    unit: str | None = None
    minimum: float
    maximum: float
    mean: float
    std: float
    missing: Count
    """Samples that were empty or not a number."""

    offset_spread: float | None = None
    """Standard deviation of the groups' means, in deviations within a group (root mean square); None with fewer than
    three groups."""

    gain_spread: float | None = None
    """Standard deviation of the natural logarithm of the groups' deviations; None as above."""

    is_constant: bool = False
    clipped_fraction: Fraction = 0.0
    """Share of samples that stand at the channel's extreme values in runs of two or more."""


class ClassProfile(Record):
    """One class and how much of it there is."""

    name: str
    recordings: Count
    samples: Count
    """Samples (series, audio), pictures or windows that carry this label."""

    groups: Count
    """Subjects, machines or sessions that have it."""


NumberSource = Literal["channel", "index", "class"]
"""Where the true number is: a channel of the recordings, a column of the index, or class names that are numbers."""


class NumberProfile(Record):
    """A number that could be estimated, over the open recordings, and what plain methods reach."""

    name: str
    source: NumberSource
    unit: str | None = None
    minimum: float
    maximum: float
    mean: float
    std: float
    histogram: tuple[Count, ...] = ()
    """Windows in parts of equal width from `minimum` to `maximum`."""

    recordings: Count
    """Open recordings that have it."""

    missing: Count = 0
    """Open recordings (of a channel: samples) without it."""

    plain: tuple[Metric, ...] = ()
    """Errors of always answering the mean, by the name of the metric."""

    linear: tuple[Metric, ...] = ()
    """The same of a linear ridge on plain statistics of the other channels, out of fold by group; empty: not tried."""

    twins: tuple[str, ...] = ()
    """Channels that go along with it so closely that they may be the same measurement."""


class DataNote(Record):
    """Something found in the data and what was done about it."""

    severity: Literal["info", "repair", "warning"]
    message: str
    effect: str = ""
    """What it may do to the result; empty where nothing."""

    file: str | None = None
    line: int | None = None


class Baseline(Record):
    """What a plain method reaches on the open part; the yardstick where the goal names no score."""

    method: str
    metric: str
    value: float
    groups: Count
    """Groups (or folds) that the estimate rests on."""

    metrics: tuple[Metric, ...] = ()
    """Every metric that a spec may name, with its interval; `metric` and `value` are one of them."""

    def surely(self, metric: str) -> float:
        """What the plain method reaches in this metric without luck: the lower end of the interval."""
        for found in self.metrics:
            if found.name == metric and found.interval is not None:
                return found.interval.low
        return self.value


class DataProfile(Record):
    """What the planner may know of the data."""

    kind: DataKind
    recordings: Count
    total_s: Seconds | None
    """Length of all recordings together; None for pictures and for windows without a rate."""

    rate_hz: Hertz | None
    longest_gap_us: GapMicroseconds | None = None
    """Where samples came irregularly in time, the longest hole that was filled; None where they came evenly."""

    channels: tuple[ChannelProfile, ...]
    classes: tuple[ClassProfile, ...]
    group_kind: str | None
    """What a group is (`subject`, `speaker`, `device`, `session`, …); None where none was found."""

    groups: tuple[str, ...]
    """Names of the open groups; sealed ones are only counted."""

    sealed_groups: Count
    split_source: Literal["marked", "by group", "by recording"]
    """Where the test split comes from: the user's own marks, or chosen by us."""

    window_samples: Count | None = None
    """Length of each window where they were cut before."""

    image_shape: tuple[int, int, int] | None = None
    """Height, width, color channels of the pictures (the most common one)."""

    labels_per_sample: bool = False
    typical_segment_s: Seconds | None = None
    """Median length of an unbroken stretch of one label; None where labels are per file."""

    clip_s: Seconds | None = None
    """Length that 95 % of the recordings keep within; only where each has one label for all of it."""

    event_gap_s: Seconds | None = None
    """Median time from one labelled event to the next, where labels are points in time; else None."""

    numbers: tuple[NumberProfile, ...] = ()
    """What could be estimated; gathered only where the goal asks for a number."""

    notes: tuple[DataNote, ...] = ()

    def number(self, name: str) -> NumberProfile | None:
        """The number of this name; None where there is none."""
        return next((found for found in self.numbers if found.name == name), None)
