"""Emitted C against the oracle on random small graphs over all operators, every memory access checked."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from running import KernelLibrary, oracle, random_inputs

from graphs import small_graphs
from nanosmith.tools.compiler import compile_model

pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")


@given(blob=small_graphs())
@settings(
    max_examples=100, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_random_graphs_answer_as_the_reference(blob: bytes, kernels: KernelLibrary, tmp_path: Path) -> None:
    compiled = compile_model(blob)
    inputs = random_inputs(compiled.input.shape, 6, seed=len(blob))
    expected = oracle(blob, inputs)
    assert np.array_equal(kernels.outputs(compiled, inputs, tmp_path), expected)
    for core in ("cortex-m55", "cortex-m3"):  # their kernels in plain C; the emulated cores have a test of their own
        other = compile_model(blob, core=core)
        if other.files != compiled.files:
            assert np.array_equal(kernels.outputs(other, inputs, tmp_path, ("plain",)), expected)
