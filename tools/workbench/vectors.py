"""Inputs and expected outputs, as the workbench's firmware finds them in memory."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.compile import CompiledModel, TensorInfo

_MAGIC = 0x314E4E56


@dataclass(frozen=True)
class Vectors:
    """Pairs of one input and the answer that is due, both [n, bytes] int8."""

    inputs: NDArray[np.int8]
    expected: NDArray[np.int8]

    @classmethod
    def unchecked(cls, compiled: CompiledModel, seed: int = 1) -> "Vectors":
        """One random input for a model whose answers nobody can check; zeros stand where the answer would."""
        drawn = np.random.default_rng(seed).integers(-128, 128, (1, *compiled.input.shape), dtype=np.int8)
        return cls(drawn, np.zeros((1, *compiled.output.shape), dtype=np.int8))

    def first(self) -> "Vectors":
        """Only the first pair."""
        return Vectors(self.inputs[:1], self.expected[:1])

    def packed(self, compiled: CompiledModel) -> bytes:
        """Four little-endian words (magic, n, bytes of an input, of an answer), then the pairs.

        Floats where the file has float edges.
        """
        n = len(self.inputs)
        fed = _edge(self.inputs.reshape(n, -1), compiled.input, as_float=compiled.float_input)
        due = _edge(self.expected.reshape(n, -1), compiled.output, as_float=compiled.float_output)
        return struct.pack("<IIII", _MAGIC, n, fed.shape[1], due.shape[1]) + np.hstack([fed, due]).tobytes()


def _edge(rows: NDArray[np.int8], tensor: TensorInfo, *, as_float: bool) -> NDArray[np.int8]:
    if not as_float:
        return rows
    real = ((rows.astype(np.float64) - tensor.zero_point) * tensor.scale).astype("<f4")
    return np.ascontiguousarray(real).view(np.int8)
