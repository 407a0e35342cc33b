"""The score that a share of normal windows passes, of a recording that is not there yet. Runs inside the sandbox.

The quantile of all scores promises too much: windows of one recording (or machine) are alike, and the few recordings
that set a threshold are those that it fits best. So each recording counts alike, and the share is lowered until
recordings that are left out in turn pass no more than is allowed: a calibrated prediction (Beran 1990, "Calibrating
prediction regions", JASA 85) by leaving groups out (Barber, Candès, Ramdas and Tibshirani 2021, "Predictive inference
with the jackknife+", Annals of Statistics 49).

No data can promise a share below 1 / (recordings + 1) for another recording, whatever it is like (Dunn, Wasserman and
Ramdas 2023, "Distribution-free prediction sets for two-layer hierarchical models", JASA 118). With fewer than that
takes, scores are also taken to be lognormal between and within recordings, and the threshold is where Student's t of
the next one ends: a bet, and the report says so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from nanosmith.tools.specs.device_spec import fewest_to_promise

_HALVINGS = 7

_LEAST_SCORE = 1e-6

Scores = NDArray[np.floating]
Integers = NDArray[np.integer]


def rate_threshold(scores: Scores, units: Integers, share: float, *, may_bet: bool = True) -> float:
    """The threshold that windows of a new recording pass with the probability `share`, on average.

    Args:
        scores: Of normal windows that nothing was fitted on, [n], n > 0, finite, 0 and more.
        units: Which recording, machine or person each is of, [n].
        share: Between 0 and 1.
        may_bet: Look beyond the largest score where there are too few units to promise the share.

    """
    found, position = np.unique(units, return_inverse=True)
    if len(found) < 2:
        return float(np.quantile(scores, 1 - share))
    ranked = _Ranked.of(scores, position)
    threshold = ranked.quantile(_calibrated(ranked, share))
    if may_bet and len(found) < fewest_to_promise(share):
        parts = [scores[position == unit].astype(np.float64) for unit in range(len(found))]
        threshold = max(threshold, _next_one(parts, share))
    return threshold


@dataclass(frozen=True)
class _Ranked:
    """Scores in order, whose they are, and what each counts where every unit counts alike."""

    scores: NDArray[np.float64]
    units: NDArray[np.int64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, scores: Scores, units: Integers) -> "_Ranked":
        order = np.argsort(scores, kind="stable")
        count = np.bincount(units)
        return cls(
            scores[order].astype(np.float64), units[order].astype(np.int64), 1 / (count[units[order]] * len(count))
        )

    def quantile(self, share: float, without: int | None = None) -> float:
        """The score that a share of the windows passes, those of one unit left out."""
        weights = self.weights if without is None else np.where(self.units == without, 0.0, self.weights)
        below = weights.cumsum()
        at = int(np.searchsorted(below, (1 - share) * below[-1] - 1e-9))
        return float(self.scores[min(at, len(self.scores) - 1)])

    def passing(self, unit: int, threshold: float) -> float:
        """Share of a unit's windows that are alarms."""
        mine = self.scores[self.units == unit]
        return float(np.mean(mine > threshold))


def _calibrated(ranked: _Ranked, share: float) -> float:
    """The largest share of which units that are left out pass no more than is allowed; 0 where there is none."""
    low, high = 0.0, share
    for turn in range(_HALVINGS):
        tried = high if turn == 0 else (low + high) / 2
        passed = [ranked.passing(unit, ranked.quantile(tried, unit)) for unit in range(int(ranked.units.max()) + 1)]
        if float(np.mean(passed)) > share:
            high = tried
        elif turn == 0:
            return tried
        else:
            low = tried
    return low


def _next_one(parts: list[NDArray[np.float64]], share: float) -> float:
    """Where the share of the next recording's scores begins if all are lognormal, with Satterthwaite's freedom."""
    logs = [np.log(np.maximum(part, _LEAST_SCORE)) for part in parts]
    count, windows = len(logs), float(np.mean([len(part) for part in logs]))
    means = np.array([part.mean() for part in logs])
    within = float(np.mean([part.var() for part in logs]))
    between = max(0.0, float(means.var(ddof=1)) - within / windows) * (1 + 1 / count)
    spread = between + within
    if not spread > 0:
        return float(np.exp(means.mean()))
    freedom = spread**2 / (between**2 / (count - 1) + within**2 / max(1.0, count * (windows - 1)))
    return float(np.exp(means.mean() + student.ppf(1 - share, freedom) * np.sqrt(spread)))
