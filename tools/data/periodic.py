"""What is left of a signal once that part is taken away that its own past or future tells: the repeating one.

Two recordings of one machine at one speed look alike for a while; their noise doesn't. The repeating part is predicted
from one and two periods away: a long-term predictor, as in speech coding (Ramachandran and Kabal 1989, IEEE
Transactions on Acoustics, Speech, and Signal Processing 37 (4)).
"""

import numpy as np
from numpy.typing import NDArray

_TAPS = 8
"""On each side of a period: a period is no whole number of samples."""

_ROWS_A_TAP = 12
_LEAST_ROWS = 48
_RIDGE = 1e-6
_LEAST_CORRELATION = 0.5
"""Of a signal with itself a period later, below which nothing repeats."""

Floats = NDArray[np.float64]


def unpredicted(signal: Floats) -> Floats | None:
    """A signal without what repeats, [n, channels]; None where nothing does, or where it is too short to know.

    Samples of the first half are predicted from later ones, those of the second from earlier ones.

    Args:
        signal: [n, channels], without a mean.

    """
    period = period_of(signal)
    if period is None:
        return None
    half = len(signal) // 2
    left = np.array(signal)
    for rows, direction in ((np.arange(half), 1), (np.arange(half, len(signal)), -1)):
        taps = min(_TAPS, (len(rows) // _ROWS_A_TAP // 2 - 1) // 2)
        if len(rows) < _LEAST_ROWS or taps < 0 or 2 * period + taps > half:
            return None
        lags = np.concatenate([direction * (k * period + np.arange(-taps, taps + 1)) for k in (1, 2)])
        for channel in range(signal.shape[1]):
            left[rows, channel] -= _predicted(signal[:, channel], rows, lags)
    return left


def _predicted(values: Floats, rows: NDArray[np.int64], lags: NDArray[np.int64]) -> Floats:
    told = values[rows[:, None] + lags]
    square = told.T @ told
    size = float(np.trace(square)) / len(lags)
    if not size > 0:
        return np.zeros(len(rows))
    return np.asarray(told @ np.linalg.solve(square + _RIDGE * size * np.eye(len(lags)), told.T @ values[rows]))


def period_of(signal: Floats) -> int | None:
    """Samples after which a signal [n, channels] looks like itself again; None where it never does.

    The highest autocorrelation beyond the first lag at which it is negative, up to a quarter of the length; of a short
    period a multiple, so that what is near in time, and alike for that, is not what is compared.
    """
    size = len(signal)
    spectrum = np.fft.rfft(signal, n=2 * size, axis=0)
    found = np.fft.irfft(np.square(np.abs(spectrum)).sum(axis=1))[: size // 4]
    if len(found) < 3 or not found[0] > 0:
        return None
    found = found / found[0] / (1 - np.arange(len(found)) / size)
    negative = np.flatnonzero(found < 0)
    if not len(negative):
        return None
    first = max(int(negative[0]), 2 * _TAPS + 1)
    if first >= len(found):
        return None
    best = first + int(found[first:].argmax())
    return best if found[best] >= _LEAST_CORRELATION else None
