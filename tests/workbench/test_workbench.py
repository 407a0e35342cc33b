"""The workbench: numbers of models that can be checked by hand, on the emulated cores that are installed."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nanosmith.tools.compiler import CompiledModel, HostModel, compile_model
from nanosmith.tools.errors import ToolMissing
from nanosmith.tools.process import run_command
from nanosmith.tools.report.arena import arena_text
from nanosmith.tools.report.model_page import render_model_page
from nanosmith.tools.workbench import CORES, Measurement, Vectors, layer_instructions, measure_model
from nanosmith.tools.workbench.cost import ModelCost, model_cost
from nanosmith.tools.workbench.measure import STACK_UNPAINTED

sys.path.insert(0, str(Path(__file__).parents[1] / "compiler"))

from models import dense_model
from tflite_builder import Builder

CORPUS = Path(__file__).parents[1] / "compiler" / "corpus"


def needs(core: str) -> None:
    toolchain = CORES[core].toolchain
    for program in (toolchain.compiler, toolchain.emulator):
        if shutil.which(program) is None:
            pytest.skip(f"{core} needs {program}: {toolchain.remedy}")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workbench")


def picture(core: str) -> CompiledModel:
    return compile_model((CORPUS / "picture.tflite").read_bytes(), core=CORES[core].compiled_for)


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    """What the host answers; every core's C has to answer the same."""
    return right(picture("M4F"), tmp_path_factory.mktemp("host"))


def right(compiled: CompiledModel, folder: Path) -> Vectors:
    inputs = np.random.default_rng(5).integers(-128, 128, (2, *compiled.input.shape), dtype=np.int8)
    return Vectors(inputs, HostModel.build(compiled, folder).run(inputs))


@pytest.mark.parametrize("core", CORES)
def test_a_core_answers_as_the_host_and_its_stack_is_bounded(core: str, cache: Path, vectors: Vectors) -> None:
    needs(core)
    compiled = picture(core)
    found = measure_model(compiled, CORES[core], "def", vectors, cache=cache, with_stack_bound=True)
    assert found.differing_bytes == 0
    assert len(found.all_instructions) == 2
    assert compiled.macs / 2 < found.instructions < 100 * compiled.macs
    assert compiled.constant_bytes < found.flash_bytes < compiled.constant_bytes + 30_000
    assert found.ram_bytes == compiled.arena_bytes, "no static data but the arena"
    bound = found.stack_bound
    assert bound is not None
    assert bound.stack_bytes is not None, bound.reason
    seen = found.stack_bytes + STACK_UNPAINTED
    assert seen <= bound.stack_bytes <= seen + 300, f"{seen} B seen; most by {bound.path}"


