"""Reads a .tflite file, which may be damaged or hostile, into a graph within bounds on time and memory.

The flatbuffer's accessors are used one field at a time, every length is checked before it is iterated, and no object
tree is built (a small file can name the same table from every element of a long vector).
"""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.compiler.edges import strip_float_edges
from nanosmith.tools.compiler.graph import Graph, Operator, Tensor
from nanosmith.tools.compiler.options import read_options
from nanosmith.tools.errors import ModelRejected

MAX_BLOB_BYTES = 16 * 2**20
"""Far more than a microcontroller's flash."""

_MAX_TENSORS = 8_192
_MAX_OPERATORS = 8_192
_MAX_OPERANDS = 256
_MAX_RANK = 6
_MAX_ELEMENTS = 2**24
_MAX_NAME_BYTES = 2_000
_DTYPES = {value: name for name, value in vars(schema.TensorType).items() if not name.startswith("_")}
_KINDS = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
_NUMPY: dict[str, np.dtype[Any]] = {
    "INT8": np.dtype("<i1"), "UINT8": np.dtype("<u1"), "INT16": np.dtype("<i2"), "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"), "FLOAT32": np.dtype("<f4"), "BOOL": np.dtype("?"),
}  # fmt: skip


def read_model(blob: bytes) -> Graph:
    """The graph of an int8 model with one input and one output.

    Raises:
        ModelRejected: Damaged, too large, or of a form that the compiler does not take; the message says what.

    """
    if len(blob) > MAX_BLOB_BYTES:
        raise ModelRejected(f"the model has {len(blob):,} bytes; at most {MAX_BLOB_BYTES:,} are read")
    if len(blob) < 32 or blob[4:8] != b"TFL3":
        raise ModelRejected("not a .tflite file: the identifier TFL3 is missing at byte 4")
    try:
        graph = _read(blob)
    except (struct.error, IndexError, ValueError, TypeError, OverflowError) as fault:
        # what the flatbuffers accessors raise on offsets that point outside the file
        raise ModelRejected(f"the .tflite file is damaged ({clean_line(str(fault), limit=120)})") from None
    return strip_float_edges(graph)


def _read(blob: bytes) -> Graph:
    model = schema.Model.GetRootAs(blob, 0)
    if model.Version() != 3:
        raise ModelRejected(f"schema version {model.Version()} where 3 is read")
    if model.SubgraphsLength() != 1:
        raise ModelRejected(f"the model has {model.SubgraphsLength()} subgraphs; control flow is not supported")
    subgraph = model.Subgraphs(0)
    _limit("tensors", subgraph.TensorsLength(), _MAX_TENSORS)
    _limit("operators", subgraph.OperatorsLength(), _MAX_OPERATORS)
    budget = _Budget(MAX_BLOB_BYTES)
    tensors = tuple(_tensor(model, subgraph.Tensors(i), i, budget) for i in range(subgraph.TensorsLength()))
    kinds = _operator_kinds(model)
    operators = tuple(
        _operator(subgraph.Operators(i), i, kinds, len(tensors)) for i in range(subgraph.OperatorsLength())
    )
    inputs = _ints("inputs", subgraph.InputsLength(), subgraph.Inputs)
    outputs = _ints("outputs", subgraph.OutputsLength(), subgraph.Outputs)
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelRejected(f"the model has {len(inputs)} inputs and {len(outputs)} outputs; one of each is compiled")
    for index in (*inputs, *outputs):
        _check_index(index, len(tensors))
    graph = Graph(tensors, operators, inputs[0], outputs[0])
    _check_order(graph)
    return graph


