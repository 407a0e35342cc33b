"""Feature front-ends: what turns raw windows into what a network sees. Each is C in firmware_templates/features."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Fraction, Hertz, Record

Frame = Annotated[int, Field(ge=32, le=2048)]
Hop = Annotated[int, Field(ge=1, le=2048)]
Bands = Annotated[int, Field(ge=4, le=80)]
Floor = Annotated[float, Field(ge=2.0**-100, le=2.0**60)]

Arithmetic = Literal["float", "integer"]
"""What the C counts in: integers take half (`standardize`) to an eighth (spectra) of the instructions without an FPU,
more with one. They give other features, close to the floats': a model is trained on those of its own."""

Statistic = Literal[
    "mean", "std", "rms", "min", "max", "range", "change", "crossings", "turns", "crest", "skew", "kurtosis",
    "log_energy", "log_std",
]  # fmt: skip
"""`change`: mean absolute step; `crossings` of zero and `turns` (slope changes) as shares of the steps; `crest`: the
farthest from the mean in standard deviations; `log_energy`, `log_std`: log2 of the mean square and of the variance."""

MotionPart = Literal["raw", "gravity", "body", "magnitude"]


LOWEST_LEVEL = -30.0
"""log2 of the power that is added to every mel band: no level is below it."""


class RawFrontEnd(Record):
    """Samples as they come, averaged over `decimate` neighbors; a feature row is one (averaged) sample."""

    kind: Literal["raw"] = "raw"
    decimate: Annotated[int, Field(ge=1, le=64)] = 1
    standardize: bool = False
    """Each column less its mean in the window, over its deviation there."""

    floor: Floor = 2.0**-30
    """Added to that variance, in the channel's unit squared."""

    arithmetic: Arithmetic = "float"
    """Of `standardize`."""


class StatisticsFrontEnd(Record):
    """Statistics of each channel; a feature row is one block of `frame` samples."""

    kind: Literal["statistics"] = "statistics"
    frame: Annotated[int, Field(ge=2, le=32_768)]
    statistics: Annotated[tuple[Statistic, ...], Field(min_length=1)] = (
        "mean", "std", "min", "max", "change", "turns",
    )  # fmt: skip
    floor: Floor = 2.0**-30
    """Added to an energy before its logarithm, in the channel's unit squared."""

    arithmetic: Arithmetic = "float"


class MotionFrontEnd(Record):
    """Accelerometers: gravity (low-passed), body acceleration and magnitude as added channels; a row is one sample."""

    kind: Literal["motion"] = "motion"
    triples: Annotated[tuple[tuple[int, int, int], ...], Field(min_length=1)]
    """Channels of x, y, z of each accelerometer, counted from 0."""

    parts: Annotated[tuple[MotionPart, ...], Field(min_length=1)] = ("raw", "gravity", "magnitude")
    """`raw`: all channels; of each triple `gravity`: x, y, z of it, `body`: x, y, z without it, `magnitude`: of x, y, z
    and of body."""

    lag: Annotated[int, Field(ge=1, le=64)] = 16
    """Rows by which features are late: the low-pass is a Hann window of 2 lag + 1 rows; a window loses 2 lag rows."""

    decimate: Annotated[int, Field(ge=1, le=64)] = 1
    """Samples averaged before anything else."""

    arithmetic: Arithmetic = "float"


class SpectrumFrontEnd(Record):
    """Energies of frequency bands of every channel; a feature row is one frame. For any rate, known or not."""

    kind: Literal["spectrum"] = "spectrum"
    frame: Frame
    """Samples in one frame; padded with zeros to the next power of two for the FFT."""

    hop: Hop
    bands: Bands
    """Of each channel."""

    scale: Literal["linear", "log"] = "linear"
    """How the bands are spaced; `log` wants `low` above 0."""

    low: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    high: Annotated[float, Field(gt=0, le=0.5)] = 0.5
    """Ends of the bands as shares of the sampling rate; .5 is half of it, all there is."""

    compression: Literal["log", "root"] = "log"
    """log2 of the energy, or its fourth root."""

    floor: Floor = 2.0**-30
    """Added to an energy before its logarithm, in the channel's unit squared."""

    arithmetic: Arithmetic = "float"


