"""What compiling gives: deterministic files that build everywhere, a usable API, honest numbers."""

from pathlib import Path

import numpy as np
import pytest
from models import dense_model
from running import HOST_FLAGS, KernelLibrary, random_inputs, run
from tflite_builder import Builder

from nanosmith.tools.compiler import SUPPORTED_OPERATORS, HostModel, compile_model
from nanosmith.tools.compiler.kernels import KERNEL_FOLDER
from nanosmith.tools.compiler.oracle import oracle_outputs

CORES = {
    "m0": ["-mcpu=cortex-m0", "-mthumb"],
    "m3": ["-mcpu=cortex-m3", "-mthumb"],
    "m4": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    "m55": ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
}


def test_the_same_model_gives_the_same_bytes() -> None:
    assert compile_model(dense_model()).files == compile_model(dense_model()).files


def test_numbers_of_a_dense_layer() -> None:
    compiled = compile_model(dense_model(inputs=8, outputs=4), name="net")
    assert (compiled.macs, compiled.weights, compiled.operators) == (32, 32, ("FULLY_CONNECTED",))
    assert compiled.input.shape == (1, 8)
    assert compiled.input.scale == pytest.approx(0.05)
    assert (compiled.input.zero_point, compiled.output.zero_point) == (3, -5)
    assert compiled.layers[0].layer == "dense"
    assert f"#define NET_ARENA_BYTES {compiled.arena_bytes}u" in compiled.files["net.h"]
    assert compiled.arena_lower_bound <= compiled.arena_bytes


def test_the_host_model_answers_in_the_models_shape(tmp_path: Path) -> None:
    blob = dense_model()
    host = HostModel.build(compile_model(blob), tmp_path)
    inputs = random_inputs((1, 8), 30, seed=5)
    outputs = host.run(inputs)
    assert outputs.shape == (30, 1, 4)
    assert np.array_equal(outputs, host.run(inputs[:, 0]))
    assert len(np.unique(outputs)) > 10
    with pytest.raises(ValueError, match="is wanted"):
        host.run(inputs[:, :, :5])


