"""Which front-ends suit a kind of data, and a point's one made to fit the window, its hop and the sampling rate.

Told apart by what a window is (channels, rate, length, x-y-z triples), never by what the data is called.
"""

from math import ceil, log2, log10
from typing import Any

from nanosmith.agents.builtin.design_space import Point, has_events, is_aligned, is_picture, levels_differ
from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.specs.board import NO_FPU
from nanosmith.tools.specs.channel_triples import channel_triples
from nanosmith.tools.specs.feature_shape import check_hop, feature_shape, wavelet_support
from nanosmith.tools.specs.front_end import (
    Arithmetic,
    BesideFrontEnd,
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MfccFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    Statistic,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

_LOWEST_HZ = 60.0
_FEWEST_BANDS = 4
_FRAME_AT_MOST = 2_048
_FRAME_AT_LEAST = 32
_BLOCK_AT_MOST = 32_768
_FRAMES_OF_A_WINDOW = 45
"""Overlapping by three quarters, of which one mean is taken."""

_FRAMES_OF_A_BLOCK = 16

_STATISTICS: tuple[Statistic, ...] = (
    "mean", "std", "log_std", "rms", "log_energy", "range", "crest", "change", "crossings", "turns", "skew", "kurtosis",
)  # fmt: skip
"""Some say the same on two scales: networks this small don't make logarithms themselves."""

_LAG_S = 0.4
"""Half the length of the low-pass that finds gravity: slower than a movement, faster than a change of posture."""

_RANGE = 12.0
"""36 dB below the loudest: what a voice covers, and above what most rooms and microphones hum."""

_OF_BANDS: tuple[Statistic, ...] = ("mean", "std", "log_std", "max", "min", "change", "turns")
_GRAIN_S = 0.02

_QUIET = 1e-3
"""Share of a channel's deviation below which an energy tells nothing."""


def choose_front_end(point: Point, brief: CoderBrief) -> FrontEnd:
    """The front-end that a point asks for; raw samples where it would have no row or an empty band."""
    if is_picture(brief):
        height, width = brief.sample_shape[:2]
        side, longest = int(point["size"]), max(height, width)
        tall, wide = (min(size, max(4, side * size // longest)) for size in (height, width))
        return ImageFrontEnd(height=tall, width=wide, gray=point["color"] == "gray")
    asked = _asked(point, brief)
    if asked is not None and _fits(asked, brief):
        return asked
    if point["front_end"] != "standard":
        return RawFrontEnd(decimate=int(point["decimate"]))
    return RawFrontEnd(
        decimate=int(point["decimate"]), standardize=True, floor=_floor(brief), arithmetic=_arithmetic(brief)
    )


def _asked(point: Point, brief: CoderBrief) -> FrontEnd | None:
    match point["front_end"]:
        case "log_mel" | "level_mel" | "mfcc" | "pcen":
            return _mel(point, brief)
        case "mel_statistics":
            return _mel_statistics(point, brief)
        case "spectrum" | "root_spectrum" | "mean_spectrum":
            return _spectrum(point, brief)
        case "statistics":
            return _statistics(point, brief)
        case "spectrum_statistics":
            return _side_by_side(point, brief)
        case "wavelet":
            return _wavelet(point, brief)
        case "motion":
            return _motion(point, brief)
        case _:
            return None


def _fits(front_end: FrontEnd, brief: CoderBrief) -> bool:
    window = brief.spec.window
    try:
        feature_shape(front_end, brief.sample_shape)
        check_hop(front_end, length=window.length, hop=window.hop)
    except ValueError:
        return False
    return True


def _mel(point: Point, brief: CoderBrief) -> FrontEnd | None:
    rate, bands = brief.spec.window.rate_hz, int(point["bands"])
    if rate is None:
        return None
    frame, hop = _frame_and_hop(int(point["frames"]), brief)
    low = min(_LOWEST_HZ, rate / 100)
    while bands >= _FEWEST_BANDS and not _bands_hold_bins(frame, bands, low, rate):
        bands -= 1
    if bands < _FEWEST_BANDS or not 1 <= hop <= _FRAME_AT_MOST:
        return None
    mel: dict[str, Any] = {
        "frame": frame, "hop": hop, "bands": bands, "low_hz": low, "high_hz": rate / 2,
        "arithmetic": _arithmetic(brief),
    }  # fmt: skip
    match point["front_end"]:
        case "mfcc":
            return MfccFrontEnd(**mel, coefficients=min(13, bands))
        case "pcen":
            return PcenFrontEnd(**mel)
        case kind:
            return LogMelFrontEnd(**mel, range=_RANGE if kind == "level_mel" else None)


def _mel_statistics(point: Point, brief: CoderBrief) -> FrontEnd | None:
    """How each band of a window lies and moves, by frames as short as a sound's grain."""
    rate = brief.spec.window.rate_hz
    if rate is None:
        return None
    frames = max(2, round(brief.sample_shape[0] / (_GRAIN_S * rate)))
    mel = _mel({**point, "front_end": "log_mel", "frames": frames}, brief)
    if not isinstance(mel, LogMelFrontEnd):
        return None
    rows, window = 1 + (brief.sample_shape[0] - mel.frame) // mel.hop, brief.spec.window
    if window.hop < window.length:  # blocks of a hop, shared by windows that overlap
        rows = min(rows, window.hop // mel.hop)
    return ChainFrontEnd(stages=(mel, _of_rows(max(2, rows), _OF_BANDS, brief)))


def _frame_and_hop(frames: int, brief: CoderBrief) -> tuple[int, int]:
    """Frames that overlap by half to three quarters; a power of two wastes nothing of the FFT."""
    length = brief.sample_shape[0]
    hop = _hop(min(length // (frames + 1), _FRAME_AT_MOST), brief)
    frame = min(_FRAME_AT_MOST, 1 << (2 * hop).bit_length() - 1)
    return min(max(frame, _FRAME_AT_LEAST), length), hop


def _spectrum(point: Point, brief: CoderBrief) -> FrontEnd | None:
    """Bands of equal width over all frequencies; the lowest one holds the offset."""
    frame, hop = _frame_and_hop(int(point["frames"]), brief)
    points = 1 << (frame - 1).bit_length()
    bands = min(int(point["bands"]), points // 2 - 2)
    if frame < _FRAME_AT_LEAST or bands < _FEWEST_BANDS or not 1 <= hop <= _FRAME_AT_MOST:
        return None
    spectrum = SpectrumFrontEnd(
        frame=frame,
        hop=hop,
        bands=bands,
        compression="log" if point["front_end"] == "spectrum" else "root", floor=_floor(brief),
        arithmetic=_arithmetic(brief),
    )  # fmt: skip
    if point["front_end"] != "mean_spectrum":
        return spectrum
    rows = 1 + (brief.sample_shape[0] - frame) // hop
    whole = ChainFrontEnd(stages=(spectrum, _of_rows(max(2, rows), ("mean", "std"), brief)))
    return whole if _fits(whole, brief) else spectrum


def _statistics(point: Point, brief: CoderBrief) -> FrontEnd | None:
    block = _hop(max(2, brief.sample_shape[0] // int(point["frames"])), brief)
    if not 2 <= block <= _BLOCK_AT_MOST:
        return None
    return StatisticsFrontEnd(
        frame=min(block, brief.sample_shape[0]), statistics=_STATISTICS, floor=_floor(brief),
        arithmetic=_arithmetic(brief),
    )  # fmt: skip


def _of_rows(rows: int, statistics: tuple[Statistic, ...], brief: CoderBrief) -> StatisticsFrontEnd:
    """Behind another front-end's rows."""
    return StatisticsFrontEnd(frame=rows, statistics=statistics, arithmetic=_arithmetic(brief))


def _side_by_side(point: Point, brief: CoderBrief) -> FrontEnd | None:
    """Statistics of blocks and, of each block, the mean of its spectra; frames overlap where a block is the window."""
    statistics = _statistics(point, brief)
    if not isinstance(statistics, StatisticsFrontEnd):
        return statistics
    block, length = statistics.frame, brief.sample_shape[0]
    if length // block > 1:
        most = range(min(_FRAMES_OF_A_BLOCK, block // _FRAME_AT_LEAST), 1, -1)
        rows = next((count for count in most if block % count == 0), 1)
        hop = frame = block // rows
    else:
        hop = _hop(max(1, length // _FRAMES_OF_A_WINDOW), brief)
        frame = min(_FRAME_AT_MOST, max(_FRAME_AT_LEAST, 1 << (4 * hop).bit_length() - 1), length)
        rows = 1 + (length - frame) // hop
    bands = min(int(point["bands"]), (1 << (frame - 1).bit_length()) // 2 - 2)
    if bands < _FEWEST_BANDS or rows < 2 or not _FRAME_AT_LEAST <= frame <= _FRAME_AT_MOST:
        return statistics
    spectrum = SpectrumFrontEnd(
        frame=frame, hop=hop, bands=bands, compression="root", floor=_floor(brief), arithmetic=_arithmetic(brief)
    )
    means = ChainFrontEnd(stages=(spectrum, _of_rows(rows, ("mean",), brief)))
    beside = BesideFrontEnd(parts=(ChainFrontEnd(stages=(statistics,)), means))
    return beside if _fits(beside, brief) else statistics


def _wavelet(point: Point, brief: CoderBrief) -> FrontEnd | None:
    """As many octaves as leave three quarters of the window to look at; values where rows are dense, else energies."""
    length = brief.sample_shape[0]
    levels = max(1, min(6, int(log2(max(2.0, length / 12)))))
    hop = _hop(int(point["decimate"]) if length <= 1_024 else length // int(point["frames"]), brief)
    standardize = has_events(brief) and levels_differ(brief)
    front_end = WaveletFrontEnd(
        levels=levels,
        hop=min(hop, _FRAME_AT_MOST),
        measure="value" if hop <= 4 else "energy",
        floor=_floor(brief),
        standardize=standardize,
        arithmetic=_arithmetic(brief) if standardize else "float",
    )
    return front_end if 4 * wavelet_support(front_end) <= length + 12 else None


def _motion(point: Point, brief: CoderBrief) -> FrontEnd | None:
    """Gravity and magnitudes of what may be an accelerometer: the first triple, and others whose names say so."""
    triples = channel_triples(brief.spec.channels)
    decimate, rate = int(point["decimate"]), brief.spec.window.rate_hz
    if not triples or rate is None:
        return None
    rows = brief.sample_shape[0] // decimate
    lag = max(1, min(64, round(_LAG_S * rate / decimate), rows // 8))
    return MotionFrontEnd(
        triples=triples[:1], parts=("raw", "gravity", "magnitude"), lag=lag, decimate=decimate,
        arithmetic=_arithmetic(brief),
    )  # fmt: skip


def _arithmetic(brief: CoderBrief) -> Arithmetic:
    """By the board: where floats are library calls, integers take half to an eighth of the instructions."""
    return "integer" if brief.board.core in NO_FPU else "float"


def _floor(brief: CoderBrief) -> float:
    """Energies below it tell nothing: a thousandth of the quietest channel's deviation, squared."""
    deviations = [channel.std for channel in brief.profile.channels if not channel.is_constant and channel.std > 0]
    quiet = _QUIET * min(deviations, default=1.0)
    return float(min(max(quiet * quiet, 2.0**-100), 2.0**60))


def _hop(wanted: int, brief: CoderBrief) -> int:
    """The nearest hop that divides the window's own, where windows overlap."""
    wanted = max(1, wanted)
    return min((hop for hop in range(1, 2 * wanted + 1) if is_aligned(hop, brief)), key=lambda hop: abs(hop - wanted))


def _bands_hold_bins(frame: int, bands: int, low_hz: float, rate: float) -> bool:
    """Whether each triangle on the mel scale (HTK's) has a bin of the FFT under it."""
    bin_hz = rate / (1 << (frame - 1).bit_length())
    low, high = (2595 * log10(1 + hz / 700) for hz in (low_hz, rate / 2))
    places = [
        700 * (10 ** ((low + (high - low) * corner / (bands + 1)) / 2595) - 1) / bin_hz for corner in range(bands + 2)
    ]
    return all(
        ceil(places[band]) + (ceil(places[band]) <= places[band]) < ceil(places[band + 2]) for band in range(bands)
    )
