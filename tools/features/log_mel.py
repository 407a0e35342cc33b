"""Parameters of the log-mel front-end: window, FFT factors and mel bands.

Window: periodic Hann, scaled so that a sine of amplitude a has a peak power of a²/4 whatever the frame's length.
Bands: HTK's mel scale, 2595 log10(1 + f / 700), corners equally spaced on it, triangles linear in Hz with a peak of 1
(librosa's `mel(htk=True, norm=None)`). A norm would only add a constant to each band's logarithm, which the
normalization that follows takes away again.
"""

from math import ceil, cos, fsum, log10, pi

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.features.parameters import Field, StepParameters
from nanosmith.tools.specs.candidate import LogMelFrontEnd

_FLOOR = np.float32(2.0**-30)
"""Power added to each band: 90 dB below that of a sine of amplitude 2, for signals within -1 and 1."""


def fft_points(front_end: LogMelFrontEnd) -> int:
    """The frame's length, raised to a power of two."""
    return 1 << (front_end.frame - 1).bit_length()


def log_mel_memory_floats(front_end: LogMelFrontEnd) -> int:
    """What is kept of the last frame, and the FFT's buffer with room for the bands behind the powers."""
    points = fft_points(front_end)
    return max(0, front_end.frame - front_end.hop) + max(points, points // 2 + 1 + front_end.bands)


def log_mel_parameters(front_end: LogMelFrontEnd, rate_hz: float | None) -> StepParameters:
    """What `ns_log_mel` takes, tables included.

    Raises:
        ValueError: The bands do not fit the rate, or one of them is too narrow to hold a bin of the FFT.

    """
    corners, rise = _bands(front_end, rate_hz)
    return StepParameters(
        kind="log_mel",
        fields=(
            Field("frame", front_end.frame),
            Field("hop", front_end.hop),
            Field("points", fft_points(front_end), "of the FFT"),
            Field("bands", front_end.bands),
            Field("window", _window(front_end.frame), "periodic Hann / (2 * its sum)"),
            Field("cosine", _cosine(fft_points(front_end)), "a quarter of a period"),
            Field("corners", corners, "bin at or above each corner of the bands"),
            Field("rise", rise, "height of the rising band at each bin"),
            Field("floor", _FLOOR, "2^-30"),
        ),
        memory_floats=log_mel_memory_floats(front_end),
        sources=("ns_real_fft.h", "ns_real_fft.c"),
    )


def _window(frame: int) -> NDArray[np.float32]:
    """Scaled by one over its sum, and by the half that `ns_real_fft_power` leaves to its caller."""
    hann = [0.5 - 0.5 * cos(2 * pi * i / frame) for i in range(frame)]
    total = fsum(hann)
    return np.array([value / (2 * total) for value in hann], np.float32)


def _cosine(points: int) -> NDArray[np.float32]:
    quarter = points // 4
    values = [cos(2 * pi * i / points) for i in range(quarter)]
    return np.array([*values, 0.0], np.float32)  # the last one is exactly 0, which cos(pi / 2) is not


def _bands(front_end: LogMelFrontEnd, rate_hz: float | None) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """First bin at or above each of the bands + 2 corners, and the rising band's height at each bin in between."""
    if rate_hz is None:
        raise ValueError("log_mel needs to know the sampling rate, and these recordings have none")
    if not front_end.low_hz < front_end.high_hz <= rate_hz / 2:
        raise ValueError(
            f"bands from {front_end.low_hz:g} to {front_end.high_hz:g} Hz: the upper end must be above the lower one "
            f"and at most half the rate, {rate_hz / 2:g} Hz"
        )
    mels = np.linspace(_mel(front_end.low_hz), _mel(front_end.high_hz), front_end.bands + 2)
    bin_hz = rate_hz / fft_points(front_end)
    places = [700 * (10 ** (float(mel) / 2595) - 1) / bin_hz for mel in mels]
    corners = [ceil(place) for place in places]
    rise = [
        (bin_index - places[i]) / (places[i + 1] - places[i])
        for i in range(front_end.bands + 1)
        for bin_index in range(corners[i], corners[i + 1])
    ]
    for band in range(front_end.bands):
        _check_band(band, places, corners, bin_hz)
    return np.array(corners, np.uint16), np.array(rise, np.float32)


def _check_band(band: int, places: list[float], corners: list[int], bin_hz: float) -> None:
    first = corners[band] + (corners[band] <= places[band])  # at the corner itself the band's height is 0
    if first >= corners[band + 2]:
        raise ValueError(
            f"mel band {band + 1}, {places[band] * bin_hz:.0f} to {places[band + 2] * bin_hz:.0f} Hz, holds no bin of "
            f"the FFT, which are {bin_hz:.1f} Hz apart; take fewer bands or a longer frame"
        )


def _mel(hz: float) -> float:
    return 2595 * log10(1 + hz / 700)
