"""Emitted C on emulated cores, real instructions in place of emulated ones, against the oracle on random graphs."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from emulated import answers_on
from hypothesis import HealthCheck, Phase, given, settings
from running import oracle, random_inputs

from graphs import small_graphs
from nanosmith.tools.compiler import compile_model
from nanosmith.tools.specs.board import Core

pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")
pytestmark = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs gcc-arm-none-eabi and qemu-system-arm",
)

GRAPHS = 100
_AT_ONCE = 25
"""Graphs in one image: what the M55's emulated flash holds."""


@pytest.fixture(scope="module")
def graphs() -> list[tuple[bytes, np.ndarray, np.ndarray]]:
    """Models, inputs and what the oracle answers."""
    found: list[bytes] = []

    @given(blob=small_graphs())
    @settings(max_examples=GRAPHS, deadline=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    def collect(blob: bytes) -> None:
        found.append(blob)

    collect()
    inputs = [random_inputs(compile_model(blob).input.shape, 4, seed=len(blob)) for blob in found]
    return [(blob, fed, oracle(blob, fed)) for blob, fed in zip(found, inputs, strict=True)]


@pytest.mark.parametrize(
    ("board", "core", "level"),
    [
        ("mps2_an386", "cortex-m4f", "-O2"),
        ("mps3_an547", "cortex-m55", "-O2"),
        ("mps2_an385", "cortex-m3", "-Os"),
        ("mps2_an385", "cortex-m0", "-O2"),  # an M3, which runs M0's code
    ],
)
def test_random_graphs_answer_as_the_reference_on_a_board(
    board: str, core: Core, level: str, graphs: list[tuple[bytes, np.ndarray, np.ndarray]], tmp_path: Path
) -> None:
    assert len(graphs) >= GRAPHS
    for start in range(0, len(graphs), _AT_ONCE):
        batch = graphs[start : start + _AT_ONCE]
        cases = [(compile_model(blob, name=f"m{i}", core=core), fed) for i, (blob, fed, _) in enumerate(batch)]
        folder = tmp_path / str(start)
        folder.mkdir()
        for (_, _, expected), found in zip(batch, answers_on(board, cases, folder, core, level), strict=True):
            np.testing.assert_array_equal(found, expected)