class _Budget:
    """Bytes of constants that may still be held: tensors may name the same buffer."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise ModelRejected(f"the constants together have more than {MAX_BLOB_BYTES:,} bytes")


def _tensor(model: schema.Model, table: schema.Tensor, index: int, budget: _Budget) -> Tensor:
    raw_name = table.Name() or b""
    name = clean_line(raw_name[:_MAX_NAME_BYTES].decode("utf-8", errors="replace"), limit=_MAX_NAME_BYTES)
    _limit("dimensions of a tensor", table.ShapeLength(), _MAX_RANK)
    shape = tuple(int(table.Shape(i)) for i in range(table.ShapeLength()))
    if any(not 0 <= d <= _MAX_ELEMENTS for d in shape) or int(np.prod(shape, dtype=np.float64)) > _MAX_ELEMENTS:
        raise ModelRejected(f"tensor {name!r} has shape {list(shape)}: dimensions must be fixed and small")
    dtype = _DTYPES.get(table.Type(), f"type {table.Type()}")
    if table.Sparsity() is not None:
        raise ModelRejected(f"tensor {name!r} is sparse")
    scales, zero_points, axis = _quantization(table, shape, name)
    values = _values(model, table, dtype, shape, name, budget)
    return Tensor(index, name, dtype, shape, scales, zero_points, axis, values, bool(table.IsVariable()))


def _quantization(
    table: schema.Tensor, shape: tuple[int, ...], name: str
) -> tuple[tuple[float, ...], tuple[int, ...], int]:
    quantization = table.Quantization()
    if quantization is None:
        return (), (), 0
    count, zeros = quantization.ScaleLength(), quantization.ZeroPointLength()
    axis = quantization.QuantizedDimension()
    if count > 1 and not (0 <= axis < len(shape) and count == shape[axis]):
        raise ModelRejected(f"tensor {name!r} has {count} scales, which fits no dimension of {list(shape)}")
    if count and zeros != count:
        raise ModelRejected(f"tensor {name!r} has {count} scales and {zeros} zero points")
    scales = tuple(float(quantization.Scale(i)) for i in range(count))
    if any(not 0.0 < s < float("inf") for s in scales):
        raise ModelRejected(f"tensor {name!r} has a scale that is not positive and finite")
    zero_points = tuple(int(quantization.ZeroPoint(i)) for i in range(count))
    if any(not -(2**31) <= z < 2**31 for z in zero_points):
        raise ModelRejected(f"tensor {name!r} has a zero point outside 32 bits")
    return scales, zero_points, axis


def _values(
    model: schema.Model, table: schema.Tensor, dtype: str, shape: tuple[int, ...], name: str, budget: _Budget
) -> NDArray[np.generic] | None:
    number = table.Buffer()
    if number >= model.BuffersLength():
        raise ModelRejected(f"tensor {name!r} names buffer {number} of {model.BuffersLength()}")
    buffer = model.Buffers(number)
    if buffer.Offset() > 1:
        raise ModelRejected(f"the contents of tensor {name!r} lie outside the flatbuffer")
    if buffer.DataLength() == 0:
        return None
    if dtype not in _NUMPY:
        raise ModelRejected(f"tensor {name!r} is a constant of {dtype}")
    raw = buffer.DataAsNumpy()
    wanted = int(np.prod(shape, dtype=np.int64)) * _NUMPY[dtype].itemsize
    if raw.size != wanted:
        raise ModelRejected(f"tensor {name!r} needs {wanted:,} bytes of contents and has {raw.size:,}")
    budget.take(wanted)
    values: NDArray[np.generic] = np.frombuffer(raw.tobytes(), dtype=_NUMPY[dtype]).reshape(shape)
    return values


def _operator_kinds(model: schema.Model) -> tuple[str, ...]:
    _limit("operator codes", model.OperatorCodesLength(), _MAX_OPERATORS)
    kinds = []
    for i in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(i)
        # the byte-sized field came first; the wide one holds what does not fit it (schema.fbs, OperatorCode)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = _KINDS.get(number, f"operator {number}")
        custom = code.CustomCode()
        if kind == "CUSTOM" and custom:
            kind = f"CUSTOM {clean_line(custom[:80].decode('utf-8', errors='replace'))}"
        kinds.append(kind)
    return tuple(kinds)


def _operator(table: schema.Operator, index: int, kinds: tuple[str, ...], tensors: int) -> Operator:
    if table.OpcodeIndex() >= len(kinds):
        raise ModelRejected(f"operator {index} names operator code {table.OpcodeIndex()} of {len(kinds)}")
    kind = kinds[table.OpcodeIndex()]
    inputs = _ints(f"inputs of operator {index}", table.InputsLength(), table.Inputs)
    outputs = _ints(f"outputs of operator {index}", table.OutputsLength(), table.Outputs)
    for i in inputs:
        if i != -1:
            _check_index(i, tensors)
    for i in outputs:
        _check_index(i, tensors)
    return Operator(index, kind, inputs, outputs, read_options(table, kind))


def _check_order(graph: Graph) -> None:
    """Operators must come in an order in which they can run, and write each tensor once."""
    known = {graph.input} | {t.index for t in graph.tensors if t.values is not None or t.is_state}
    for operator in graph.operators:
        missing = [i for i in operator.inputs if i != -1 and i not in known]
        if missing:
            name = graph.tensors[missing[0]].name
            raise ModelRejected(f"operator {operator.index} ({operator.kind}) reads {name!r} before it is computed")
        twice = [i for i in operator.outputs if i in known]
        if twice:
            raise ModelRejected(
                f"operator {operator.index} ({operator.kind}) overwrites {graph.tensors[twice[0]].name!r}"
            )
        known.update(operator.outputs)
    if graph.output not in known:
        raise ModelRejected("no operator computes the model's output")
    if graph.tensors[graph.input].values is not None:
        raise ModelRejected("the model's input is a constant")


def _ints(what: str, length: int, get: Callable[[int], int]) -> tuple[int, ...]:
    _limit(what, length, _MAX_OPERANDS)
    return tuple(int(get(i)) for i in range(length))


def _limit(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise ModelRejected(f"the model has {found:,} {what}; at most {limit:,} are read")


def _check_index(index: int, tensors: int) -> None:
    if not 0 <= index < tensors:
        raise ModelRejected(f"a tensor index is {index}, outside the {tensors} tensors of the model")
