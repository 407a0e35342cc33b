"""Kernels for cores with SMLAD: emulated in C under sanitizers, and in assembly on an emulated Cortex-M4."""

from pathlib import Path

import numpy as np
import pytest
from layers import RELU6, VALID, Layer
from running import KernelLibrary, oracle, random_inputs, run
from test_compile import CORES

from nanosmith.tools.compiler import compile_model
from nanosmith.tools.compiler.kernels import KERNEL_FOLDER

pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")

LAYERS = {
    "conv": (Layer("conv", 7, 9, 8, 6, (3, 3)), "ns_conv_dsp_s8_run"),
    "conv, odd rows and channels": (Layer("conv", 6, 5, 3, 5, (3, 3), stride=2), "ns_conv_dsp_s8_run"),
    "conv, dilated": (Layer("conv", 9, 8, 4, 3, (3, 2), dilation=2), "ns_conv_dsp_s8_run"),
    "conv, wider than the input": (Layer("conv", 3, 2, 4, 4, (5, 5), activation=RELU6), "ns_conv_dsp_s8_run"),
    "conv, one dimension": (Layer("conv", 1, 20, 6, 8, (1, 7), stride=3, padding=VALID), "ns_conv_dsp_s8_run"),
    "conv, dead channels": (Layer("conv", 4, 4, 4, 6, (2, 2), dead=(0, 3)), "ns_conv_dsp_s8_run"),
    "pointwise": (Layer("conv", 5, 5, 20, 7), "ns_rows_dsp_s8_run"),
    "rows, dead channels": (Layer("dense", 4, depth=10, channels=9, activation=RELU6, dead=(8,)), "ns_rows_dsp_s8_run"),
    "row": (Layer("dense", depth=36, channels=12), "ns_dense_dsp_s8_run"),
    "row, odd": (Layer("dense", depth=7, channels=6, activation=RELU6), "ns_dense_dsp_s8_run"),
    "depthwise": (Layer("depthwise", 8, 9, 8, kernel=(3, 3)), "ns_depthwise_dsp_s8_run"),
    "depthwise, turned": (Layer("depthwise", 9, 4, 4, kernel=(3, 3), activation=RELU6), "ns_depthwise_dsp_s8_run"),
    "depthwise, stride": (Layer("depthwise", 8, 7, 4, kernel=(3, 3), stride=2), "ns_depthwise_dsp_s8_run"),
    "depthwise, long": (Layer("depthwise", 1, 30, 4, kernel=(1, 11)), "ns_depthwise_dsp_s8_run"),
    "depthwise, dilated": (Layer("depthwise", 9, 9, 4, kernel=(3, 4), dilation=2), "ns_depthwise_dsp_s8_run"),
    "depthwise, dead channels": (Layer("depthwise", 5, 6, 8, kernel=(2, 5), dead=(1,)), "ns_depthwise_dsp_s8_run"),
    "add": (Layer("add", 3, 3, 5), "ns_add_dsp_s8_run"),
}

PROGRAM = """
#include "model.h"
static const int8_t inputs[{rows}][{fed}] = {{{inputs}}};
static const int8_t expected[{rows}][{got}] = {{{expected}}};
static uint8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(4)));
static void leave(uint32_t status)
{{
    const uint32_t block[2] = {{0x20026, status}};
    register uint32_t operation __asm__("r0") = 0x20;
    register const uint32_t *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(argument) : "memory");
}}
static void fault(void) {{ leave(200); }}
void start(void)
{{
    uint32_t differing = 0;
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20; /* the floating-point unit, whose registers may be used */
    for (uint32_t row = 0; row < {rows}; row++) {{
        int8_t output[{got}];
        model_run(arena, inputs[row], output);
        for (uint32_t i = 0; i < {got}; i++) {{
            differing += output[i] != expected[row][i];
        }}
    }}
    leave(differing > 100 ? 100 : differing);
}}
__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {{
    (void (*)(void))0x20400000, start, fault, fault, fault, fault, fault,
}};
"""

LINKER_SCRIPT = """
SECTIONS {
    .vectors 0 : { KEEP(*(.vectors)) }
    .text : { *(.text*) *(.rodata*) }
    .data 0x20000000 : { *(.data*) }
    .bss : { *(.bss*) *(COMMON) }
}
"""


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_answers_as_the_reference(name: str, kernels: KernelLibrary, tmp_path: Path) -> None:
    layer, kernel = LAYERS[name]
    blob = layer.blob()
    compiled = compile_model(blob, core="cortex-m4f")
    assert [entry.kernel for entry in compiled.layers] == [kernel]
    inputs = random_inputs(compiled.input.shape, 6, seed=1)
    answers = oracle(blob, inputs)
    assert len(np.unique(answers)) > 10
    assert np.array_equal(kernels.outputs(compiled, inputs, tmp_path), answers)
    for level in ("-O2", "-Os"):
        run_on_m4(compiled.files, inputs, answers, level, tmp_path)


def test_without_optimization_plain_c_answers(tmp_path: Path) -> None:
    blob = LAYERS["conv"][0].blob()
    compiled = compile_model(blob, core="cortex-m4f")
    inputs = random_inputs(compiled.input.shape, 2, seed=1)
    run_on_m4(compiled.files, inputs, oracle(blob, inputs), "-O0", tmp_path)


def run_on_m4(files: dict[str, str], inputs: np.ndarray, answers: np.ndarray, level: str, folder: Path) -> None:
    """Fails unless the model's C, built with `level`, gives the answers on an emulated Cortex-M4."""
    rows = len(inputs)
    text = PROGRAM.format(
        rows=rows, fed=inputs[0].size, got=answers[0].size,
        inputs=",".join(map(str, inputs.reshape(-1))), expected=",".join(map(str, answers.reshape(-1))),
    )  # fmt: skip
    (folder / "board.c").write_text(text)
    (folder / "model.c").write_text(files["model.c"])
    (folder / "model.h").write_text(files["model.h"])
    sources = [
        "board.c",
        "model.c",
        *(str(KERNEL_FOLDER / f) for f in files if f.startswith("ns_") and f.endswith(".c")),
    ]
    (folder / "board.ld").write_text(LINKER_SCRIPT)
    run(["arm-none-eabi-gcc", *CORES["m4"], "-std=gnu11", "-w", level, "-ffunction-sections", "-Wl,--gc-sections",
         "-Wl,--no-warn-rwx-segments", "-Wl,-e,start", "-nostartfiles", "-Wl,-T,board.ld",
         "-I", str(KERNEL_FOLDER), "-o", "board.elf",
         *sources], folder)  # fmt: skip
    run(["timeout", "60", "qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none",
         "-semihosting-config", "enable=on,target=native", "-kernel", "board.elf"], folder)  # fmt: skip