def test_the_oracle_runs_apart_and_agrees(tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")
    blob, inputs = dense_model(), random_inputs((1, 8), 30, seed=5)
    answers = oracle_outputs(blob, inputs)
    assert answers is not None
    assert np.array_equal(answers, HostModel.build(compile_model(blob), tmp_path).run(inputs))


def test_input_and_output_may_lie_outside_the_arena(kernels: KernelLibrary, tmp_path: Path) -> None:
    compiled = compile_model(dense_model())
    inside = kernels.outputs(compiled, inputs := random_inputs((1, 8), 4, seed=1), tmp_path)
    program = (tmp_path / "runner.c").read_text()
    program = program.replace("int main(void)\n{\n", "int main(void)\n{\n    int8_t in[8], out[4];\n")
    program = program.replace("model_input(arena)", "in").replace("model_output(arena)", "out")
    (tmp_path / "outside.c").write_text(program)
    run(["gcc", *HOST_FLAGS, "-fsanitize=address,undefined", "-I", str(KERNEL_FOLDER), "-o", "outside", "outside.c",
         "model.c", kernels.archive()], tmp_path)  # fmt: skip
    (tmp_path / "inputs").write_bytes(inputs.tobytes())
    run(["sh", "-c", "./outside < inputs > outputs"], tmp_path)
    assert (tmp_path / "outputs").read_bytes() == inside.tobytes()


@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("core", CORES)
def test_all_kernels_build_for_a_core_without_warnings(core: str, level: str, tmp_path: Path) -> None:
    sources = [str(p) for p in sorted(KERNEL_FOLDER.glob("*.c"))]
    warnings = [f for f in HOST_FLAGS if f != "-O2"]
    run(["arm-none-eabi-gcc", *CORES[core], *warnings, "-Wmissing-prototypes", level, "-c", *sources], tmp_path)
    objects = [p.name for p in tmp_path.glob("*.o")]
    assert len(objects) == len(sources)
    symbols = run(["arm-none-eabi-nm", "--defined-only", *objects], tmp_path)
    kinds = {line.split()[1] for line in symbols.splitlines() if len(line.split()) == 3}
    assert not kinds & set("BbDdC"), "kernels have no state"


@pytest.mark.parametrize("optimization", ["-O0", "-O1", "-O2 -fno-omit-frame-pointer", "-O3"])
def test_helium_assembly_finds_its_registers(optimization: str, tmp_path: Path) -> None:
    sources = [str(p) for p in sorted(KERNEL_FOLDER.glob("*mve*.c"))]
    run(["arm-none-eabi-gcc", *CORES["m55"], "-std=c11", *optimization.split(), "-c", *sources], tmp_path)


def test_a_shape_that_is_only_renamed_is_copied(kernels: KernelLibrary, tmp_path: Path) -> None:
    builder = Builder()
    source = builder.tensor((1, 2, 3), scale=0.1, name="x")
    output = builder.tensor((1, 6), scale=0.1, name="y")
    builder.operator("RESHAPE", [source, builder.constant([1, 6])], [output], "ReshapeOptions")
    compiled = compile_model(builder.blob([source], [output]))
    inputs = random_inputs((1, 2, 3), 3, seed=0)
    assert np.array_equal(kernels.outputs(compiled, inputs, tmp_path), inputs.reshape(3, 1, 6))


def test_padding_joins_the_convolution_behind_it() -> None:
    builder = Builder()
    source = builder.tensor((1, 1, 8, 2), scale=0.1, zero_point=5, name="x")
    padded = builder.tensor((1, 1, 10, 2), scale=0.1, zero_point=5, name="p")
    weights = builder.tensor((3, 1, 3, 2), scale=0.1, values=np.ones((3, 1, 3, 2)))
    output = builder.tensor((1, 1, 8, 3), scale=0.1, name="y")
    builder.operator("PAD", [source, builder.constant([[0, 0], [0, 0], [2, 0], [0, 0]])], [padded], "PadOptions")
    builder.operator("CONV_2D", [padded, weights, -1], [output], "Conv2DOptions", strideH=1, strideW=1, padding=1)
    compiled = compile_model(builder.blob([source], [output]))
    assert compiled.operators == ("CONV_2D",)
    assert ".pad_left = 2," in compiled.files["model.c"]


@pytest.mark.parametrize(("least", "kernel"), [(-128, "ns_depthwise_conv_s8"), (-127, "ns_depthwise_mve_s8")])
def test_helium_adds_products_in_16_bits_only_where_two_of_them_fit(
    least: int, kernel: str, kernels: KernelLibrary, tmp_path: Path
) -> None:
    builder = Builder()
    source = builder.tensor((1, 3, 3, 2), scale=0.1, zero_point=0, name="x")
    weights = builder.tensor((1, 3, 3, 2), scale=np.float32([0.1, 0.1]), values=np.full((1, 3, 3, 2), least), axis=3)
    output = builder.tensor((1, 1, 1, 2), scale=30.0, name="y")
    builder.operator("DEPTHWISE_CONV_2D", [source, weights, -1], [output], "DepthwiseConv2DOptions", strideH=1,
                     strideW=1, padding=1, depthMultiplier=1, dilationHFactor=1, dilationWFactor=1)  # fmt: skip
    compiled = compile_model(builder.blob([source], [output]), core="cortex-m55")
    assert f"{kernel}.c" in compiled.files
    inputs = np.full((1, 1, 3, 3, 2), -128, dtype=np.int8)
    answers = kernels.outputs(compiled, inputs, tmp_path, ("plain",))
    assert np.array_equal(answers.reshape(-1), np.full(2, round(9 * 128 * -least * 0.01 / 30.0)))


def test_operators_are_listed_in_order() -> None:
    assert list(SUPPORTED_OPERATORS) == sorted(SUPPORTED_OPERATORS)
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX"} <= set(SUPPORTED_OPERATORS)
