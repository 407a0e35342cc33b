"""The training loop. Runs inside the sandbox, in TensorFlow, on one thread.

AdamW (arXiv 1711.05101) without decay on biases and batch-norm parameters, one warm-up and one cosine to zero
(arXiv 1608.03983), label smoothing: what brought tiny nets furthest on inertial data.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from nanosmith.tools.specs.candidate import TrainingSettings
from nanosmith.tools.training import discriminant
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batch, Batches

_WARM_UP = 0.08
"""Share of all steps in which the learning rate rises."""

_VALIDATIONS = 15
"""Points of a validation curve; a prediction after every epoch would cost a third of a small training."""

_PREDICT_BATCH = 256


OnEpoch = Callable[[int, float, float, NDArray[np.uint16] | Floats | None], None]
"""Told epoch (from 1), mean loss, mean training accuracy (of a number: the share of the plain error that is gone), and
every few epochs the predictions."""


class Diverged(Exception):
    """The loss is not a number any more."""


def train(
    model: Any,
    batches: Batches,
    validation: Floats,
    *,
    seed: int,
    on_epoch: OnEpoch,
    others: Sequence[Floats] = (),
) -> None:
    """Train `model` in place.

    Args:
        model: A Keras model that ends in probabilities or in logits, or in one number.
        batches: Training windows.
        validation: Normalized features [n, …]; their labels are not here.
        seed: Of shuffling and augmentation.
        on_epoch: Told about every epoch.
        others: Outputs [n, outputs] of networks that answer beside this one; the predictions are of all of them.

    Raises:
        Diverged: The loss became NaN or infinite.

    """
    settings = batches.settings
    total = settings.epochs * batches.steps
    step = step_of(model, cosine_adamw(model, settings, total), batches)
    every = max(1, math.ceil(settings.epochs / _VALIDATIONS))
    random = np.random.default_rng(seed)
    for epoch in range(1, settings.epochs + 1):
        loss, accuracy = run_epoch(step, batches.epoch(random))
        if not math.isfinite(loss):
            raise Diverged(f"the loss became {loss} in epoch {epoch}; a lower learning rate may help")
        is_due = epoch == settings.epochs or epoch % every == 0
        answers = None
        if is_due and len(validation):
            answers = _read(np.mean([*others, outputs(model, validation)], axis=0), batches)
        on_epoch(epoch, loss, accuracy, answers)


def solve(
    model: Any, batches: Batches, validation: Floats,
    *, on_epoch: OnEpoch,
) -> None:  # fmt: skip
    """Find the weights of `model` in closed form, in place; told as one epoch. Arguments as of `train`."""
    discriminant.solve(model, batches)
    right = _read(outputs(model, batches.normalization.apply(batches.features)), batches) == batches.labels
    answers = _read(outputs(model, validation), batches) if len(validation) else None
    on_epoch(1, float(1 - right.mean()), float(right.mean()), answers)


def run_epoch(step: Callable[..., Any], batches: Iterator[Batch]) -> tuple[float, float]:
    """Mean loss and accuracy over the batches."""
    results = [step(batch.inputs, batch.targets, batch.weights) for batch in batches]
    means = np.mean([[float(value) for value in pair] for pair in results], axis=0)
    return float(means[0]), float(np.clip(means[1], 0, 1))


def cosine_adamw(model: Any, settings: TrainingSettings, steps: int) -> Any:
    """The optimizer with its schedule over `steps`."""
    warm_up = max(1, int(_WARM_UP * steps))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=settings.learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay, global_clipnorm=5.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(model.trainable_variables)
    return optimizer


def step_of(model: Any, optimizer: Any, batches: Batches, *, training: bool = True) -> Callable[..., Any]:
    """The step that these batches ask for."""
    if batches.numbers is None:
        return train_step(model, optimizer, has_probabilities(model, batches), training=training)
    plain = max(float(np.abs(batches.numbers - batches.numbers.mean()).mean()), 1e-6)
    return number_step(model, optimizer, plain, training=training)


def number_step(model: Any, optimizer: Any, plain: float, *, training: bool = True) -> Callable[..., Any]:
    """A compiled step with Huber's loss, which a few odd targets don't rule; `plain` is the mean's own error."""
    loss_of = keras.losses.Huber(delta=1.0)

    def step(inputs: Any, targets: Any, weights: Any) -> Any:
        del weights  # all windows count alike
        with tf.GradientTape() as tape:
            outputs = model(inputs, training=training)
            loss = loss_of(targets, outputs)
            total = tf.add_n([loss, *model.losses]) if model.losses else loss
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))
        return loss, 1.0 - tf.reduce_mean(tf.abs(outputs - targets)) / plain

    compiled: Callable[..., Any] = tf.function(step, reduce_retracing=True)
    return compiled


def train_step(model: Any, optimizer: Any, probabilities: bool, *, training: bool = True) -> Callable[..., Any]:
    """A compiled step; `training=False` keeps batch norm's statistics and switches dropout off."""

    def step(inputs: Any, targets: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = model(inputs, training=training)
            each = keras.losses.categorical_crossentropy(targets, outputs, from_logits=not probabilities)
            loss = tf.reduce_mean(weights * each)
            total = tf.add_n([loss, *model.losses]) if model.losses else loss
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))
        hits = tf.cast(tf.argmax(outputs, -1) == tf.argmax(targets, -1), tf.float32)
        return loss, tf.reduce_mean(hits)

    compiled: Callable[..., Any] = tf.function(step, reduce_retracing=True)
    return compiled


def has_probabilities(model: Any, batches: Batches) -> bool:
    """Whether the untrained outputs are a distribution already, so that no softmax is applied twice."""
    outputs = np.asarray(model(batches.normalization.apply(batches.features[:8]), training=False))
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(-1), 1, atol=1e-3))


def outputs(model: Any, features: Floats) -> Floats:
    """What the network gives for each window, float32 [n, outputs]."""
    parts = [
        np.asarray(model(features[start : start + _PREDICT_BATCH], training=False), np.float32)
        for start in range(0, len(features), _PREDICT_BATCH)
    ]
    return np.concatenate(parts)


def _read(found: Floats, batches: Batches) -> NDArray[np.uint16] | Floats:
    """Class of the highest output, or the standardized number, of each row."""
    if batches.numbers is not None:
        return np.asarray(found[:, 0], np.float32)
    return np.asarray(found.argmax(-1), np.uint16)
