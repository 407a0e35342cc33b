"""What Keras layers become: converts a small int8 model of each, compiles it and compares it with the reference.

`python benchmarks/compiler/keras_layers.py [NAME ...]` prints a line a layer: exact, the largest difference, or why it
was refused. The converter may crash on a layer, so each is converted in a process of its own.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers, ops

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "compiler" / "corpus"))

from make import to_int8

from nanosmith.tools.compiler import HostModel, compile_model
from nanosmith.tools.compiler.oracle import oracle_outputs
from nanosmith.tools.errors import ModelRejected

Make = Callable[[], keras.Model]
_CONVERT = "--convert"
IMAGE, SERIES = (8, 8, 4), (16, 6)
ACTIVATIONS = (
    "relu", "relu6", "swish", "gelu", "elu", "selu", "softplus", "softsign", "tanh", "sigmoid", "hard_sigmoid",
    "hard_swish", "leaky_relu", "exponential", "mish", "celu",
)  # fmt: skip
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "abs": ops.abs, "clip": lambda x: ops.clip(x, -1.0, 1.0), "exp": ops.exp, "negative": ops.negative,
    "square": ops.square, "rsqrt": lambda x: ops.rsqrt(ops.relu(x) + 0.1), "var": lambda x: ops.var(x, axis=1),
    "min": lambda x: ops.min(x, axis=1), "sum": lambda x: ops.sum(x, axis=1), "sin": ops.sin,
    "where": lambda x: ops.where(x > 0, x, x * 0.1), "divide": lambda x: x / (ops.relu(x) + 1.0),
    "stack": lambda x: ops.stack([x, ops.relu(x)], axis=1), "take": lambda x: ops.take(x, [3, 1, 2], axis=1),
    "flip": lambda x: ops.flip(x, axis=1), "roll": lambda x: ops.roll(x, 2, axis=1), "slice": lambda x: x[:, ::2, 1:3],
    "tile": lambda x: ops.tile(x, (1, 2, 1)), "matmul": lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))),
    "reflect": lambda x: ops.pad(x, ((0, 0), (2, 2), (0, 0)), mode="reflect"),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
}  # fmt: skip


def sequence(shape: tuple[int, ...], *stack: Callable[[], keras.Layer]) -> Make:
    """A model of layers behind each other."""

    def make() -> keras.Model:
        x = inputs = keras.Input(batch_shape=(1, *shape))
        for layer in stack:
            x = layer()(x)
        return keras.Model(inputs, x)

    return make


def merged(layer: Callable[[], keras.Layer]) -> Make:
    """A model that merges two branches."""

    def make() -> keras.Model:
        inputs = keras.Input(batch_shape=(1, *SERIES))
        branches = [layers.Conv1D(4, width, padding="same", activation="relu")(inputs) for width in (3, 5)]
        return keras.Model(inputs, layers.Conv1D(3, 1)(layer()(branches)))

    return make


def transformer() -> keras.Model:
    """One block of a transformer."""
    x = inputs = keras.Input(batch_shape=(1, *SERIES))
    x = layers.Dense(8)(x)
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
    y = layers.Dense(16, activation="gelu")(layers.LayerNormalization()(x))
    x = layers.Add()([x, layers.Dense(8)(y)])
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def _conv1() -> keras.Layer:
    return layers.Conv1D(4, 3)


def _conv2() -> keras.Layer:
    return layers.Conv2D(4, 3)


def _dense() -> keras.Layer:
    return layers.Dense(3)


CASES: dict[str, Make] = {
    **{f"activation {a}": sequence(SERIES, _conv1, lambda a=a: layers.Activation(a), _conv1) for a in ACTIVATIONS},
    **{f"ops.{n}": sequence(SERIES, _conv1, lambda f=f: layers.Lambda(f)) for n, f in FUNCTIONS.items()},
    **{n: merged(getattr(layers, n)) for n in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate")},
    "PReLU": sequence(SERIES, _conv1, lambda: layers.PReLU(alpha_initializer="uniform")),
    "ReLU threshold": sequence(SERIES, _conv1, lambda: layers.ReLU(threshold=0.3)),
    "Softmax axis 1": sequence(SERIES, _conv1, lambda: layers.Softmax(axis=1)),
    "BatchNormalization": sequence(SERIES, layers.BatchNormalization, _conv1),
    "LayerNormalization": sequence(SERIES, _dense, layers.LayerNormalization, _dense),
    "RMSNormalization": sequence(SERIES, _dense, layers.RMSNormalization, _dense),
    "GroupNormalization": sequence(IMAGE, _conv2, lambda: layers.GroupNormalization(2), _conv2),
    "transformer": transformer,
    "SeparableConv2D": sequence(IMAGE, lambda: layers.SeparableConv2D(6, 3, padding="same")),
    "DepthwiseConv2D": sequence(IMAGE, lambda: layers.DepthwiseConv2D(3, dilation_rate=2, depth_multiplier=2)),
    "Conv2D groups": sequence(IMAGE, lambda: layers.Conv2D(8, 3, groups=2)),
    "Conv1D causal": sequence(SERIES, lambda: layers.Conv1D(8, 3, dilation_rate=4, padding="causal")),
    "Conv3D": sequence((4, 4, 4, 2), lambda: layers.Conv3D(4, 2)),
    "Conv2DTranspose": sequence(IMAGE, lambda: layers.Conv2DTranspose(6, 3, strides=2, padding="same")),
    "Conv1DTranspose": sequence(SERIES, lambda: layers.Conv1DTranspose(6, 3, strides=2)),
    "UpSampling2D": sequence(IMAGE, _conv2, layers.UpSampling2D, _conv2),
    "UpSampling2D bilinear": sequence(IMAGE, _conv2, lambda: layers.UpSampling2D(2, interpolation="bilinear")),
    "Resizing": sequence(IMAGE, _conv2, lambda: layers.Resizing(9, 7)),
    "Cropping2D": sequence(IMAGE, _conv2, lambda: layers.Cropping2D(((1, 2), (1, 0)))),
    "ZeroPadding2D": sequence(IMAGE, lambda: layers.ZeroPadding2D(((1, 2), (0, 3))), _conv2),
    "GlobalMaxPooling2D": sequence(IMAGE, _conv2, layers.GlobalMaxPooling2D, _dense),
    "AveragePooling1D": sequence(SERIES, _conv1, lambda: layers.AveragePooling1D(3, 2, padding="same")),
    "Dropout": sequence(SERIES, lambda: layers.Dropout(0.5), _conv1),
    "Permute": sequence(SERIES, _conv1, lambda: layers.Permute((2, 1)), _conv1),
    "RepeatVector": sequence((12,), _dense, lambda: layers.RepeatVector(5), _conv1),
    "LSTM unrolled": sequence(SERIES, lambda: layers.LSTM(6, unroll=True), _dense),
    "GRU unrolled": sequence(SERIES, lambda: layers.GRU(6, unroll=True), _dense),
    "SimpleRNN unrolled": sequence(SERIES, lambda: layers.SimpleRNN(6, unroll=True), _dense),
    "Bidirectional": sequence(
        SERIES, lambda: layers.Bidirectional(layers.GRU(6, unroll=True, return_sequences=True)),
        layers.GlobalMaxPooling1D, _dense,
    ),
}  # fmt: skip


def verdict(blob: bytes, folder: Path) -> str:
    """What the compiler makes of a model."""
    try:
        compiled = compile_model(blob)
    except ModelRejected as refusal:
        return f"refused: {str(refusal)[:150]}"
    inputs = np.random.default_rng(3).integers(-128, 128, (12, *compiled.input.shape), dtype=np.int8)
    expected = oracle_outputs(blob, inputs)
    if expected is None:
        return "compiled; TensorFlow Lite Micro refuses it"
    answers = HostModel.build(compiled, folder).run(inputs)
    largest = int(np.abs(answers.astype(int) - expected.astype(int)).max())
    return f"exact, {len(compiled.operators)} calls" if largest == 0 else f"differs by up to {largest}"


def converted(name: str, path: Path) -> bool:
    """Converts in a program of its own, which the converter may bring down."""
    argv = [sys.executable, __file__, _CONVERT, name, str(path)]
    return subprocess.run(argv, capture_output=True, check=False, timeout=300).returncode == 0


def main() -> None:
    """Command line."""
    if sys.argv[1:2] == [_CONVERT]:
        keras.utils.set_random_seed(1)
        Path(sys.argv[3]).write_bytes(to_int8(CASES[sys.argv[2]](), np.random.default_rng(1)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        for name in sys.argv[1:] or CASES:
            path = Path(scratch) / "model.tflite"
            path.unlink(missing_ok=True)
            found = verdict(path.read_bytes(), Path(scratch) / "c") if converted(name, path) else "not converted"
            print(f"{name:24} {found}", flush=True)


if __name__ == "__main__":
    main()
