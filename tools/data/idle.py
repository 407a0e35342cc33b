"""Stretches in which nothing happens: a plug that feeds nothing, a valve that is shut.

Where a whole recording has one label, its idle stretches carry that label too, and yet look alike in every class. What
can't be told apart should neither train a network nor lower its score.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.recordings import Recording, Samples

_REST = 0.004
"""Share of a channel's range, from the lowest value on, that counts as rest: 10 W of 2.7 kW."""

_SPIKES = 0.001
"""Share of the samples at each end that say nothing about the range."""

_MUCH = 0.1
"""Share of the time from which idle stretches matter, in all and in a class."""

_MOST_CLASSES = 2 / 3
_MOST_OF_A_CLASS = 0.5

Limits = tuple[float, ...]


def find_idle(
    recordings: Sequence[Recording], classes: tuple[str, ...], channels: tuple[str, ...], findings: Findings
) -> Limits | None:
    """The highest value of each channel while nothing happens; None where idle stretches are rare or tell a class.

    Only of signals that rest at their low end, as power, current and flow do, and of recordings with one label each.
    Where a class is mostly recordings that are idle from end to end (`off`), idle means it: nothing is left out.
    """
    if len(classes) < 2 or any(r.labels is not None or r.events is not None for r in recordings):
        return None
    highest = _highest(recordings)
    idle = [float(resting(r.samples, highest).mean()) for r in recordings]
    sizes, labels = np.array([len(r.samples) for r in recordings]), np.array([r.label for r in recordings])
    share = float(np.average(idle, weights=sizes))
    of_classes = [_of_class(np.array(idle)[labels == label], sizes[labels == label]) for label in np.unique(labels)]
    if share < _MUCH or np.mean([part >= _MUCH for part, _ in of_classes]) < _MOST_CLASSES:
        return None
    if any(whole >= _MOST_OF_A_CLASS for _, whole in of_classes):
        return None
    levels = ", ".join(f"{name} above {level:.3g}" for name, level in zip(channels, highest, strict=True))
    findings.warning(
        f"nothing happens in {share:.0%} of the time, in recordings of nearly every class: no {levels}; windows that "
        "are idle from end to end are left out of training and test",
        effect="what the device answers while nothing happens is not tested; its application should look at the level "
        "first, or record such stretches as a class of their own",
    )
    return tuple(float(level) for level in highest)


def resting(samples: Samples, highest: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether no channel is above its rest, for each of the samples [n, channels]."""
    return np.asarray((samples <= highest).all(axis=1))


def _highest(recordings: Sequence[Recording]) -> NDArray[np.float32]:
    """From quantiles of each recording: the lowest one and the highest one bound a channel's range."""
    ends = np.array([np.quantile(r.samples, (_SPIKES, 1 - _SPIKES), axis=0) for r in recordings])
    low, high = ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)
    return np.asarray(low + _REST * (high - low), np.float32)


def _of_class(idle: NDArray[np.float64], sizes: NDArray[np.int64]) -> tuple[float, float]:
    """Share of a class's time that is idle, and of it in recordings that are so from end to end."""
    return float(np.average(idle, weights=sizes)), float(np.average(idle == 1.0, weights=sizes))
