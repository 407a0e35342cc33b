"""What a .tflite file says: tensors and operators, in execution order."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OptionValue = int | float | tuple[int, ...]


@dataclass(frozen=True)
class Tensor:
    """One value of the network; real = scale × (q − zero_point)."""

    index: int
    name: str
    dtype: str
    """Name in the schema: INT8, INT32, FLOAT32, …"""

    shape: tuple[int, ...]
    scales: tuple[float, ...] = ()
    """One a channel, one for all, or none; exact float32 values."""

    zero_points: tuple[int, ...] = ()
    axis: int = 0
    """Dimension that per-channel scales run along."""

    values: NDArray[np.generic] | None = None
    """Contents of a constant, in `shape`; None for what is computed."""

    is_state: bool = False
    """Kept from one run to the next; no kernel does that yet."""

    @property
    def elements(self) -> int:
        """Number of elements; 1 for a scalar."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def scale(self) -> float:
        """The per-tensor scale; 0.0 where there is none."""
        return self.scales[0] if self.scales else 0.0

    @property
    def zero_point(self) -> int:
        """The per-tensor zero point; 0 where there is none."""
        return self.zero_points[0] if self.zero_points else 0


@dataclass(frozen=True)
class Operator:
    """One operation on tensors, named by their indices."""

    index: int
    kind: str
    """Name in the schema: CONV_2D, ADD, …; `CUSTOM` for what has none."""

    inputs: tuple[int, ...]
    """-1 where an optional input is left out."""

    outputs: tuple[int, ...]
    options: Mapping[str, OptionValue]


@dataclass(frozen=True)
class Graph:
    """The first subgraph of a model: one input, one output."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    input: int
    output: int
    notes: tuple[str, ...] = ()
    """Edges that were taken off, in sentences."""

    float_input: bool = False
    """Whether a QUANTIZE was taken off the front."""

    float_output: bool = False
    """Whether a DEQUANTIZE was taken off the end."""


_UNINFORMATIVE = ("ReadVariableOp", "resource", "Const", "StatefulPartitionedCall")
_WEIGHTED = ("BiasAdd", "convolution", "Conv1D", "Conv2D", "depthwise", "MatMul", "Tensordot")


def keras_layer(tensor_name: str) -> str | None:
    """Keras layer that a tensor came from, by its name; None where the name tells nothing.

    The converter joins the names of fused operations with `;`, each `model/…/layer/operation`. The operation that uses
    weights names the layer; without one, the first name does.
    """
    parts = [p.split(":")[0].split("/") for p in tensor_name.split(";")]
    parts = [p for p in parts if len(p) >= 2 and not any(p[-1].startswith(u) for u in _UNINFORMATIVE)]
    for operation in _WEIGHTED:
        for path in parts:
            for layer, inner in itertools.pairwise(path):
                if inner.startswith(operation):
                    return layer
    return parts[0][-2] if parts else None
