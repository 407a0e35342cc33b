"""Small models for tests that need one of a known shape."""

import numpy as np
from tflite_builder import Builder


def dense_model(*, inputs: int = 8, outputs: int = 4, name: str = "model/dense/MatMul;model/dense/BiasAdd") -> bytes:
    random = np.random.default_rng(1)
    builder = Builder()
    source = builder.tensor((1, inputs), scale=0.05, zero_point=3, name="serving_default_x:0")
    weights = builder.tensor((outputs, inputs), scale=0.01, values=random.integers(-127, 128, (outputs, inputs)))
    bias = builder.tensor((outputs,), scale=0.0005, values=random.integers(-99, 99, outputs), dtype="int32")
    output = builder.tensor((1, outputs), scale=0.1, zero_point=-5, name=name)
    builder.operator("FULLY_CONNECTED", [source, weights, bias], [output], "FullyConnectedOptions")
    return builder.blob([source], [output])


def unary_model(kind: str, *, dtype: str = "int8", name: str = "model/act_1/Elu") -> bytes:
    builder = Builder()
    source = builder.tensor((1, 4), scale=0.05, zero_point=3, name="x")
    inner = builder.tensor((1, 4), scale=0.05, zero_point=3, dtype=dtype, name=name)
    output = builder.tensor((1, 4), scale=0.05, zero_point=3, name="y")
    builder.operator(kind, [source], [inner])
    builder.operator("RELU", [inner], [output])
    return builder.blob([source], [output])
