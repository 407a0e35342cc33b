"""Moves a DEQUANTIZE behind operators that only move elements, so that bytes are moved and a table can do the rest.

The converter leaves such pairs in unrolled LSTM layers: DEQUANTIZE, SPLIT, then one QUANTIZE for each gate.
"""

from dataclasses import replace

from nanosmith.tools.compiler.graph import Graph, Operator, Tensor

_MOVED_INPUT = {
    "EXPAND_DIMS": 0, "GATHER": 0, "RESHAPE": 0, "SLICE": 0, "SPLIT": 1, "SPLIT_V": 0, "SQUEEZE": 0,
    "STRIDED_SLICE": 0, "TRANSPOSE": 0, "UNPACK": 0,
}  # fmt: skip
"""Which input such an operator moves."""


def dequantize_late(graph: Graph) -> Graph:
    """The graph with int8 moved wherever floats were that come straight from int8."""
    tensors = list(graph.tensors)
    origin = {o.outputs[0]: o.inputs[0] for o in graph.operators if o.kind == "DEQUANTIZE" and len(o.inputs) == 1}
    operators: list[Operator] = []
    for operator in graph.operators:
        moved = _MOVED_INPUT.get(operator.kind, len(operator.inputs))
        source = tensors[origin[operator.inputs[moved]]] if _comes_from(operator, moved, origin) else None
        if source is None or source.dtype != "INT8" or len(source.scales) != 1:
            operators.append(operator)
            continue
        bytes_of = [_as_bytes(tensors, source, output) for output in operator.outputs]
        inputs = tuple(source.index if i == moved else t for i, t in enumerate(operator.inputs))
        operators.append(replace(operator, inputs=inputs, outputs=tuple(bytes_of)))
        for held, real in zip(bytes_of, operator.outputs, strict=True):
            operators.append(Operator(operator.index, "DEQUANTIZE", (held,), (real,), {}))
            origin[real] = held
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _comes_from(operator: Operator, moved: int, origin: dict[int, int]) -> bool:
    return moved < len(operator.inputs) and operator.inputs[moved] in origin


def _as_bytes(tensors: list[Tensor], source: Tensor, output: int) -> int:
    """A new tensor: `output` with the bytes of `source`."""
    real = tensors[output]
    tensors.append(Tensor(len(tensors), real.name, "INT8", real.shape, source.scales, source.zero_points))
    return len(tensors) - 1
