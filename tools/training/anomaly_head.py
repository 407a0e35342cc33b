"""From the deviations that a network gives to `normal` or `abnormal`. Runs inside the sandbox.

Each deviation has a center (median) and a tolerance (median distance from it; both withstand stray windows, Rousseeuw &
Croux 1993, doi:10.1080/01621459.1993.10476408) on normal windows, and z is how many tolerances a window is away.

From normal windows alone a window's score is its largest z. With labelled faults, few as they may be, it is a weighted
sum of all z: weights of at least 0 by a regularized logistic regression, so that a deviation which stays the same in
every known fault (a room that warms up) raises no alarm by itself. A fault of a kind that was never seen still shows:
any z beyond `alone`, which hardly any normal window reaches, is an alarm whatever the weights are.
"""

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nanosmith.tools.specs.device_spec import AlarmLimits
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.false_alarms import rate_threshold

_HALF = 3.0
"""Where the threshold lies in the 0 … 6 of a ReLU6."""

_FOLDS = 5
_FEWEST_UNITS = 3
_BLOCKS = 8
"""Stretches that stand in for recordings where those are too few to hold some out."""

_FEWEST_FAULTS = 8
_LEAST_TOLERANCE = 1e-3
_ALONE = 0.1
"""Share of the false alarms allowed that single deviations may raise; the weighted sum has the others."""

_RIDGE = 0.05
"""Strength of the regression's penalty; compared out of fold from .005 to .5, which matters little."""

Booleans = NDArray[np.bool_]
Scores = NDArray[np.floating]
Integers = NDArray[np.integer]


@dataclass(frozen=True)
class Head:
    """What is normal of each deviation, and from which score on a window is not."""

    center: Floats
    tolerance: Floats
    threshold: float
    """Of the largest z; where there are weights, of their sum."""

    weights: Floats | None = None
    """Of each deviation's z, 0 and more, with a sum of 1."""

    alone: float = 0.0
    """Where there are weights, the z that is an alarm by itself; z is cut off at twice that."""

    def scores(self, deviations: Floats) -> Scores:
        """What is held against the threshold, for windows [n, k]; infinite where one deviation is enough."""
        z = np.abs(deviations - self.center) / self.tolerance
        largest = np.asarray(z.max(axis=1))
        if self.weights is None:
            return largest
        return np.where(largest > self.alone, np.inf, np.minimum(z, 2 * self.alone) @ self.weights)

    def answers(self, deviations: Floats) -> NDArray[np.uint16]:
        """0 normal, 1 abnormal."""
        return (self.scores(deviations) > self.threshold).astype(np.uint16)

    def layered(self, model: keras.Model) -> keras.Model:
        """The network with the head behind it: [n, 2], normal first."""
        inputs = keras.Input(model.input_shape[1:])
        sides = self._sides(model(inputs))
        if self.weights is not None:
            sum_gain = self.weights * (self.alone / self.threshold)
            total = keras.layers.Dense(
                1, use_bias=False, activation=keras.layers.ReLU(max_value=2 * _HALF), name="together",
                kernel_initializer=keras.initializers.Constant(np.concatenate([sum_gain, sum_gain])[:, None]),
            )(sides)  # fmt: skip
            sides = keras.layers.Concatenate()([sides, total])
        largest = keras.ops.max(sides, axis=-1, keepdims=True)
        answers = keras.layers.Dense(
            2, name="answers", kernel_initializer=keras.initializers.Constant(np.array([[-1.0, 1.0]])),
            bias_initializer=keras.initializers.Constant(np.array([2 * _HALF, 0.0])),
        )(largest)  # fmt: skip
        return keras.Model(inputs, answers)

    def _sides(self, deviations: keras.KerasTensor) -> keras.KerasTensor:
        """Both sides of each deviation, 3 where it is an alarm by itself, cut off at twice that: [n, 2 k]."""
        limit = self.threshold if self.weights is None else self.alone
        gain = (_HALF / limit / self.tolerance).astype(np.float32)
        both = np.concatenate([np.diag(gain), -np.diag(gain)], axis=1)
        shift = np.concatenate([-self.center * gain, self.center * gain])
        sides = keras.layers.Dense(
            len(shift), name="tolerances", kernel_initializer=keras.initializers.Constant(both),
            bias_initializer=keras.initializers.Constant(shift),
        )(deviations)  # fmt: skip
        return keras.layers.ReLU(max_value=2 * _HALF)(sides)


