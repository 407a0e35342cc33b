"""Operators that TensorFlow Lite Micro lacks: all 256 answers against LiteRT's reference kernels."""

from pathlib import Path

import numpy as np
import pytest
from running import KernelLibrary
from tflite_builder import Builder

from nanosmith.tools.compiler import compile_model


def litert(blob: bytes, inputs: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    reference = OpResolverType.BUILTIN_REF
    interpreter = Interpreter(model_content=blob, experimental_op_resolver_type=reference, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], inputs)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize(
    ("kind", "zero", "out_scale", "out_zero", "options"),
    [
        ("EXP", 100, 0.01, -128, {}), ("EXP", 0, 0.5, -128, {}), ("LOG", -128, 0.04, 20, {}),
        ("SQRT", -128, 0.0131, -120, {}), ("GELU", 3, 0.02, -100, {"approximate": False}),
        ("GELU", -20, 0.03, -90, {"approximate": True}),
    ],
)  # fmt: skip
def test_a_table_is_within_one_of_litert(
    kind: str, zero: int, out_scale: float, out_zero: int, options: dict, kernels: KernelLibrary, tmp_path: Path
) -> None:
    builder = Builder()
    source = builder.tensor((1, 256), scale=0.03, zero_point=zero, name="x")
    output = builder.tensor((1, 256), scale=out_scale, zero_point=out_zero, name="y")
    builder.operator(kind, [source], [output], "GeluOptions" if options else None, **options)
    blob = builder.blob([source], [output])
    inputs = np.arange(-128, 128, dtype=np.int8)[None]
    answers = kernels.outputs(compile_model(blob), inputs, tmp_path)[0]
    valid = inputs[0] > zero if kind in ("LOG", "SQRT") else np.ones(256, dtype=bool)
    difference = np.abs(answers.astype(int) - litert(blob, inputs).astype(int)).reshape(-1)[valid]
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.02


def test_tile_repeats(kernels: KernelLibrary, tmp_path: Path) -> None:
    """LiteRT's reference has no TILE of version 3, which the converter writes: numpy says what it is."""
    builder = Builder()
    source = builder.tensor((1, 3, 2), scale=0.1, name="x")
    output = builder.tensor((2, 6, 2), scale=0.1, name="y")
    builder.operator("TILE", [source, builder.constant([2, 2, 1])], [output], "TileOptions")
    inputs = np.arange(6, dtype=np.int8).reshape(1, 1, 3, 2)
    answers = kernels.outputs(compile_model(builder.blob([source], [output])), inputs, tmp_path)
    assert np.array_equal(answers[0], np.tile(inputs[0], (2, 2, 1)))
