"""Samples with irregular times on a uniform grid, as `ns_resample` (firmware_templates/features) puts them there.

The same operations in the same precision: the same bits, which tests/features/test_resample.py checks. That way reading
recordings needs no compiler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.time_grid import TimeGrid

_HALF = 2**31
_BLOCK = 2**14
"""Samples that are done at once: 2^14 of at most 2^31 us, times 2^16, are below 2^63."""


@dataclass(frozen=True)
class OnGrid:
    """A series at its grid points."""

    samples: NDArray[np.float32]
    """[made, channels]."""

    restarts: NDArray[np.bool_]
    """[made], true where the grid starts: at the first sample and behind holes."""

    nearest: NDArray[np.int64]
    """[made], index of the sample that came nearest to each, the earlier of two."""

    seconds: NDArray[np.float64]
    """[made], time of each since the first sample, holes and all."""

    def runs(self) -> list[tuple[int, int]]:
        """First grid point of each unbroken piece and the one behind its last."""
        edges = [*np.flatnonzero(self.restarts).tolist(), len(self.samples)]
        return list(pairwise(edges))


def on_grid(samples: NDArray[np.float32], times_us: NDArray[np.integer], grid: TimeGrid) -> OnGrid:
    """Put a series on a grid.

    Args:
        samples: float32 [n, channels].
        times_us: Microseconds of each, of a clock that runs over at 2^32 (longer integers are cut to that). Samples
            that are not later than the one before are dropped.
        grid: Its step, and the hole behind which it starts anew.

    """
    clock = times_us.astype(np.uint32)  # modulo 2^32
    kept = _in_order(clock)
    since = np.diff(clock[kept], prepend=clock[kept[:1]]).astype(np.int64)
    elapsed_us = np.cumsum(since)
    bounds = [0, *np.flatnonzero(since > grid.longest_gap_us).tolist(), len(kept)]
    points = [_points(kept[a:b], elapsed_us[a:b], grid.step_q16) for a, b in pairwise(bounds) if b > a]
    joined = _joined(points)
    restarts = np.zeros(len(joined.left), np.bool_)
    restarts[np.cumsum([0, *(len(found.left) for found in points[:-1])])[: len(points)]] = True
    return OnGrid(_between(samples, joined), restarts, joined.nearest, joined.seconds)


def evenly(samples: NDArray[np.float32], rate_hz: float) -> OnGrid:
    """A recording [n, channels] that came on the grid, without a hole."""
    numbers = np.arange(len(samples))
    return OnGrid(samples, numbers == 0, numbers, numbers / rate_hz)


class _Points(NamedTuple):
    """Grid points, [made] each: their neighbors, and how far they are from the earlier one of how much."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    """The sample itself where the point stands on one."""

    ahead_q16: NDArray[np.int64]
    span_q16: NDArray[np.int64]
    nearest: NDArray[np.int64]
    seconds: NDArray[np.float64]


_NONE = np.zeros(0, np.int64)


def _in_order(clock: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Samples that are later than the latest one before them, by index."""
    steps = np.diff(clock)
    if ((steps > 0) & (steps < _HALF)).all():
        return np.arange(len(clock))
    times = clock.tolist()
    kept = [0]
    for index, time in enumerate(times):
        if 0 < (time - times[kept[-1]]) % 2**32 < _HALF:
            kept.append(index)
    return np.array(kept, np.int64)


def _points(kept: NDArray[np.int64], elapsed_us: NDArray[np.int64], step_q16: int) -> _Points:
    """Grid points of one unbroken piece, from its first sample on."""
    found: list[_Points] = []
    ahead = 0
    for first in range(0, max(1, len(kept) - 1), _BLOCK):  # neighbors share a sample
        inside = slice(first, first + _BLOCK + 1)
        times = (elapsed_us[inside] - elapsed_us[first]) << 16
        count = max(0, (int(times[-1]) - ahead) // step_q16 + 1)
        at = ahead + step_q16 * np.arange(count)
        ahead += count * step_q16 - int(times[-1])
        right = np.searchsorted(times, at)
        left = np.where(times[right] == at, right, right - 1)
        is_left_nearer = at - times[left] <= times[right] - at
        found.append(
            _Points(
                left=kept[inside][left], right=kept[inside][right], ahead_q16=at - times[left],
                span_q16=times[right] - times[left], nearest=kept[inside][np.where(is_left_nearer, left, right)],
                seconds=(elapsed_us[first] + at / 2**16) / 1e6,
            )
        )  # fmt: skip
    return _joined(found)


def _joined(points: Sequence[_Points]) -> _Points:
    indices = [np.concatenate([_NONE, *columns]) for columns in zip(*(found[:5] for found in points), strict=True)]
    left, right, ahead, span, nearest = indices or [_NONE] * 5
    return _Points(left, right, ahead, span, nearest, np.concatenate([np.zeros(0), *(p.seconds for p in points)]))


def _between(samples: NDArray[np.float32], points: _Points) -> NDArray[np.float32]:
    """Quotient, difference, product and sum, each rounded to single precision; a sample itself as it is."""
    made: NDArray[np.float32] = samples[points.left]
    between = np.flatnonzero(points.span_q16)
    ahead, span = (part[between].astype(np.float32) for part in (points.ahead_q16, points.span_q16))
    difference = samples[points.right[between]] - made[between]
    made[between] += np.multiply(difference, (ahead / span).reshape(-1, 1), dtype=np.float32)
    return made