def untrained_head(deviations: int) -> Head:
    """A head of the right size, the largest there is, for checking an untrained network."""
    ones = np.ones(deviations, np.float32)
    return Head(np.zeros(deviations, np.float32), ones, 1.0, np.full(deviations, 1 / deviations, np.float32), 1.0)


def held_out_units(recordings: Integers) -> NDArray[np.int64]:
    """What is held out together, [n]: recordings, or stretches of them where there are fewer than three."""
    found, position = np.unique(recordings, return_inverse=True)
    if len(found) >= _FEWEST_UNITS:
        return position.astype(np.int64)
    return np.arange(len(recordings), dtype=np.int64) * _BLOCKS // max(1, len(recordings))


def fit_head(normal: Floats, faults: Floats, units: Integers, held: Booleans, limits: AlarmLimits) -> Head:
    """Centers, tolerances, weights and the threshold.

    Args:
        normal: Deviations of normal windows [n, k].
        faults: Deviations of abnormal ones [m, k] in order of time; m may be 0.
        units: Windows that are held out together, [n].
        held: Windows that the network was not trained on, [n]: these set the threshold. Where none are (it has nothing
            to train), every unit is held out in turn of five from the centers and tolerances.
        limits: What may go wrong.

    """
    if held.any():
        center, tolerance = _fit(normal[~held])
        usual, units = _z(normal[held], center, tolerance), units[held]
    else:
        center, tolerance = _fit(normal)
        usual = _held_out_z(normal, units % _FOLDS)
    unusual = _z(faults, center, tolerance)
    if len(faults) < _FEWEST_FAULTS or limits.missed_alarms is None:
        threshold = choose_threshold(usual.max(axis=1), unusual.max(axis=1), units, limits)
        return Head(center, tolerance, max(threshold, _LEAST_TOLERANCE))
    return _weighted(center, tolerance, usual, unusual, units, limits)


def _weighted(
    center: Floats, tolerance: Floats, usual: Scores, unusual: Scores, units: Integers, limits: AlarmLimits
) -> Head:
    """Weights from all windows, the threshold from scores by weights that did not see them."""
    share, turns = _ALONE * limits.false_alarms, units % _FOLDS
    alone = max(rate_threshold(usual.max(axis=1), units, share, may_bet=False), _LEAST_TOLERANCE)
    fault_turns = np.arange(len(unusual)) * _FOLDS // len(unusual)
    normal_scores, fault_scores = np.empty(len(usual)), np.empty(len(unusual))
    cut_usual, cut_unusual = np.minimum(usual, 2 * alone), np.minimum(unusual, 2 * alone)
    for turn in range(_FOLDS):
        mine, theirs = turns == turn, fault_turns == turn
        weights = fit_weights(cut_usual[~mine] if not mine.all() else cut_usual, cut_unusual[~theirs])
        normal_scores[mine], fault_scores[theirs] = cut_usual[mine] @ weights, cut_unusual[theirs] @ weights
    normal_scores[usual.max(axis=1) > alone] = np.inf
    fault_scores[unusual.max(axis=1) > alone] = np.inf
    threshold = choose_threshold(normal_scores, fault_scores, units, limits)
    weights = fit_weights(cut_usual, cut_unusual)
    return Head(center, tolerance, max(threshold, _LEAST_TOLERANCE), weights.astype(np.float32), alone)