@pytest.mark.parametrize("core", ["M0", "M55", "RV32"])
def test_the_firmware_around_the_model_has_no_warnings(core: str, tmp_path: Path) -> None:
    needs(core)
    bench, folder = CORES[core], Path(__file__).parents[2] / "firmware_templates" / "workbench"
    sources = [str(folder / file) for file in ("workbench_main.c", bench.toolchain.port)]
    places = ("-DWB_VECTORS_AT=0x1000u", "-DWB_UART_AT=0x2000u", f"-I{folder}")
    warnings = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wmissing-prototypes", "-Werror")
    run_command(
        (bench.toolchain.compiler, *bench.flags, *bench.toolchain.link, "-O2", "-ffreestanding", *warnings, *places,
         "-c", *sources),
        cwd=tmp_path, timeout_s=60, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip


def test_a_wrong_answer_is_counted(cache: Path, vectors: Vectors) -> None:
    needs("M4F")
    compiled = picture("M4F")
    expected = vectors.expected.copy()
    expected[1, 0, 0] ^= 4
    found = measure_model(compiled, CORES["M4F"], "Os", Vectors(vectors.inputs, expected), cache=cache)
    assert (found.differing_bytes, found.worst_difference) == (1, 4)


def test_layers_add_up_to_the_whole(cache: Path) -> None:
    needs("M4F")
    compiled = picture("M4F")
    vectors = Vectors.unchecked(compiled)
    layers = layer_instructions(compiled, CORES["M4F"], "def", vectors, cache=cache)
    whole = measure_model(compiled, CORES["M4F"], "def", vectors, cache=cache).instructions
    assert len(layers) == len(compiled.layers)
    assert abs(sum(layers) - whole) <= 8 * len(layers), "a handful of instructions around each mark"
    heaviest = max(range(len(layers)), key=lambda i: layers[i])
    assert compiled.layers[heaviest].operator == "CONV_2D"


def test_a_model_with_float_edges_is_weighed_with_floats(cache: Path, tmp_path: Path) -> None:
    needs("M3")
    builder = Builder()
    given = builder.tensor((1, 8), dtype="float32", name="x")
    source = builder.tensor((1, 8), scale=0.05, zero_point=3, name="q")
    inner = builder.tensor((1, 8), scale=0.05, zero_point=3, name="r")
    answer = builder.tensor((1, 8), dtype="float32", name="y")
    builder.operator("QUANTIZE", [given], [source])
    builder.operator("RELU", [source], [inner])
    builder.operator("DEQUANTIZE", [inner], [answer])
    compiled = compile_model(builder.blob([given], [answer]))
    assert compiled.float_input
    assert compiled.float_output
    vectors = right(compiled, tmp_path)
    packed = vectors.packed(compiled)
    assert len(packed) == 16 + 2 * (32 + 32)
    found = measure_model(compiled, CORES["M3"], "def", vectors, cache=cache)
    assert found.differing_bytes == 0
    assert found.ram_bytes >= 32, "eight floats need room"
    with_tail = replace(compiled, arena_bytes=compiled.arena_bytes + 64)  # as where something is kept behind the plan
    tail = measure_model(with_tail, CORES["M3"], "def", vectors, cache=cache)
    assert tail.differing_bytes == 0
    assert tail.ram_bytes == with_tail.arena_bytes + 32, "floats don't go over what is kept"


def test_what_is_missing_is_said(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    compiled = compile_model(dense_model())
    with pytest.raises(ToolMissing, match="apt-get install gcc-arm-none-eabi"):
        measure_model(compiled, CORES["M0"], "def", Vectors.unchecked(compiled), cache=cache)
    cost = model_cost(compiled, "cortex-m0", cache)
    assert cost.measured is None
    page = render_model_page(compiled, cost, "<b>model</b>")
    assert "apt-get install gcc-arm-none-eabi" in page
    assert "<b>model</b>" not in page


def test_the_page_shows_every_layer() -> None:
    compiled = picture("M4F")
    counts = tuple(range(1_000, 1_000 + len(compiled.layers)))
    measured = Measurement(123_456, 5, 20_000, compiled.arena_bytes, 300, 0, 0, (123_456,))
    page = render_model_page(compiled, ModelCost("cortex-m4f", measured, measured, counts), "model")
    assert "123,456 instructions" in page
    assert all(f"{count:,} (" in page for count in counts)
    assert all(layer.operator in page for layer in compiled.layers)
    assert page == render_model_page(compiled, ModelCost("cortex-m4f", measured, measured, counts), "model")


def test_the_arena_in_text_shows_each_call_and_what_it_writes() -> None:
    compiled = picture("M4F")
    lines = arena_text(compiled, width=40)
    assert len(lines) == len(compiled.layers) + 1
    assert all(len(line) == 29 + 40 for line in lines[1:])
    for line, layer in zip(lines[1:], compiled.layers, strict=True):
        at = 29 + layer.arena_offset * 40 // compiled.arena_bytes
        assert line[at] in "#%~", f"{layer.operator} writes there"
    whole = arena_text(compiled, width=compiled.arena_bytes)
    held = max(sum(sign != "." for sign in line[29:]) for line in whole[1:])
    assert held == compiled.arena_bytes, "the plan is as large as its busiest call"
