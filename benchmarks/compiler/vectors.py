"""Random inputs of a model and what the oracle answers, kept in a folder so that no run asks twice."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler import CompiledModel
from nanosmith.tools.compiler.oracle import oracle_outputs
from nanosmith.tools.workbench import Vectors

SEED = 1


def model_vectors(blob: bytes, compiled: CompiledModel, cache: Path, n: int = 3) -> Vectors | None:
    """`n` random pairs; None where the oracle is not installed or refuses the model."""
    inputs = np.random.default_rng(SEED).integers(-128, 128, (n, *compiled.input.shape), dtype=np.int8)
    expected = expected_outputs(blob, inputs, cache)
    return None if expected is None else Vectors(inputs, expected)


def expected_outputs(blob: bytes, inputs: NDArray[np.int8], cache: Path) -> NDArray[np.int8] | None:
    """The oracle's answers, from the folder `cache` where they were asked for before."""
    key = hashlib.sha256(hashlib.sha256(blob).digest() + inputs.tobytes()).hexdigest()[:24]
    kept = cache / f"{key}.npy"
    if kept.is_file():
        return np.asarray(np.load(kept, allow_pickle=False), dtype=np.int8)
    expected = oracle_outputs(blob, inputs)
    if expected is not None:
        cache.mkdir(parents=True, exist_ok=True)
        np.save(kept, expected)
    return expected
