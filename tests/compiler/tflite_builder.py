"""Builds .tflite files from numbers, without TensorFlow."""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

TYPES = {"int8": schema.TensorType.INT8, "int32": schema.TensorType.INT32, "float32": schema.TensorType.FLOAT32,
         "int64": schema.TensorType.INT64, "int16": schema.TensorType.INT16,
         "bool": schema.TensorType.BOOL}  # fmt: skip


@dataclass
class Builder:
    """Tensors and operators are added in order; `blob` serializes them."""

    tensors: list = field(default_factory=list)
    buffers: list = field(default_factory=lambda: [schema.BufferT()])
    operators: list = field(default_factory=list)
    codes: list = field(default_factory=list)
    shapes: list = field(default_factory=list)

    def tensor(
        self, shape, *, scale=None, zero_point=0, values=None, dtype="int8", axis=0, name=None, variable=False
    ) -> int:
        tensor = schema.TensorT()
        tensor.name = name or f"model/layer_{len(self.tensors)}/value"
        tensor.shape = [int(d) for d in shape]
        tensor.type = TYPES[dtype]
        tensor.buffer = 0
        tensor.isVariable = variable
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = list(np.ascontiguousarray(values, dtype=dtype).tobytes())
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        if scale is not None:
            quantization = schema.QuantizationParametersT()
            scales = [float(s) for s in np.atleast_1d(scale)]
            quantization.scale = scales
            zero_points = np.atleast_1d(zero_point)
            quantization.zeroPoint = [int(zero_points[i % len(zero_points)]) for i in range(len(scales))]
            quantization.quantizedDimension = axis
            tensor.quantization = quantization
        self.tensors.append(tensor)
        self.shapes.append(tuple(tensor.shape))
        return len(self.tensors) - 1

    def constant(self, values: NDArray, dtype: str = "int32") -> int:
        values = np.asarray(values)
        return self.tensor(values.shape, values=values, dtype=dtype)

    def operator(self, kind: str, inputs, outputs, options: str | None = None, **fields) -> None:
        code = getattr(schema.BuiltinOperator, kind)
        if code not in self.codes:
            self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index(code)
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if options is not None:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            record = getattr(schema, f"{options}T")()
            for name, value in fields.items():
                assert hasattr(record, name), name
                setattr(record, name, value)
            operator.builtinOptions = record
        self.operators.append(operator)

    def blob(self, inputs, outputs) -> bytes:
        subgraph = schema.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs, subgraph.outputs = list(inputs), list(outputs)
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, [subgraph], self.buffers
        model.operatorCodes = []
        for code in self.codes:
            record = schema.OperatorCodeT()
            record.builtinCode = code
            record.deprecatedBuiltinCode = min(code, 127)
            record.version = 1
            model.operatorCodes.append(record)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())