class LogMelFrontEnd(Record):
    """Log energies of mel bands; a feature row is one frame. For one-channel signals."""

    kind: Literal["log_mel"] = "log_mel"
    frame: Frame
    """Samples in one frame; padded with zeros to the next power of two for the FFT."""

    hop: Hop
    bands: Bands
    low_hz: Annotated[float, Field(ge=0)]
    high_hz: Hertz
    range: Annotated[float, Field(ge=1, le=28)] | None = None
    """None: log2 energies as they are. Else against the window's loudest one, cut off this far below it (12: 36 dB), so
    that loudness, distance and what hums in the background fall away."""

    arithmetic: Arithmetic = "float"


class MfccFrontEnd(Record):
    """Mel-frequency cepstral coefficients: the cosine transform of log-mel bands; a feature row is one frame."""

    kind: Literal["mfcc"] = "mfcc"
    frame: Frame
    hop: Hop
    bands: Bands
    low_hz: Annotated[float, Field(ge=0)]
    high_hz: Hertz
    coefficients: Annotated[int, Field(ge=2, le=40)] = 13
    """Kept, from the lowest; at most `bands`."""

    arithmetic: Arithmetic = "float"


class PcenFrontEnd(Record):
    """Per-channel energy normalization of mel bands: each over its own smoothed past in the window."""

    kind: Literal["pcen"] = "pcen"
    frame: Frame
    hop: Hop
    bands: Bands
    low_hz: Annotated[float, Field(ge=0)]
    high_hz: Hertz
    smoothing: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Share of the newest frame in the smoothed energy."""

    gain: Fraction = 0.98
    bias: Annotated[float, Field(gt=0, le=100)] = 2.0
    power: Annotated[float, Field(gt=0, le=1)] = 0.5
    arithmetic: Arithmetic = "float"


class WaveletFrontEnd(Record):
    """Octave bands of every channel by a quadratic spline wavelet; a feature row every `hop` samples."""

    kind: Literal["wavelet"] = "wavelet"
    levels: Annotated[int, Field(ge=1, le=8)]
    """Octaves from half the rate down; what is left below them is one more column."""

    hop: Hop
    measure: Literal["value", "energy"] = "value"
    """The bands' values at every hop-th sample, or log2 of their energy over `hop` samples."""

    floor: Floor = 2.0**-30
    """Added to an energy before its logarithm, and to a variance, in the channel's unit squared."""

    standardize: bool = False
    """Each column less its mean in the window, over its deviation there."""

    arithmetic: Arithmetic = "float"
    """Of `standardize`."""


class ImageFrontEnd(Record):
    """Area-averaged resize, gray or color; a feature row is one row of pixels of the resized picture."""

    kind: Literal["image"] = "image"
    height: Annotated[int, Field(ge=4, le=256)]
    width: Annotated[int, Field(ge=4, le=256)]
    gray: bool = True
    crop: tuple[int, int, int, int] | None = None
    """Top, left, height and width in pixels of the part that is looked at; None: all of the picture."""


Stage = Annotated[
    RawFrontEnd | MotionFrontEnd | StatisticsFrontEnd | SpectrumFrontEnd | WaveletFrontEnd | LogMelFrontEnd,
    Field(discriminator="kind"),
]


class ChainFrontEnd(Record):
    """Front-ends one after another: each one's feature rows are the samples of the next."""

    kind: Literal["chain"] = "chain"
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=3)]


