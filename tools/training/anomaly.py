"""Learns what normal windows look like and turns the distance from them into two answers. Runs inside the sandbox.

A candidate's network gives deviations [n, k]: numbers that stay about the same while all is normal (levels, roughness,
the residual of an autoencoder). Weights that can be trained are trained on normal windows alone, to make the mean
square of the deviations small. Then `anomaly_head.py` finds
what is normal of each deviation, and from which score on a window is not; few labelled faults, where there are some,
help with that and train nothing else. All of it becomes small dense layers behind the network, so that the int8 model,
the compiler and the parity check know nothing of it. From normal windows alone:

    a = relu6(3 / threshold * ±(deviation - center) / tolerance)    s = max(a)    answers: [6 - s, s]

and with labelled faults, where z beyond `alone` is an alarm by itself and the weighted sum of all z another:

    a = relu6(3 / alone * ±(deviation - center) / tolerance)    s = max(a, relu6(alone / threshold * sum(weights * a)))

so `abnormal` wins exactly where the score is above the threshold, with 128 steps of resolution below it.
"""

import math
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from nanosmith.tools.specs.candidate import TrainingSettings
from nanosmith.tools.specs.device_spec import AlarmLimits
from nanosmith.tools.training import fit
from nanosmith.tools.training.anomaly_head import Booleans, Head, Integers, fit_head, held_out_units
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batches

_HELD_OUT = 3
"""One recording in three sets the threshold where a network was trained on the others; one in two of few."""

_FEW = 9

_PREDICT_BATCH = 256


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
        faults: Normalized features of the abnormal windows of the training part; may be empty. In order of time;
            they only help with the head.
        validation: Normalized features; their labels are not here.
        recordings: Which recording (or machine, or person) each normal window is from, [n]; windows in order of time.
        limits: False and missed alarms that the contract allows.
        seed: Of shuffling and augmentation.
        on_epoch: Told epoch (from 1), mean square deviation, share of training windows answered rightly, answers.

    Raises:
        fit.Diverged: The deviations became NaN or infinite.

    """
    normal = batches.normalization.apply(batches.features)
    units = held_out_units(recordings)
    is_trained = bool(model.trainable_variables)
    one_in = _HELD_OUT if len(np.unique(units)) >= _FEW else 2
    held = (units % one_in == one_in - 1) if is_trained else np.zeros(len(units), np.bool_)

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
