"""Makes the models beside it, by Keras and TensorFlow's converter: `python tests/compiler/corpus/make.py`.

Untrained, with every bias and normalization drawn at random, so that nothing folds away; calibrated on noise. The
.tflite files are committed, because their bytes depend on TensorFlow's version.
"""

import os
from collections.abc import Callable
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def motion() -> keras.Model:
    """1-D depthwise-separable network with causal and dilated layers, for windows of six channels."""
    x = inputs = keras.Input(batch_shape=(1, 64, 6))
    x = layers.Conv1D(8, 7, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters, stride in ((12, 2), (16, 1)):
        x = layers.SeparableConv1D(filters, 5, strides=stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv1D(16, 3, padding="causal", dilation_rate=2, activation="relu6")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(x))


def picture() -> keras.Model:
    """2-D residual network with a squeeze-and-excitation gate, for pictures of 16 x 16 in gray."""
    x = inputs = keras.Input(batch_shape=(1, 16, 16, 1))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.Conv2D(8, 3, padding="same")(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.MaxPooling2D()(x)
    gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Reshape((1, 1, 8))(gate)])
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", activation="relu6")(x)
    x = layers.Conv2D(12, 1, activation="hard_swish")(x)
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)])
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


def to_int8(model: keras.Model, random: np.random.Generator) -> bytes:
    """The model with random numbers wherever Keras starts with zeros and ones, quantized."""
    for variable in model.weights:
        if variable.ndim == 1:
            spread = random.uniform(0.5, 1.5, variable.shape)
            centered = any(part in variable.path for part in ("bias", "beta", "mean"))
            variable.assign(random.normal(0, 0.3, variable.shape) if centered else spread)
    shape = model.input_shape
    function = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec(shape, tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([random.normal(0, 1, shape).astype(np.float32)] for _ in range(64))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def main() -> None:
    """Writes motion.tflite and picture.tflite."""
    makers: tuple[Callable[[], keras.Model], ...] = (motion, picture)
    for seed, make in enumerate(makers, start=1):
        keras.utils.set_random_seed(seed)
        keras.backend.clear_session()
        blob = to_int8(make(), np.random.default_rng(seed))
        (Path(__file__).parent / f"{make.__name__}.tflite").write_bytes(blob)


if __name__ == "__main__":
    main()
