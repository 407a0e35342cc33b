"""Learns what normal windows look like and turns the distance from them into two answers. Runs inside the sandbox.

A candidate's network gives deviations [n, k]: numbers that stay about the same while all is normal (levels, roughness,
the residual of an autoencoder). Weights that can be trained are trained on normal windows alone, to make the mean
square of the deviations small. Then, on normal windows too, each deviation gets a center (median) and a tolerance
(median distance from it; both withstand stray windows, Rousseeuw & Croux 1993, doi:10.1080/01621459.1993.10476408),
and the score of a window is its largest deviation in tolerances. The threshold comes from normal recordings that were
held out; few labelled faults, where there are some, help to choose it. All of that becomes two small dense layers
behind the network, so that the int8 model, the compiler and the parity check know nothing of it:

    a = relu6(3 / threshold * ±(deviation - center) / tolerance)    s = max(a)    answers: [6 - s, s]

so `abnormal` wins exactly where the score is above the threshold, with 128 steps of resolution below it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from nanosmith.tools.specs.candidate import TrainingSettings
from nanosmith.tools.specs.device_spec import AlarmLimits
from nanosmith.tools.training import fit
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batches

_HALF = 3.0
"""Where the threshold lies in the 0 … 6 of a ReLU6."""

_FOLDS = 5
_BLOCKS = 8
"""Stretches that stand in for recordings where those are too few to hold some out."""

_HELD_OUT = 3
"""One recording in three sets the threshold where a network was trained on the others."""

_FEWEST_FAULTS = 8
_LEAST_TOLERANCE = 1e-3
_PREDICT_BATCH = 256

Booleans = NDArray[np.bool_]
Integers = NDArray[np.integer]


@dataclass(frozen=True)
class Head:
    """What is normal of each deviation, and from which score on a window is not."""

    center: Floats
    tolerance: Floats
    threshold: float

    def scores(self, deviations: Floats) -> Floats:
        """Largest deviation of each window [n, k] in tolerances."""
        return np.asarray((np.abs(deviations - self.center) / self.tolerance).max(axis=1))

    def answers(self, deviations: Floats) -> NDArray[np.uint16]:
        """0 normal, 1 abnormal."""
        return (self.scores(deviations) > self.threshold).astype(np.uint16)

    def layered(self, model: keras.Model) -> keras.Model:
        """The network with the head behind it: [n, 2], normal first."""
        gain = (_HALF / self.threshold / self.tolerance).astype(np.float32)
        both = np.concatenate([np.diag(gain), -np.diag(gain)], axis=1)
        shift = np.concatenate([-self.center * gain, self.center * gain])
        inputs = keras.Input(model.input_shape[1:])
        sides = keras.layers.Dense(
            len(shift), name="tolerances", kernel_initializer=keras.initializers.Constant(both),
            bias_initializer=keras.initializers.Constant(shift),
        )(model(inputs))  # fmt: skip
        largest = keras.ops.max(keras.layers.ReLU(max_value=2 * _HALF)(sides), axis=-1, keepdims=True)
        answers = keras.layers.Dense(
            2, name="answers", kernel_initializer=keras.initializers.Constant(np.array([[-1.0, 1.0]])),
            bias_initializer=keras.initializers.Constant(np.array([2 * _HALF, 0.0])),
        )(largest)  # fmt: skip
        return keras.Model(inputs, answers)


def untrained_head(deviations: int) -> Head:
    """A head of the right size for checking an untrained network."""
    return Head(np.zeros(deviations, np.float32), np.ones(deviations, np.float32), 1.0)


def train(
    model: keras.Model,
    batches: Batches,
    faults: Floats,
    validation: Floats,
    recordings: Integers,
    limits: AlarmLimits,
    *,
    seed: int,
    on_epoch: Callable[[int, float, float, NDArray[np.uint16] | None], None],
) -> Head:
    """Train the network on normal windows, where it has weights to train, and fit the head.

    Args:
        model: Gives deviations [n, k]; its weights are changed in place.
        batches: Normal windows.
        faults: Normalized features of the abnormal windows of the training part; may be empty. They only help to
            choose the threshold.
        validation: Normalized features; their labels are not here.
        recordings: Which recording each normal window is from, [n]; windows in order of time.
        limits: False and missed alarms that the contract allows.
        seed: Of shuffling and augmentation.
        on_epoch: Told epoch (from 1), mean square deviation, share of training windows answered rightly, answers.

    Raises:
        fit.Diverged: The deviations became NaN or infinite.

    """
    normal = batches.normalization.apply(batches.features)
    units = held_out_units(recordings)
    is_trained = bool(model.trainable_variables)
    held = (units % _HELD_OUT == _HELD_OUT - 1) if is_trained else np.zeros(len(units), np.bool_)

    def tell(epoch: int, loss: float) -> Head:
        usual, unusual = deviations_of(model, normal), deviations_of(model, faults)
        if not np.isfinite(usual).all() or not math.isfinite(loss):
            raise fit.Diverged(f"the loss became {loss} in epoch {epoch}; a lower learning rate may help")
        head = fit_head(usual, unusual, units, held, limits)
        right = (head.answers(usual) == 0).sum() + (head.answers(unusual) == 1).sum()
        answers = head.answers(deviations_of(model, validation)) if len(validation) else None
        on_epoch(epoch, loss, float(right / (len(usual) + len(unusual))), answers)
        return head

    if not is_trained:
        return tell(1, float(np.mean(np.square(deviations_of(model, normal)))))
    part = _part(batches, ~held)
    step = _train_step(model, fit.cosine_adamw(model, batches.settings, batches.settings.epochs * part.steps))
    random = np.random.default_rng(seed)
    for epoch in range(1, batches.settings.epochs + 1):
        loss = float(np.mean([float(step(batch.inputs)) for batch in part.epoch(random)]))
        head = tell(epoch, loss)
    return head


def held_out_units(recordings: Integers) -> NDArray[np.int64]:
    """What is held out together, [n]: recordings, or stretches of them where there are fewer than `_FOLDS`."""
    found, position = np.unique(recordings, return_inverse=True)
    if len(found) >= _FOLDS:
        return position.astype(np.int64)
    return np.arange(len(recordings), dtype=np.int64) * _BLOCKS // max(1, len(recordings))


def fit_head(normal: Floats, faults: Floats, units: Integers, held: Booleans, limits: AlarmLimits) -> Head:
    """Centers, tolerances and the threshold.

    Args:
        normal: Deviations of normal windows [n, k].
        faults: Deviations of abnormal ones [m, k]; m may be 0.
        units: Windows that are held out together, [n].
        held: Windows that the network was not trained on, [n]: these set the threshold. Where none are (it has nothing
            to train), every unit is held out in turn of five from the centers and tolerances.
        limits: What may go wrong.

    """
    if held.any():
        center, tolerance = _fit(normal[~held])
        scores = _score(normal[held], center, tolerance)
    else:
        turns = units % _FOLDS
        scores = np.concatenate(
            [
                _score(normal[turns == turn], *_fit(normal[turns != turn]))
                for turn in np.unique(turns)
                if (turns != turn).any()
            ]
            or [_score(normal, *_fit(normal))]
        )
        center, tolerance = _fit(normal)
    threshold = choose_threshold(scores, _score(faults, center, tolerance), limits)
    return Head(center, tolerance, max(threshold, _LEAST_TOLERANCE))


def choose_threshold(normal: Floats, faults: Floats, limits: AlarmLimits) -> float:
    """The score from which on a window is abnormal.

    From normal windows alone: the score that the allowed share of false alarms passes. With eight labelled faults or
    more: the threshold at which the worse of both rates, each as a share of its limit, is smallest.
    """
    at_limit = float(np.quantile(normal, 1 - limits.false_alarms))
    if len(faults) < _FEWEST_FAULTS or limits.missed_alarms is None:
        return at_limit
    found = np.unique(np.concatenate([normal, faults]))
    options = (found[1:] + found[:-1]) / 2 if len(found) > 1 else found
    false = 1 - np.searchsorted(np.sort(normal), options, side="right") / len(normal)
    missed = np.searchsorted(np.sort(faults), options, side="right") / len(faults)
    worse = np.maximum(false / limits.false_alarms, missed / limits.missed_alarms)
    best = np.flatnonzero(worse == worse.min())
    return float(options[best[len(best) // 2]])


def deviations_of(model: keras.Model, features: Floats) -> Floats:
    """What the network gives for windows [n, …]."""
    parts = [
        np.asarray(model(features[start : start + _PREDICT_BATCH], training=False))
        for start in range(0, len(features), _PREDICT_BATCH)
    ]
    width = int(model.output_shape[-1])
    return np.concatenate([*parts, np.zeros((0, width), np.float32)]).astype(np.float32)


def calibration_windows(batches: Batches, *, clip: float, seed: int) -> Floats:
    """Normal windows, and the same three times as far from the mean, so that ranges reach to where alarms are."""
    count = min(150, len(batches.features))
    chosen = np.sort(np.random.default_rng(seed).permutation(len(batches.features))[:count])
    windows = batches.normalization.apply(batches.features[chosen])
    clipped: Floats = np.clip(np.concatenate([windows, 3 * windows]), -clip, clip)
    return clipped


def _fit(normal: Floats) -> tuple[Floats, Floats]:
    center = np.median(normal, axis=0)
    distances = np.abs(normal - center)
    tolerance = np.full_like(center, _LEAST_TOLERANCE)
    for share in (1.0, 0.95, 0.8, 0.5):  # a deviation that mostly stands still is judged by the windows where it moves
        found = np.quantile(distances, share, axis=0)
        tolerance = np.where(found > _LEAST_TOLERANCE, found, tolerance)
    return center.astype(np.float32), tolerance.astype(np.float32)


def _score(deviations: Floats, center: Floats, tolerance: Floats) -> Floats:
    return Head(center, tolerance, 1.0).scores(deviations)


def _part(batches: Batches, mask: Booleans) -> Batches:
    settings: TrainingSettings = batches.settings.model_copy(
        update={"augmentation": batches.settings.augmentation.model_copy(update={"mixup": 0.0})}
    )
    return Batches(
        batches.features[mask], batches.labels[mask], batches.classes, batches.normalization, batches.front_end,
        settings, batches.triples,
    )  # fmt: skip


def _train_step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[..., tf.Tensor]:
    def step(inputs: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(inputs, training=True)))
            total = tf.add_n([loss, *model.losses]) if model.losses else loss
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))
        return loss

    compiled: Callable[..., tf.Tensor] = tf.function(step, reduce_retracing=True)
    return compiled
