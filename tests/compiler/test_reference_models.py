"""Real models by other people: emitted C equals the oracle, memory stays near its bound."""

from pathlib import Path

import numpy as np
import pytest
from running import random_inputs

from nanosmith.tools.compiler import HostModel, compile_model
from nanosmith.tools.compiler.oracle import oracle_outputs

pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")

MODELS = {  # inputs that are tried: the large ones take the oracle a second each
    "ad01_int8": 10, "hello_world_int8": 40, "kws_ref_model": 10, "magic_wand_mltk": 20, "micro_speech_quantized": 10,
    "pretrainedResnet_quant": 3, "str_ww_ref_model": 10, "tinymaix_mnist_valid_q": 20, "vww_96_int8": 3,
    "trained_lstm_int8": 20,
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_reference_model_answers_as_the_oracle(name: str, shared: Path, tmp_path: Path) -> None:
    blob = (shared / "models" / f"{name}.tflite").read_bytes()
    compiled = compile_model(blob)
    inputs = random_inputs(compiled.input.shape, MODELS[name], seed=7)
    answers = HostModel.build(compiled, tmp_path).run(inputs)
    assert np.array_equal(answers, oracle_outputs(blob, inputs))
    helium = compile_model(blob, core="cortex-m55")
    assert np.array_equal(answers, HostModel.build(helium, tmp_path / "helium").run(inputs))
    assert helium.arena_bytes <= 1.05 * helium.arena_lower_bound
    assert compiled.arena_bytes <= 1.02 * compiled.arena_lower_bound
