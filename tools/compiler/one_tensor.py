"""Values of element-wise operators for all 256 bytes of the one tensor that they depend on.

Integers are computed as the reference kernels do (tensorflow/lite/kernels/internal/reference/{add,mul,comparisons}.h),
floats in float32, which is what TensorFlow Lite Micro does between a DEQUANTIZE and a QUANTIZE.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.fixed_point import requantize
from nanosmith.tools.compiler.graph import Operator, Tensor
from nanosmith.tools.compiler.lookup import LOOKUP_OPERATORS, lookup_table
from nanosmith.tools.compiler.quantization import activation_limits, add_factors, ratio, same_quantization

Values = NDArray[Any]
_Binary = Callable[[Values, Values], Values]


def evaluate(operator: Operator, tensors: Sequence[Tensor], output: Tensor, values: Sequence[Values]) -> Values | None:
    """The output's values, or None where the operator is none of those, or not on these types.

    Args:
        operator: Element-wise.
        tensors: Its inputs.
        output: Its output.
        values: Of each input: [256], or one number where the input is a constant.

    Raises:
        ModelRejected: Scales that no real model has.
        ValueError: The reference does not take this quantization.

    """
    types = {t.dtype for t in tensors}
    kind = operator.kind
    if kind == "RESHAPE":
        return values[0]
    if kind == "DEQUANTIZE" and types == {"INT8"}:
        real: Values = (tensors[0].scale * (values[0].astype(np.int64) - tensors[0].zero_point)).astype(np.float32)
        return real
    if kind in ("SELECT", "SELECT_V2") and types == {"BOOL", output.dtype}:
        return _select(tensors, output, values)
    if types == {"FLOAT32"}:
        return _quantized(output, values[0]) if kind == "QUANTIZE" else _on_floats(operator, values)
    if types == {"INT8"} and all(len(t.scales) == 1 for t in tensors):
        return _on_bytes(operator, tensors, output, values)
    return None


def _select(tensors: Sequence[Tensor], output: Tensor, values: Sequence[Values]) -> Values | None:
    if output.dtype == "INT8" and not all(same_quantization(t, output) for t in tensors[1:]):
        return None
    return np.where(values[0], values[1], values[2])


def _quantized(output: Tensor, values: Values) -> Values | None:
    if output.dtype != "INT8" or not np.isfinite(values).all():
        return None
    scaled = values / np.float32(output.scale)
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)).astype(np.int64)
    # exact halves apart, adding 0.5 in float32 may carry: round() does not
    rounded = np.where(np.abs(scaled - np.trunc(scaled)) < np.float32(0.5), np.trunc(scaled), rounded).astype(np.int64)
    return np.clip(rounded + output.zero_point, -128, 127)


def _elu(x: Values) -> Values:
    return np.where(x < 0, np.expm1(x), x)


def _relu6(x: Values) -> Values:
    return np.clip(x, np.float32(0), np.float32(6))


_FLOAT_UNARY: dict[str, Callable[[Values], Values]] = {
    "ABS": np.abs, "CEIL": np.ceil, "COS": np.cos, "ELU": _elu, "EXP": np.exp, "FLOOR": np.floor, "LOG": np.log,
    "LOGISTIC": lambda x: 1 / (1 + np.exp(-x)), "NEG": np.negative, "RELU": lambda x: np.maximum(x, np.float32(0)),
    "RELU6": _relu6, "ROUND": np.rint, "RSQRT": lambda x: 1 / np.sqrt(x), "SIGN": np.sign, "SIN": np.sin,
    "SQRT": np.sqrt, "SQUARE": np.square, "TANH": np.tanh,
}  # fmt: skip
_FLOAT_BINARY: dict[str, _Binary] = {
    "ADD": np.add, "DIV": np.divide, "MAXIMUM": np.maximum, "MINIMUM": np.minimum, "MUL": np.multiply,
    "POW": np.power, "SUB": np.subtract,
}  # fmt: skip
_COMPARISONS: dict[str, _Binary] = {
    "EQUAL": np.equal, "GREATER": np.greater, "GREATER_EQUAL": np.greater_equal, "LESS": np.less,
    "LESS_EQUAL": np.less_equal, "NOT_EQUAL": np.not_equal,
}  # fmt: skip


def _on_floats(operator: Operator, values: Sequence[Values]) -> Values | None:
    kind = operator.kind
    with np.errstate(all="ignore"):  # bytes that never come up may be outside a function's domain
        if kind in _FLOAT_UNARY and len(values) == 1:
            return _FLOAT_UNARY[kind](values[0]).astype(np.float32)
        if kind in _FLOAT_BINARY and len(values) == 2 and not operator.options.get("FusedActivationFunction"):
            return _FLOAT_BINARY[kind](values[0], values[1]).astype(np.float32)
    if kind in _COMPARISONS and len(values) == 2:
        return _COMPARISONS[kind](values[0], values[1])
    return None


def _on_bytes(operator: Operator, tensors: Sequence[Tensor], output: Tensor, values: Sequence[Values]) -> Values | None:
    kind = operator.kind
    if kind in _COMPARISONS and len(values) == 2:
        return _compare(kind, tensors, values)
    if output.dtype != "INT8" or len(output.scales) != 1:
        return None
    if kind in LOOKUP_OPERATORS and len(values) == 1:
        answers: Values = lookup_table(operator, tensors[0], output)[values[0].astype(np.int64) + 128]
        return answers
    if len(values) != 2:
        return None
    a, b = (np.broadcast_to(v, (256,)).astype(np.int64).tolist() for v in values)
    if kind in ("MAXIMUM", "MINIMUM"):
        same = all(same_quantization(t, output) for t in tensors)
        return (
            np.array([(max if kind == "MAXIMUM" else min)(x, y) for x, y in zip(a, b, strict=True)]) if same else None
        )
    function = _BYTE_BINARY[kind](tensors[0], tensors[1], output) if kind in _BYTE_BINARY else None
    if function is None:
        return None
    low, high = activation_limits(int(_integer(operator, "FusedActivationFunction")), output)
    return np.array([max(low, min(high, function(x, y))) for x, y in zip(a, b, strict=True)])


def _integer(operator: Operator, name: str) -> int:
    value = operator.options.get(name, 0)
    if not isinstance(value, int):
        raise TypeError(name)
    return int(value)


def _compare(kind: str, tensors: Sequence[Tensor], values: Sequence[Values]) -> Values | None:
    if any(t.scale >= 1.0 for t in tensors):
        return None
    scaled = []
    for tensor, numbers in zip(tensors, values, strict=True):
        factor = ratio(tensor, tensor.scale)
        wide = np.broadcast_to(numbers, (256,)).astype(np.int64).tolist()
        scaled.append(np.array([requantize((q - tensor.zero_point) * 256, factor) for q in wide]))
    return _COMPARISONS[kind](scaled[0], scaled[1])


def _add(sign: int) -> Callable[[Tensor, Tensor, Tensor], Callable[[int, int], int] | None]:
    def prepare(a: Tensor, b: Tensor, output: Tensor) -> Callable[[int, int], int] | None:
        factors = add_factors(a, b, output)
        if not 0.0 < factors[2] < 1.0:
            return None
        scale_a, scale_b, scale_out = (ratio(output, f) for f in factors)

        def function(x: int, y: int) -> int:
            left = requantize((x - a.zero_point) << 20, scale_a)
            right = requantize((y - b.zero_point) << 20, scale_b)
            return requantize(left + sign * right, scale_out) + output.zero_point

        return function

    return prepare


def _mul(a: Tensor, b: Tensor, output: Tensor) -> Callable[[int, int], int]:
    scale = ratio(output, a.scale * b.scale / output.scale)
    return lambda x, y: requantize((x - a.zero_point) * (y - b.zero_point), scale) + output.zero_point


_BYTE_BINARY: dict[str, Callable[[Tensor, Tensor, Tensor], Callable[[int, int], int] | None]] = {
    "ADD": _add(1), "MUL": _mul, "SUB": _add(-1),
}  # fmt: skip

EVALUATED = (
    {"RESHAPE", "DEQUANTIZE", "QUANTIZE", "SELECT", "SELECT_V2"}
    | set(LOOKUP_OPERATORS) | set(_FLOAT_UNARY) | set(_FLOAT_BINARY) | set(_COMPARISONS)
)  # fmt: skip
"""Kinds of operators that `evaluate` may know."""
