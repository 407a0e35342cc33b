"""A point's feature front-end, made to fit the window, its hop and the sampling rate."""

from math import ceil, log10

from nanosmith.agents.builtin.design_space import Point, is_aligned, is_picture
from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.specs.candidate import FrontEnd, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd

_LOWEST_HZ = 60.0
_FEWEST_BANDS = 4
_FRAME_AT_MOST = 2_048


def choose_front_end(point: Point, brief: CoderBrief) -> FrontEnd:
    """The front-end that a point asks for; log-mel becomes raw where its bands would be empty."""
    if is_picture(brief):
        height, width = brief.sample_shape[:2]
        side, longest = int(point["size"]), max(height, width)
        tall, wide = (min(size, max(4, side * size // longest)) for size in (height, width))
        return ImageFrontEnd(height=tall, width=wide, gray=point["color"] == "gray")
    rate = brief.spec.window.rate_hz
    if point["front_end"] == "log_mel" and rate is not None:
        front_end = _log_mel(int(point["frames"]), int(point["bands"]), rate, brief)
        if front_end is not None:
            return front_end
    return RawFrontEnd(decimate=int(point["decimate"]))


def feature_shape(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Rows and columns (or height, width and colors) that a front-end makes of a window."""
    match front_end:
        case RawFrontEnd():
            return sample_shape[0] // front_end.decimate, sample_shape[1]
        case LogMelFrontEnd():
            return 1 + (sample_shape[0] - front_end.frame) // front_end.hop, front_end.bands
        case ImageFrontEnd():
            return front_end.height, front_end.width, 1 if front_end.gray else sample_shape[2]


def front_end_bytes(front_end: FrontEnd, sample_shape: tuple[int, ...]) -> int:
    """Rows kept as int8, and the floats that a front-end needs while it makes one."""
    shape = feature_shape(front_end, sample_shape)
    match front_end:
        case RawFrontEnd():
            floats = shape[1]
        case LogMelFrontEnd():
            points = 1 << (front_end.frame - 1).bit_length()
            floats = max(0, front_end.frame - front_end.hop) + max(points, points // 2 + 1 + front_end.bands)
        case ImageFrontEnd():
            floats = 2 * shape[1] * shape[2]
    rows = shape[0] * shape[1] * (shape[2] if len(shape) == 3 else 1)
    return 8 + -(-rows // 4) * 4 + 4 * floats


def _log_mel(frames: int, bands: int, rate: float, brief: CoderBrief) -> LogMelFrontEnd | None:
    length = brief.sample_shape[0]
    hop = _hop(length // (frames + 1), brief)
    frame = min(_FRAME_AT_MOST, 1 << (2 * hop).bit_length() - 1)  # a power of two wastes nothing of the FFT
    frame = min(max(frame, 32), length)
    low = min(_LOWEST_HZ, rate / 100)
    while bands >= _FEWEST_BANDS and not _bands_hold_bins(frame, bands, low, rate):
        bands -= 1
    if bands < _FEWEST_BANDS or not 1 <= hop <= _FRAME_AT_MOST:
        return None
    return LogMelFrontEnd(frame=frame, hop=hop, bands=bands, low_hz=low, high_hz=rate / 2)


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