def fit_weights(normal: Scores, faults: Scores) -> NDArray[np.float64]:
    """Weights [k] of at least 0 and a sum of 1 for z of normal windows [n, k] and of faults [m, k].

    Logistic regression with both sides counted alike, a penalty on squares, and bounds (L-BFGS-B). Where nothing tells
    faults from normal windows all weights are the same.
    """
    z = np.concatenate([normal, faults]).astype(np.float64)
    signs = np.concatenate([-np.ones(len(normal)), np.ones(len(faults))])
    shares = np.where(signs < 0, 0.5 / len(normal), 0.5 / len(faults))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = parameters[:-1], parameters[-1]
        margin = signs * (z @ weights + bias)
        pull = -shares * signs / (1 + np.exp(np.minimum(margin, 500.0)))
        value = float((shares * np.logaddexp(0, -margin)).sum() + _RIDGE / 2 * (weights @ weights))
        return value, np.concatenate([z.T @ pull + _RIDGE * weights, [pull.sum()]])

    bounds = [(0.0, None)] * z.shape[1] + [(None, None)]
    found = np.maximum(minimize(loss, np.zeros(z.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x[:-1], 0)
    total = float(found.sum())
    return found / total if total > 0 else np.full(z.shape[1], 1 / z.shape[1])


def choose_threshold(normal: Scores, faults: Scores, units: Integers, limits: AlarmLimits) -> float:
    """The score from which on a window is abnormal.

    From normal windows alone: the score that the allowed share of a new recording's windows passes (`false_alarms.py`).
    With eight labelled faults or more: the threshold at which the worse of both rates, each as a share of its limit, is
    smallest; of normal windows each recording (`units`, [n]) counts alike. Infinite scores are alarms at any threshold.
    """
    is_finite = np.isfinite(normal)
    finite = normal[is_finite]
    if len(faults) < _FEWEST_FAULTS or limits.missed_alarms is None:
        return rate_threshold(finite, units[is_finite], limits.false_alarms)
    found = np.unique(np.concatenate([finite, faults[np.isfinite(faults)]]))
    options = (found[1:] + found[:-1]) / 2 if len(found) > 1 else found
    position = np.unique(units, return_inverse=True)[1]
    order = np.argsort(normal, kind="stable")
    below = np.concatenate([[0.0], (1 / np.bincount(position)[position[order]]).cumsum() / (position.max() + 1)])
    false = 1 - below[np.searchsorted(normal[order], options, side="right")]
    missed = np.searchsorted(np.sort(faults), options, side="right") / len(faults)
    worse = np.maximum(false / limits.false_alarms, missed / limits.missed_alarms)
    best = np.flatnonzero(worse <= worse.min() + 1e-12)
    return float(options[best[len(best) // 2]])


def _fit(normal: Floats) -> tuple[Floats, Floats]:
    center = np.median(normal, axis=0)
    distances = np.abs(normal - center)
    tolerance = np.full_like(center, _LEAST_TOLERANCE)
    for share in (1.0, 0.95, 0.8, 0.5):  # a deviation that mostly stands still is judged by the windows where it moves
        found = np.quantile(distances, share, axis=0)
        tolerance = np.where(found > _LEAST_TOLERANCE, found, tolerance)
    return center.astype(np.float32), tolerance.astype(np.float32)


def _z(deviations: Floats, center: Floats, tolerance: Floats) -> Scores:
    return np.asarray(np.abs(deviations - center) / tolerance)


def _held_out_z(normal: Floats, turns: Integers) -> Scores:
    """Z of each window by centers and tolerances of windows that are held out at other turns, [n, k]."""
    found = np.empty(normal.shape, np.float64)
    for turn in np.unique(turns):
        mine = turns == turn
        found[mine] = _z(normal[mine], *_fit(normal if mine.all() else normal[~mine]))
    return found
