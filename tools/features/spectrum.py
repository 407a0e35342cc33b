"""Parameters of the front-ends that begin with a power spectrum: window, FFT factors, bands, and what follows them.

Window: periodic Hann, scaled so that a sine of amplitude a has a peak power of a²/4 whatever the frame's length.
Mel bands: HTK's scale, 2595 log10(1 + f / 700), corners equally spaced on it, triangles linear in Hz with a peak of 1
(librosa's `mel(htk=True, norm=None)`). A norm would only add a constant to each band's logarithm, which the
normalization that follows takes away again. Linear and logarithmic bands are the same triangles, spaced otherwise.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, cos, frexp, fsum, log, log2, log10, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.features.parameters import FIXED, FLOAT_MATH, INTEGER_MATH, Field, StepParameters, chain, scaled
from nanosmith.tools.specs.feature_memory import fft_points, spectrum_floats
from nanosmith.tools.specs.front_end import (
    LOWEST_LEVEL,
    MelFrontEnd,
    MfccFrontEnd,
    PcenFrontEnd,
    SpectrumFrontEnd,
    least_level,
)

_FRAMES = ("ns_frames.h", "ns_frames.c")

_FLOOR = 2.0**LOWEST_LEVEL
"""Power added to each mel band: 90 dB below that of a sine of amplitude 2, for signals within -1 and 1."""

_COMPRESSIONS = ("log", "root", "energy")
"""In the order of `ns_spectrum_compression`."""


def spectrum_parameters(front_end: SpectrumFrontEnd, channels: int) -> StepParameters:
    """What `ns_spectrum` takes for bands named as shares of the sampling rate.

    Raises:
        ValueError: The bands' ends don't fit, or a band is too narrow to hold a bin of the FFT.

    """
    low, high = front_end.low, front_end.high
    if not low < high:
        raise ValueError(f"bands from {low:g} to {high:g} of the rate: the upper end must be above the lower one")
    if front_end.scale == "linear":
        places = _between(low, high, front_end.bands)
    elif low > 0:
        places = [2.0**place for place in _between(log(low, 2), log(high, 2), front_end.bands)]
    else:
        raise ValueError("bands on a logarithmic scale need a lower end above 0")
    points = fft_points(front_end.frame)
    corners, rise = _bands([place * points for place in places], 1.0 / points, "of the rate")
    return _parameters(front_end, channels, corners, rise, front_end.compression, front_end.floor)


def mel_parameters(front_end: MelFrontEnd, rate_hz: float | None) -> StepParameters:
    """What `ns_spectrum` takes for mel bands, and what follows them: nothing, a cosine transform, PCEN, or levels.

    Raises:
        ValueError: The bands do not fit the rate, or one of them is too narrow to hold a bin of the FFT.

    """
    corners, rise = _mel_bands(front_end, rate_hz)
    compression = "energy" if isinstance(front_end, PcenFrontEnd) else "log"
    bands = _parameters(front_end, 1, corners, rise, compression, _FLOOR)
    if isinstance(front_end, MfccFrontEnd):
        return chain(bands, _cosine_parameters(front_end))
    if isinstance(front_end, PcenFrontEnd):
        return replace(bands, finish=_pcen_parameters(front_end))
    if front_end.range is not None:
        return replace(bands, finish=_level_parameters(front_end.bands, front_end.range))
    return bands


def _parameters(
    front_end: MelFrontEnd | SpectrumFrontEnd, channels: int, corners: NDArray[np.uint16],
    rise: NDArray[np.float32], compression: str, floor: float,
) -> StepParameters:  # fmt: skip
    points = fft_points(front_end.frame)
    if front_end.arithmetic == "integer":
        return _integer_parameters(front_end, channels, corners, rise, compression, floor)
    return StepParameters(
        kind="spectrum",
        fields=(
            *_frame_fields(front_end, channels),
            Field("window", _window(front_end.frame), "periodic Hann / (2 * its sum)"),
            Field("cosine", _cosine(points), "a quarter of a period"),
            Field("corners", corners, "bin at or above each corner of the bands"),
            Field("rise", rise, "height of the rising band at each bin"),
            Field("floor", np.float32(floor)),
            Field("compression", _COMPRESSIONS.index(compression), compression),
        ),
        memory_floats=spectrum_floats(front_end, channels),
        sources=("ns_real_fft.h", "ns_real_fft.c", *_FRAMES, *FLOAT_MATH),
    )


def _frame_fields(front_end: MelFrontEnd | SpectrumFrontEnd, channels: int) -> tuple[Field, ...]:
    """What floats and integers begin with alike."""
    return (
        Field("channels", channels),
        Field("frame", front_end.frame),
        Field("hop", front_end.hop),
        Field("points", fft_points(front_end.frame), "of the FFT"),
        Field("bands", front_end.bands),
    )


def _integer_parameters(
    front_end: MelFrontEnd | SpectrumFrontEnd, channels: int, corners: NDArray[np.uint16],
    rise: NDArray[np.float32], compression: str, floor: float,
) -> StepParameters:  # fmt: skip
    """The same of `ns_spectrum_integer`: integer tables; window sum and floor as what they do to a power."""
    points = fft_points(front_end.frame)
    window = np.array([round(2**15 * value) for value in _hann(front_end.frame)], np.uint16)
    norm = float(window.sum(dtype=np.int64)) ** 2
    floor_mantissa, floor_exponent = frexp(floor * norm) if compression != "root" else (0.0, -32)
    return StepParameters(
        kind="spectrum_integer",
        fields=(
            *_frame_fields(front_end, channels),
            Field("window_q15", window, "periodic Hann"),
            Field("cosine_q14", np.array([round(2**14 * cos(2 * pi * i / points)) for i in range(points // 4 + 1)],
                                         np.uint16), "a quarter of a period"),
            Field("corners", corners, "bin at or above each corner of the bands"),
            Field("rise_q16", np.array([min(65_535, round(65_536 * float(height))) for height in rise], np.uint16),
                  "height of the rising band at each bin"),
            Field("norm_q16", round(2**16 * log2(norm)), "log2 of the window's squared sum"),
            Field("floor_mantissa", int(2**32 * floor_mantissa)),
            Field("floor_exponent", floor_exponent - 32, f"{floor:g} times the window's squared sum"),
            Field("compression", _COMPRESSIONS.index(compression), compression),
        ),
        memory_floats=spectrum_floats(front_end, channels),
        sources=("ns_spectrum.h", "ns_integer_fft.h", "ns_integer_fft.c", *_FRAMES, *INTEGER_MATH),
    )  # fmt: skip


def _cosine_parameters(front_end: MfccFrontEnd) -> StepParameters:
    inputs, count = front_end.bands, front_end.coefficients
    if count > inputs:
        raise ValueError(f"{count} coefficients of {inputs} bands: at most as many as bands")
    table = [cos(pi * i / (2 * inputs)) for i in range(4 * inputs)]
    if front_end.arithmetic == "integer":
        return StepParameters(
            kind="cosine_integer",
            fields=(
                Field("inputs", inputs),
                Field("coefficients", count),
                Field(
                    "cosine", np.array([round(32_767 * value) for value in table], np.int16), "a period, times 32767"
                ),
                *scaled("first", sqrt(1 / inputs), "sqrt(1 / inputs)"),
                *scaled("scale", sqrt(2 / inputs) / 32_767, "sqrt(2 / inputs) / 32767"),
            ),
            memory_floats=count + inputs,
            sources=(FIXED, *INTEGER_MATH),
        )
    return StepParameters(
        kind="cosine",
        fields=(
            Field("inputs", inputs),
            Field("coefficients", count),
            Field("cosine", np.array([value * sqrt(2 / inputs) for value in table], np.float32), "a period, scaled"),
            Field("first", np.float32(sqrt(1 / inputs))),
        ),
        memory_floats=count,
    )


def _pcen_parameters(front_end: PcenFrontEnd) -> StepParameters:
    if front_end.arithmetic == "integer":
        return StepParameters(
            kind="pcen_integer",
            fields=(
                Field("bands", front_end.bands),
                Field("smoothing_q16", min(65_535, max(1, round(2**16 * front_end.smoothing)))),
                Field("gain_q16", round(2**16 * front_end.gain)),
                Field("power_q16", round(2**16 * front_end.power)),
                *scaled("bias", front_end.bias, f"{front_end.bias:g}"),
                Field("bias_power", np.float32(front_end.bias**front_end.power)),
            ),
            memory_floats=front_end.bands,
            sources=INTEGER_MATH,
        )
    return StepParameters(
        kind="pcen",
        fields=(
            Field("bands", front_end.bands),
            Field("smoothing", np.float32(front_end.smoothing)),
            Field("gain", np.float32(front_end.gain)),
            Field("bias", np.float32(front_end.bias)),
            Field("power", np.float32(front_end.power)),
            Field("bias_power", np.float32(front_end.bias**front_end.power)),
        ),
        memory_floats=front_end.bands,
        sources=FLOAT_MATH,
    )


def _level_parameters(bands: int, reach: float) -> StepParameters:
    return StepParameters(
        kind="level",
        fields=(
            Field("columns", bands),
            Field("range", np.float32(reach)),
            Field("least", np.float32(least_level(reach))),
        ),
        memory_floats=1,
        surveys=True,
    )


def _window(frame: int) -> NDArray[np.float32]:
    """Scaled by one over its sum, and by the half that `ns_real_fft_power` leaves to its caller."""
    hann = _hann(frame)
    total = fsum(hann)
    return np.array([value / (2 * total) for value in hann], np.float32)


def _hann(frame: int) -> list[float]:
    return [0.5 - 0.5 * cos(2 * pi * i / frame) for i in range(frame)]


def _cosine(points: int) -> NDArray[np.float32]:
    quarter = points // 4
    values = [cos(2 * pi * i / points) for i in range(quarter)]
    return np.array([*values, 0.0], np.float32)  # the last one is exactly 0, which cos(pi / 2) is not


def _between(low: float, high: float, bands: int) -> list[float]:
    """The bands + 2 corners, equally spaced."""
    return [low + (high - low) * corner / (bands + 1) for corner in range(bands + 2)]


def _mel_bands(front_end: MelFrontEnd, rate_hz: float | None) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    if rate_hz is None:
        raise ValueError(f"{front_end.kind} needs to know the sampling rate, and these recordings have none")
    if not front_end.low_hz < front_end.high_hz <= rate_hz / 2:
        raise ValueError(
            f"bands from {front_end.low_hz:g} to {front_end.high_hz:g} Hz: the upper end must be above the lower one "
            f"and at most half the rate, {rate_hz / 2:g} Hz"
        )
    mels = np.linspace(_mel(front_end.low_hz), _mel(front_end.high_hz), front_end.bands + 2)
    bin_hz = rate_hz / fft_points(front_end.frame)
    places = [700 * (10 ** (float(mel) / 2595) - 1) / bin_hz for mel in mels]
    return _bands(places, bin_hz, "Hz")


def _bands(places: Sequence[float], bin_width: float, unit: str) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """First bin at or above each corner, and the rising band's height at each bin in between.

    Args:
        places: The bands + 2 corners, in bins.
        bin_width: From one bin to the next in `unit`, for messages.
        unit: What the ends of the bands are named in.

    """
    corners = [ceil(place) for place in places]
    rise = [
        (bin_index - places[i]) / (places[i + 1] - places[i])
        for i in range(len(places) - 1)
        for bin_index in range(corners[i], corners[i + 1])
    ]
    for band in range(len(places) - 2):
        first = corners[band] + (corners[band] <= places[band])  # at the corner itself the band's height is 0
        if first >= corners[band + 2]:
            raise ValueError(
                f"band {band + 1}, {places[band] * bin_width:.3g} to {places[band + 2] * bin_width:.3g} {unit}, holds "
                f"no bin of the FFT, which are {bin_width:.3g} {unit} apart; take fewer bands or a longer frame"
            )
    return np.array(corners, np.uint16), np.array(rise, np.float32)


def _mel(hz: float) -> float:
    return 2595 * log10(1 + hz / 700)
