"""A trained Keras model to int8 .tflite, with several ways of finding the ranges. Runs inside the sandbox.

Int8 weights cost nothing on these nets; what costs one or two points are activations whose range a few spikes
stretch. So the ranges come from clipped windows, and the network can be taught to live with rounded activations.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from nanosmith.tools.training import fit
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batches

_WINDOWS = 300
_CLIP = 4.0
"""Standard deviations."""

_LEVELS_MARGIN = 1e-3
_FINE_TUNE_RATE = 0.1
"""Learning rate of the fake-quant epochs, as a share of the training's."""

_FUSED_FOLLOWERS = ("BatchNormalization", "ReLU", "Activation")
_FUSING = ("Conv1D", "Conv2D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Dense",
           "BatchNormalization", "Add")  # fmt: skip


def to_int8(model: Any, samples: Floats) -> bytes:
    """Convert with int8 input and output and a batch of 1; ranges from `samples` [n, …], normalized features."""
    signature = tf.TensorSpec((1, *samples.shape[1:]), tf.float32)
    function = tf.function(lambda inputs: model(inputs, training=False)).get_concrete_function(signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])  # with the model: READ_VARIABLE fails
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8

    def representative() -> Iterator[list[Floats]]:
        for sample in samples:
            yield [sample[None]]

    converter.representative_dataset = representative
    return bytes(converter.convert())


def calibration_windows(batches: Batches, *, clip: bool, seed: int) -> Floats:
    """Up to 300 normalized training windows, the classes in equal parts."""
    chosen = _balanced(batches.labels, _WINDOWS, np.random.default_rng(seed))
    windows = batches.normalization.apply(batches.features[chosen])
    return np.clip(windows, -_CLIP, _CLIP) if clip else windows


def _balanced(labels: NDArray[np.int32], count: int, random: np.random.Generator) -> NDArray[np.int64]:
    order = random.permutation(len(labels))
    rank = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        rank[members] = np.arange(len(members))
    return np.sort(np.argsort(rank, kind="stable")[:count])


class FakeQuant(keras.layers.Layer):  # type: ignore[misc]  # Keras comes without types
    """Rounds its input to 256 levels of a fixed range; the gradient passes where the input lies inside it."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = min(low, -_LEVELS_MARGIN), max(high, _LEVELS_MARGIN)

    def call(self, inputs: Any) -> Any:
        """Round."""
        return tf.quantization.fake_quant_with_min_max_args(inputs, self.low, self.high, 8)


def fine_tune(model: Any, batches: Batches, *, seed: int) -> bool:
    """Some more epochs with rounded activations, in place; False where the network's form does not allow it.

    The rounding layers are put around the model's own layers, which keep their weights: batch norm runs on its
    trained statistics, as it will when the converter has folded it.
    """
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        return False
    graph = keras.Model(model.inputs, model.outputs)
    windows = calibration_windows(batches, clip=True, seed=seed)
    rounded = with_rounding(graph, windows)
    epochs = max(2, min(8, batches.settings.epochs // 6))
    settings = batches.settings.model_copy(
        update={"epochs": epochs, "learning_rate": batches.settings.learning_rate * _FINE_TUNE_RATE}
    )
    optimizer = fit.cosine_adamw(rounded, settings, epochs * batches.steps)
    step = fit.step_of(rounded, optimizer, batches, training=False)
    random = np.random.default_rng(seed + 1)
    for _ in range(epochs):
        fit.run_epoch(step, batches.epoch(random))
    return True


def with_rounding(graph: Any, windows: Floats) -> Any:
    """The same layers with a FakeQuant behind each one whose output will be an int8 tensor of its own."""
    places = [layer for layer in graph.layers if _is_rounded(layer, graph)]
    probe = keras.Model(graph.inputs, [layer.output for layer in places])
    values = probe(windows, training=False)
    ranges = {
        layer.name: FakeQuant(float(np.min(value)), float(np.max(value)))
        for layer, value in zip(places, values, strict=True)
    }

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = layer(*args, **kwargs)
        return ranges[layer.name](output) if layer.name in ranges else output

    first = [ranges[layer.name](layer.output) for layer in graph.layers if isinstance(layer, keras.layers.InputLayer)]
    body = keras.models.clone_model(graph, clone_function=lambda layer: layer, call_function=call)
    return keras.Model(graph.inputs, body(first[0] if len(first) == 1 else first))


def _is_rounded(layer: Any, graph: Any) -> bool:
    if isinstance(layer, keras.layers.InputLayer):
        return True
    if layer.output is graph.outputs[0] or not isinstance(layer.output, keras.KerasTensor):
        return False
    if type(layer).__name__ not in _FUSING:
        return True
    followers = [node.operation for node in layer._outbound_nodes]
    return not (followers and all(type(follower).__name__ in _FUSED_FOLLOWERS for follower in followers))
