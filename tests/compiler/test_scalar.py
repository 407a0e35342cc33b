"""Kernels for cores without SIMD: in C under sanitizers, and in assembly on emulated M0 and M3."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from emulated import answers_on
from layers import RELU6, Layer
from running import KernelLibrary, oracle, random_inputs

from nanosmith.tools.compiler import CompiledModel, compile_model

pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")

LAYERS = {
    "conv": (Layer("conv", 7, 9, 8, 6, (3, 3)), "ns_conv_s8_run"),
    "conv, odd quads and channels": (Layer("conv", 6, 5, 3, 5, (3, 3), stride=2), "ns_conv_s8_run"),
    "conv, one channel": (Layer("conv", 5, 5, 3, 1, (2, 2), activation=RELU6), "ns_conv_s8_run"),
    "conv, dilated": (Layer("conv", 9, 8, 4, 3, (3, 2), dilation=2), "ns_conv_s8_run"),
    "conv, wider than the input": (Layer("conv", 3, 2, 4, 4, (5, 5), activation=RELU6), "ns_conv_s8_run"),
    "conv, dead channels": (Layer("conv", 4, 4, 4, 6, (2, 2), dead=(0, 3)), "ns_conv_s8_run"),
    "rows": (Layer("conv", 5, 5, 20, 7), "ns_dense_rows_s8_run"),
    "row": (Layer("dense", depth=36, channels=12), "ns_dense_scalar_s8_run"),
    "row, odd": (Layer("dense", depth=7, channels=6, activation=RELU6), "ns_dense_scalar_s8_run"),
    "row, few inputs": (Layer("dense", depth=3, channels=5), "ns_dense_scalar_s8_run"),
    "depthwise": (Layer("depthwise", 8, 9, 8, kernel=(3, 3)), "ns_depthwise_scalar_s8_run"),
    "depthwise, turned": (
        Layer("depthwise", 9, 4, 5, kernel=(3, 3), activation=RELU6),
        "ns_depthwise_scalar_s8_run",
    ),
    "depthwise, stride": (Layer("depthwise", 8, 7, 4, kernel=(3, 3), stride=2), "ns_depthwise_scalar_s8_run"),
    "depthwise, dead channels": (Layer("depthwise", 5, 6, 8, kernel=(3, 3), dead=(1,)), "ns_depthwise_scalar_s8_run"),
    "depthwise, long": (Layer("depthwise", 1, 30, 4, kernel=(1, 11)), "ns_depthwise_conv_s8_run"),
}
"""Each with the kernel that is to be chosen."""

_Case = tuple[CompiledModel, np.ndarray]


@pytest.fixture(scope="module")
def cases() -> tuple[list[_Case], list[np.ndarray]]:
    """Compiled layers with inputs, and what the oracle answers."""
    compiled, answers = [], []
    for i, (layer, kernel) in enumerate(LAYERS.values()):
        blob = layer.blob()
        model = compile_model(blob, name=f"m{i}", core="cortex-m3")
        assert [entry.kernel for entry in model.layers] == [kernel]
        inputs = random_inputs(model.input.shape, 4, seed=1)
        inputs[0], inputs[1] = -128, 127
        compiled.append((model, inputs))
        answers.append(oracle(blob, inputs))
    return compiled, answers


def test_layers_answer_as_the_reference(
    cases: tuple[list[_Case], list[np.ndarray]], kernels: KernelLibrary, tmp_path: Path
) -> None:
    for (model, inputs), expected in zip(*cases, strict=True):
        assert np.array_equal(kernels.outputs(model, inputs, tmp_path, ("plain",)), expected)


@pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs gcc-arm-none-eabi and qemu-system-arm",
)
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m3"])
def test_layers_answer_as_the_reference_on_an_emulated_core(
    core: str, level: str, cases: tuple[list[_Case], list[np.ndarray]], tmp_path: Path
) -> None:
    compiled, answers = cases
    for expected, found in zip(answers, answers_on("mps2_an385", compiled, tmp_path, core, level), strict=True):
        np.testing.assert_array_equal(found, expected)
