"""Models that go on from one run to the next: LSTM and SVDF answer as the oracle, run after run, and begin anew."""

from pathlib import Path

import numpy as np
import pytest
from models import dense_model
from running import HOST_FLAGS, SANITIZERS, KernelLibrary, oracle, run
from tflite_builder import Builder

from nanosmith.tools.compiler import CompiledModel, compile_model
from nanosmith.tools.compiler.kernels import KERNEL_FOLDER

pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")


def lstm(
    random: np.random.Generator, *, inputs: int, units: int, steps: int, power: int = 12, clip: float = 0.0
) -> bytes:
    builder = Builder()
    zero = int(random.integers(-128, 128))
    source = builder.tensor((1, steps, inputs), scale=0.02, zero_point=zero, name="x")
    scale = np.float32(random.uniform(0.004, 0.01))

    def weights(columns: int) -> int:
        data = random.integers(-127, 128, (units, columns))
        return builder.tensor(data.shape, scale=random.uniform(0.002, 0.03), values=data)

    fed, kept = [weights(inputs) for _ in range(4)], [weights(units) for _ in range(4)]
    biases = [builder.tensor((units,), scale=1e-4, values=random.integers(-3000, 3000, units), dtype="int32")
              for _ in range(4)]  # fmt: skip
    state_zero = int(random.integers(-40, 40))
    state = builder.tensor((1, units), scale=scale, zero_point=state_zero, variable=True)
    cell = builder.tensor((1, units), scale=2.0**-power, dtype="int16", variable=True)
    output = builder.tensor((1, steps, units), scale=scale, zero_point=state_zero, name="y")
    operands = [source, *fed, *kept, -1, -1, -1, *biases, -1, -1, state, cell, -1, -1, -1, -1]
    builder.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [output], "UnidirectionalSequenceLSTMOptions",
                     fusedActivationFunction=4, cellClip=clip)  # fmt: skip
    return builder.blob([source], [output])


def svdf(random: np.random.Generator, *, inputs: int, units: int, rank: int, memory: int, wide: bool) -> bytes:
    builder = Builder()
    source = builder.tensor((1, inputs), scale=0.02, zero_point=int(random.integers(-128, 128)), name="x")
    filters = units * rank
    feature = builder.tensor((filters, inputs), scale=0.01, values=random.integers(-127, 128, (filters, inputs)))
    dtype = "int16" if wide else "int8"
    times = random.integers(-127, 128, (filters, memory))
    time = builder.tensor((filters, memory), scale=0.01, values=times, dtype=dtype)
    # wide enough that an int8 state never saturates: the wheels of 2025 wrap there, newer sources do not
    state_scale = 0.002 if wide else 0.25
    biases = random.integers(-3000, 3000, units)
    bias = builder.tensor((units,), scale=state_scale * 0.01, values=biases, dtype="int32")
    zero = 0 if wide else int(random.integers(-20, 20))
    state = builder.tensor((1, filters * memory), scale=state_scale, zero_point=zero, dtype=dtype,
                           variable=True)  # fmt: skip
    output = builder.tensor((1, units), scale=0.06, zero_point=-7, name="y")
    builder.operator("SVDF", [source, feature, time, bias, state], [output], "SVDFOptions", rank=rank,
                     fusedActivationFunction=1)  # fmt: skip
    return builder.blob([source], [output])


def check(blob: bytes, kernels: KernelLibrary, folder: Path) -> CompiledModel:
    """Six runs in a row, laid out for a core with SIMD and for one with vectors."""
    inputs = np.random.default_rng(9).integers(-128, 128, (6, *compile_model(blob).input.shape), dtype=np.int8)
    expected = oracle(blob, inputs)
    assert len(np.unique(expected)) > 3
    for core in ("cortex-m4f", "cortex-m55"):
        compiled = compile_model(blob, core=core)
        assert np.array_equal(kernels.outputs(compiled, inputs, folder), expected), core
    return compiled


@pytest.mark.parametrize(
    ("inputs", "units", "steps", "power", "clip"),
    [(3, 4, 5, 12, 0.0), (7, 5, 3, 11, 2.0), (1, 1, 4, 15, 0.0), (8, 9, 2, 9, 10.0), (17, 6, 3, 13, 1.0)],
)
def test_lstm_answers_as_the_oracle(
    inputs: int, units: int, steps: int, power: int, clip: float, kernels: KernelLibrary, tmp_path: Path
) -> None:
    random = np.random.default_rng(inputs)
    blob = lstm(random, inputs=inputs, units=units, steps=steps, power=power, clip=clip)
    compiled = check(blob, kernels, tmp_path)
    assert compiled.state_bytes == -(-units // 4) * 4 + -(-2 * units // 4) * 4
    assert compiled.macs == 4 * steps * units * (inputs + units)


@pytest.mark.parametrize(("rank", "memory", "wide"), [(1, 3, False), (2, 5, False), (1, 4, True), (3, 1, True)])
def test_svdf_answers_as_the_oracle(rank: int, memory: int, wide: bool, kernels: KernelLibrary, tmp_path: Path) -> None:
    random = np.random.default_rng(rank + memory)
    check(svdf(random, inputs=6, units=4, rank=rank, memory=memory, wide=wide), kernels, tmp_path)


def test_reset_begins_anew_and_nothing_else_is_kept(kernels: KernelLibrary, tmp_path: Path) -> None:
    blob = lstm(np.random.default_rng(3), inputs=3, units=5, steps=2)
    compiled = compile_model(blob)
    (tmp_path / "model.c").write_text(compiled.files["model.c"])
    (tmp_path / "model.h").write_text(compiled.files["model.h"])
    (tmp_path / "twice.c").write_text(_TWICE)
    run(["gcc", *HOST_FLAGS, *SANITIZERS, "-I", str(KERNEL_FOLDER), "-o", "twice", "twice.c", "model.c",
         kernels.archive()], tmp_path)  # fmt: skip
    run(["./twice"], tmp_path)


_TWICE = """\
#include <string.h>
#include "model.h"

/* Two models in turn, each with an arena of its own, the rest of which is spoilt between runs. */
int main(void)
{
    static _Alignas(16) uint8_t arenas[2][MODEL_ARENA_BYTES];
    static int8_t answers[2][2][MODEL_OUTPUT_BYTES];
    int8_t input[MODEL_INPUT_BYTES];
    memset(input, 55, sizeof input);
    memset(arenas, 0x5a, sizeof arenas);
    for (int round = 0; round < 2; round++) {
        model_reset(arenas[0]);
        model_reset(arenas[1]);
        for (int k = 0; k < 2; k++) {
            model_run(arenas[0], input, answers[0][k]);
            memset(arenas[0], 0x33, MODEL_ARENA_BYTES - MODEL_STATE_BYTES);
            model_run(arenas[1], input, answers[1][k]);
        }
        if (memcmp(answers[0], answers[1], sizeof answers[0]) != 0) {
            return 1;
        }
        if (memcmp(answers[0][0], answers[0][1], MODEL_OUTPUT_BYTES) == 0) {
            return 2;
        }
    }
    return 0;
}
"""


def test_a_model_without_state_has_no_reset() -> None:
    compiled = compile_model(dense_model())
    assert compiled.state_bytes == 0
    assert "reset" not in compiled.files["model.h"]
