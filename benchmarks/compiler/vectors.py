"""Random inputs of a model and what the oracle answers, kept in a folder so that no run asks twice."""

import hashlib
from pathlib import Path

import numpy as np

from nanosmith.tools.compiler import CompiledModel
from nanosmith.tools.compiler.oracle import oracle_outputs
from nanosmith.tools.workbench import Vectors

SEED = 1


def model_vectors(blob: bytes, compiled: CompiledModel, cache: Path, n: int = 3) -> Vectors | None:
    """`n` pairs; None where the oracle is not installed or refuses the model."""
    kept = cache / f"{hashlib.sha256(blob).hexdigest()[:24]}-{n}.npz"
    if kept.is_file():
        with np.load(kept) as arrays:
            return Vectors(arrays["inputs"], arrays["expected"])
    inputs = np.random.default_rng(SEED).integers(-128, 128, (n, *compiled.input.shape), dtype=np.int8)
    expected = oracle_outputs(blob, inputs)
    if expected is None:
        return None
    cache.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(kept, inputs=inputs, expected=expected)
    return Vectors(inputs, expected)
