"""What a firmware engineer gets: the documented example, float helpers, profile hook, placement macro."""

import re
from pathlib import Path

import numpy as np
from running import HOST_FLAGS, WARNINGS, run

from nanosmith.tools.compiler import CompiledModel, compile_model

CORPUS = Path(__file__).parent / "corpus"
DOCUMENT = Path(__file__).parents[2] / "docs" / "compiler.md"


def written(folder: Path) -> CompiledModel:
    compiled = compile_model((CORPUS / "motion.tflite").read_bytes())
    for file, text in compiled.files.items():
        (folder / file).write_text(text)
    return compiled


def sources(compiled: CompiledModel) -> list[str]:
    return sorted(f for f in compiled.files if f.endswith(".c"))


def test_the_example_of_the_documentation_runs(tmp_path: Path) -> None:
    compiled = written(tmp_path)
    (example,) = re.findall(r"```c\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (tmp_path / "main.c").write_text(example)
    run(["gcc", *HOST_FLAGS, "-fsanitize=address,undefined", "-o", "try", "main.c", *sources(compiled)], tmp_path)
    told = re.fullmatch(r"class ([0-4]) of 5, (0\.\d{3})\n", run(["./try"], tmp_path))
    assert told is not None
    assert 0.2 <= float(told[2]) < 1.0, "the largest of five shares"


def test_macros_of_the_documentation_are_in_the_header(tmp_path: Path) -> None:
    header = written(tmp_path).files["model.h"]
    for macro in sorted(set(re.findall(r"MODEL_[A-Z_]+", DOCUMENT.read_text())) - {"MODEL_CONST"}):
        assert macro in header


def test_floats_are_rounded_as_tflite_rounds_them(tmp_path: Path) -> None:
    compiled = written(tmp_path)
    (tmp_path / "floats.c").write_text("""\
#include <stdio.h>
#include "model.h"
int main(void)
{
    float value;
    while (fread(&value, sizeof value, 1, stdin) == 1) {
        int8_t q = model_quantize_input(value);
        float back = model_dequantize_output(q);
        fwrite(&q, 1, 1, stdout);
        fwrite(&back, sizeof back, 1, stdout);
    }
    return 0;
}
""")
    run(["gcc", *HOST_FLAGS, "-fsanitize=address,undefined", "-o", "floats", "floats.c"], tmp_path)
    scale, zero = np.float32(compiled.input.scale), compiled.input.zero_point
    halves = (np.arange(-140, 140, dtype=np.float32) + np.float32(0.5)) * scale
    values = np.concatenate([
        halves, np.nextafter(halves, np.float32(0)), np.float32([0, -0.0, 1e30, -1e30, np.inf, -np.inf]),
        np.random.default_rng(1).uniform(-6, 6, 2000).astype(np.float32),
    ])  # fmt: skip
    (tmp_path / "in").write_bytes(values.tobytes())
    run(["sh", "-c", "./floats < in > out"], tmp_path)
    found = np.frombuffer((tmp_path / "out").read_bytes(), dtype=[("q", "i1"), ("back", "<f4")])
    scaled = (values / scale).astype(np.float64)
    away = np.trunc(np.abs(scaled) + 0.5) * np.sign(scaled)
    assert np.array_equal(found["q"], np.clip(away + zero, -128, 127).astype(np.int8))
    out = compiled.output
    assert np.array_equal(found["back"], ((found["q"].astype(int) - out.zero_point) * out.scale).astype(np.float32))


def test_a_profile_build_calls_around_every_kernel_and_others_pay_nothing(tmp_path: Path) -> None:
    compiled = written(tmp_path)
    (tmp_path / "main.c").write_text("""\
#include <stdio.h>
#include "model.h"
static _Alignas(16) uint8_t arena[MODEL_ARENA_BYTES];
void probe(uint32_t call) { printf("%u ", (unsigned)call); }
int main(void) { model_run(arena, model_input(arena), model_output(arena)); return 0; }
""")
    run(["gcc", *HOST_FLAGS, "-DMODEL_PROFILE=probe", "-o", "profiled", "main.c", *sources(compiled)], tmp_path)
    assert run(["./profiled"], tmp_path).split() == [str(k) for k in range(len(compiled.layers) + 1)]
    for name in ("with", "without"):
        text = compiled.files["model.c"]
        bare = text if name == "with" else re.sub(r"^ *BEFORE_CALL\(\d+u\);\n", "", text, flags=re.MULTILINE)
        assert (bare == text) == (name == "with")
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.c").write_text(bare)
        run(["gcc", *WARNINGS, "-O2", "-I..", "-c", "model.c"], tmp_path / name)
        run(["strip", "model.o"], tmp_path / name)
    assert (tmp_path / "with/model.o").read_bytes() == (tmp_path / "without/model.o").read_bytes()


def test_constants_go_where_the_macro_says(tmp_path: Path) -> None:
    compiled = written(tmp_path)
    run(["gcc", *HOST_FLAGS, '-DMODEL_CONST=__attribute__((section("outside")))', "-c", "model.c"], tmp_path)
    sizes = run(["size", "-A", "model.o"], tmp_path)
    placed = next(int(line.split()[1]) for line in sizes.splitlines() if line.startswith("outside"))
    assert placed >= compiled.constant_bytes
