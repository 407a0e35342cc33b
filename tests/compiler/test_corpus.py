"""The committed models: their C equals the golden files, their answers the oracle's; `UPDATE_REFS=1` refreshes."""

import os
from pathlib import Path

import numpy as np
import pytest
from running import KernelLibrary, random_inputs

from nanosmith.tools.compiler import HostModel, compile_model
from nanosmith.tools.compiler.oracle import oracle_outputs

CORPUS = Path(__file__).parent / "corpus"
GOLDEN = Path(__file__).parents[1] / "golden"
MODELS = ("motion", "picture")


@pytest.mark.parametrize("name", MODELS)
def test_the_generated_c_is_the_golden_one(name: str) -> None:
    compiled = compile_model((CORPUS / f"{name}.tflite").read_bytes(), name=name)
    generated = {f: text for f, text in compiled.files.items() if not f.startswith("ns_")}
    assert sorted(generated) == [f"{name}.c", f"{name}.h"]
    for file, text in generated.items():
        golden = GOLDEN / "compiler" / file
        if os.environ.get("UPDATE_REFS") == "1":
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8"), "changed: look at the difference, then UPDATE_REFS=1"


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_the_oracles(name: str, kernels: KernelLibrary, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")
    blob = (CORPUS / f"{name}.tflite").read_bytes()
    compiled = compile_model(blob)
    inputs = random_inputs(compiled.input.shape, 60, seed=3)
    answers = HostModel.build(compiled, tmp_path / "host").run(inputs)
    assert np.array_equal(answers, oracle_outputs(blob, inputs))
    assert np.array_equal(answers[:5], kernels.outputs(compiled, inputs[:5], tmp_path))
    assert len(np.unique(answers)) > 5


def test_every_layer_is_reported() -> None:
    compiled = compile_model((CORPUS / "motion.tflite").read_bytes())
    assert [layer.operator for layer in compiled.layers] == list(compiled.operators)
    assert sum(layer.macs for layer in compiled.layers) == compiled.macs
    assert sum(layer.constant_bytes for layer in compiled.layers) == compiled.constant_bytes
    assert compiled.layers[0].output_shape[-1] == 8
    assert compiled.arena_bytes <= 700, "a window of 64 x 6 and two small layers"