class BesideFrontEnd(Record):
    """Front-ends side by side over the same samples: a row holds one row of each. All have as many rows a window."""

    kind: Literal["beside"] = "beside"
    parts: Annotated[tuple[ChainFrontEnd, ...], Field(min_length=2, max_length=3)]


FrontEnd = Annotated[
    RawFrontEnd | StatisticsFrontEnd | MotionFrontEnd | SpectrumFrontEnd | LogMelFrontEnd | MfccFrontEnd | PcenFrontEnd
    | WaveletFrontEnd | ImageFrontEnd | ChainFrontEnd | BesideFrontEnd,
    Field(discriminator="kind"),
]  # fmt: skip
"""Every front-end that there is."""

MelFrontEnd = LogMelFrontEnd | MfccFrontEnd | PcenFrontEnd
"""Those that begin with mel bands."""


def is_standardized(front_end: FrontEnd) -> bool:
    """Whether each window's columns are told in its own deviations from its own means."""
    return isinstance(front_end, RawFrontEnd | WaveletFrontEnd) and front_end.standardize


def is_leveled(front_end: FrontEnd) -> bool:
    """Whether each window's energies are told against its loudest one."""
    return isinstance(front_end, LogMelFrontEnd) and front_end.range is not None


def least_level(reach: float) -> float:
    """What levels are measured against where nothing in the window is louder: there silence is `-reach`."""
    return LOWEST_LEVEL + reach


def is_logarithmic(front_end: FrontEnd) -> bool:
    """Whether a gain of the signal is an offset of the features."""
    match front_end:
        case LogMelFrontEnd():
            return front_end.range is None
        case SpectrumFrontEnd():
            return front_end.compression == "log"
        case WaveletFrontEnd():
            return front_end.measure == "energy" and not front_end.standardize
        case ChainFrontEnd():
            return all(is_linear(stage) for stage in front_end.stages[:-1]) and is_logarithmic(front_end.stages[-1])
        case _:
            return False


def is_linear(front_end: FrontEnd) -> bool:
    """Whether a gain of the signal is a gain of the features."""
    match front_end:
        case MotionFrontEnd() | ImageFrontEnd():
            return True
        case RawFrontEnd():
            return not front_end.standardize
        case SpectrumFrontEnd():
            return False
        case WaveletFrontEnd():
            return front_end.measure == "value" and not front_end.standardize
        case ChainFrontEnd():
            return all(is_linear(stage) for stage in front_end.stages)
        case _:
            return False


def has_bands(front_end: FrontEnd) -> bool:
    """Whether neighboring columns are neighboring bands of one spectrum."""
    last = front_end.stages[-1] if isinstance(front_end, ChainFrontEnd) else front_end
    return isinstance(last, LogMelFrontEnd | PcenFrontEnd | SpectrumFrontEnd)


def has_decibels(front_end: FrontEnd) -> bool:
    """Whether a microphone's gain at some frequency is an offset of that column."""
    return is_logarithmic(front_end) or isinstance(front_end, LogMelFrontEnd)


def turning_columns(
    front_end: FrontEnd, triples: tuple[tuple[int, int, int], ...], channels: int
) -> tuple[tuple[int, int, int], ...]:
    """Columns that turn with the sensor, given the channels that are x, y, z of one; none of most kinds."""
    match front_end:
        case RawFrontEnd() if not front_end.standardize:
            return triples
        case MotionFrontEnd():
            return _motion_triples(front_end, triples, channels)
        case _:
            return ()


def _motion_triples(
    front_end: MotionFrontEnd, triples: tuple[tuple[int, int, int], ...], channels: int
) -> tuple[tuple[int, int, int], ...]:
    found = list(triples) if "raw" in front_end.parts else []
    column = channels if "raw" in front_end.parts else 0
    for _ in front_end.triples:
        for part in ("gravity", "body"):
            if part in front_end.parts:
                found.append((column, column + 1, column + 2))
                column += 3
        column += 2 if "magnitude" in front_end.parts else 0
    return tuple(found)
