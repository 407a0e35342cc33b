"""Estimates of a number against the truth, by the parent process: errors in its unit with bootstrap intervals."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.bootstrap import interval_of
from nanosmith.tools.data.numbers import in_ranges
from nanosmith.tools.specs.threshold import Threshold
from nanosmith.tools.specs.trial import Evaluation, Metric, NumberErrors, RangeError, ThresholdScore

_REPEATS = 1_000
_PAIRS = 400

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


def evaluate_numbers(
    truth: Floats,
    estimates: Floats,
    groups: Integers,
    seed: int = 1,
    *,
    unit: str | None = None,
    thresholds: Sequence[Threshold] = (),
) -> Evaluation:
    """Mean absolute and root mean square error, bias, and R²: the share of the variance explained.

    R² is below 0 where the mean of these windows would have been the better answer.

    Args:
        truth: True numbers [n], n > 0, in their unit.
        estimates: What was answered [n].
        groups: Subject, machine or session of each window [n]; the bootstrap resamples them whole, since windows of one
            are not independent. With fewer than two groups, windows are resampled.
        seed: Of the bootstrap.
        unit: For whoever reads it.
        thresholds: Limits of the number: windows on either side of them are counted, each by itself.

    Raises:
        ValueError: The arrays don't fit each other, are empty, or an estimate is not finite.

    """
    if not len(truth) or len(truth) != len(estimates) or not np.isfinite(estimates).all():
        raise ValueError(f"{len(truth)} true numbers and {len(estimates)} estimates can't be compared")
    true = truth.astype(np.float64)
    errors = estimates.astype(np.float64) - true
    sums = _sums(true, errors, groups)
    drawn = np.concatenate([sums.sum(axis=0)[None], _resample(sums, np.random.default_rng(seed))])
    count = drawn[:, 0]
    values = {
        "mae": drawn[:, 1] / count,
        "rmse": np.sqrt(drawn[:, 2] / count),
        "r2": 1 - drawn[:, 2] / _spread(drawn),
        "bias": drawn[:, 3] / count,
    }
    picked = np.unique(np.linspace(0, len(truth) - 1, min(len(truth), _PAIRS)).astype(np.int64))
    pairs = tuple((_short(true[at]), _short(true[at] + errors[at])) for at in picked)
    return Evaluation(
        metrics=tuple(_metric(name, found, len(truth)) for name, found in values.items()),
        classes=(),
        confusion=(),
        numbers=NumberErrors(
            unit=unit,
            pairs=pairs,
            ranges=_ranges(true, errors),
            thresholds=tuple(_sides(threshold, true, true + errors) for threshold in thresholds),
        ),
    )


def _sides(threshold: Threshold, truth: NDArray[np.float64], told: NDArray[np.float64]) -> ThresholdScore:
    sign = -1.0 if threshold.side == "below" else 1.0
    is_beyond, says_so = (sign * values > sign * threshold.value for values in (truth, told))
    return ThresholdScore(
        threshold=threshold, beyond=int(is_beyond.sum()), missed=int((is_beyond & ~says_so).sum()),
        within=int((~is_beyond).sum()), false_alarms=int((~is_beyond & says_so).sum()),
    )  # fmt: skip


def _sums(truth: NDArray[np.float64], errors: NDArray[np.float64], groups: Integers) -> NDArray[np.float64]:
    """Sums by group, [groups, 6]; by window where there is one group.

    Count, absolute, squared and plain errors; the truth's distance from its mean, and the square of that.
    """
    centered = truth - truth.mean()
    position = np.unique(groups, return_inverse=True)[1]
    if position.max() == 0:
        position = np.arange(len(errors))
    each = np.stack(
        [np.ones(len(errors)), np.abs(errors), np.square(errors), errors, centered, np.square(centered)], axis=1
    )
    sums = np.zeros((int(position.max()) + 1, each.shape[1]))
    np.add.at(sums, position, each)
    return sums


def _spread(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances of the truth from its mean, [n]; a hair where all are equal, so that R² says so."""
    return np.asarray(np.maximum(sums[:, 5] - np.square(sums[:, 4]) / sums[:, 0], 1e-12))


def _resample(sums: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Sums of as many groups drawn with replacement, [repeats, 6]."""
    drawn = [np.bincount(random.integers(0, len(sums), len(sums)), minlength=len(sums)) @ sums for _ in range(_REPEATS)]
    return np.stack(drawn)


def _metric(name: str, values: NDArray[np.float64], count: int) -> Metric:
    return Metric(
        name=name,
        value=float(values[0]),
        direction="maximize" if name == "r2" else "minimize",
        interval=interval_of(values[1:]),
        n=count,
    )


def _ranges(truth: NDArray[np.float64], errors: NDArray[np.float64]) -> tuple[RangeError, ...]:
    labels, _ = in_ranges(truth.astype(np.float32))
    parts = [labels == label for label in np.unique(labels)]
    return tuple(
        RangeError(
            low=_short(truth[part].min()), high=_short(truth[part].max()), n=int(part.sum()),
            mae=float(np.abs(errors[part]).mean()), bias=float(errors[part].mean()),
        )
        for part in parts
    )  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.6g}")
