"""Element-wise int8 functions as tables of 256 answers, computed here exactly as the reference kernels would.

Sources: tensorflow/lite/kernels/internal/reference/{integer_ops/logistic.h, integer_ops/tanh.h, hard_swish.h,
leaky_relu.h, requantize.h} and tensorflow/lite/micro/kernels/{activations,quantize}_common.cc, Apache-2.0.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.fixed_point import (
    FixedPointScale,
    input_radius,
    inverse_square_root,
    logistic,
    quantize_multiplier,
    requantize,
    round_half_away,
    rounding_shift,
    tanh,
)  # fmt: skip
from nanosmith.tools.compiler.graph import Operator, Tensor
from nanosmith.tools.compiler.quantization import quantize, ratio

Function = Callable[[int], int]


def lookup_table(operator: Operator, source: Tensor, target: Tensor) -> NDArray[np.int8]:
    """The 256 answers for inputs -128 … 127, in that order.

    Raises:
        ValueError: The reference does not take this quantization.

    """
    function = _FUNCTIONS[operator.kind](operator, source, target)
    return np.array([max(-128, min(127, function(q))) for q in range(-128, 128)], dtype=np.int8)


def _requantize(_: Operator, source: Tensor, target: Tensor) -> Function:
    scale = ratio(target, source.scale / target.scale)
    return lambda q: requantize(q - source.zero_point, scale) + target.zero_point


def _relu(operator: Operator, source: Tensor, target: Tensor) -> Function:
    convert = _requantize(operator, source, target)
    return lambda q: max(convert(q), target.zero_point)


def _relu6(_: Operator, source: Tensor, __: Tensor) -> Function:
    # TFLM clamps on the input's scale and leaves the output's alone
    six = max(-128, min(127, quantize(6.0, source)))
    return lambda q: max(source.zero_point, min(six, q))


def _leaky_relu(operator: Operator, source: Tensor, target: Tensor) -> Function:
    # in double precision, as tflite-micro's wheels do; older sources divide in float32
    steep = ratio(target, source.scale / target.scale)
    flat = ratio(target, source.scale * _number(operator, "Alpha") / target.scale)

    def function(q: int) -> int:
        value = q - source.zero_point
        return target.zero_point + requantize(value, steep if value >= 0 else flat)

    return function


def _saturating(source: Tensor, curve: Function, answer_bits: int, offset: int) -> Function:
    factor = source.scale * float(1 << 27)  # Q4.27
    mantissa, shift = math.frexp(factor)
    scale = FixedPointScale(round_half_away(mantissa * 2.0**31), shift)
    radius = input_radius(4, shift)

    def function(q: int) -> int:
        value = q - source.zero_point
        if value <= -radius:
            return -128
        if value >= radius:
            return 127
        return rounding_shift(curve(requantize(value, scale)), 31 - answer_bits) + offset

    return function


def _logistic(_: Operator, source: Tensor, target: Tensor) -> Function:
    if target.zero_point != -128:
        raise ValueError(f"the output's zero point is {target.zero_point} where the reference asks for -128")
    return _saturating(source, logistic, 8, -128)


def _tanh(_: Operator, source: Tensor, __: Tensor) -> Function:
    return _saturating(source, tanh, 7, 0)


def _hard_swish(_: Operator, source: Tensor, target: Tensor) -> Function:
    fine_scale = np.float32(1.0 / 128.0) * np.float32(source.scale)
    out = quantize_multiplier(float(fine_scale / np.float32(target.scale)))
    gate = quantize_multiplier(float(fine_scale / np.float32(3.0 / 32768.0)))
    if out.shift > 0:
        raise ValueError("the output's scale is finer than the reference takes")
    out16, gate16 = _narrow(out.multiplier), _narrow(gate.multiplier)

    def function(q: int) -> int:
        fine = (q - source.zero_point) * 128
        fine = (fine + 2**15) % 2**16 - 2**15
        before_shift = _multiply_high16(fine, out16)
        opening = fine
        if gate.shift > 0:
            opening = _saturate16(opening << (gate.shift - 1))
        opening = _multiply_high16(opening, gate16)
        if gate.shift > 0:
            opening = _saturate16(opening << 1)
        elif gate.shift < 0:
            opening = rounding_shift(opening, -gate.shift)
        opening = (opening + 2**15) >> 1
        product = opening * before_shift
        truncated = int(math.copysign(abs(product) >> 15, product))
        return rounding_shift(truncated, -out.shift) + target.zero_point

    return function


def _narrow(multiplier: int) -> int:
    return 2**15 - 1 if multiplier >= 2**31 - 1 - 2**15 else (multiplier + 2**15) >> 16


def _multiply_high16(a: int, b: int) -> int:
    return (a * b + 2**14) >> 15


def _saturate16(value: int) -> int:
    return max(-(2**15), min(2**15 - 1, value))


def _absolute(_: Operator, source: Tensor, target: Tensor) -> Function:
    scale = ratio(target, source.scale / target.scale)
    same = source.scale == target.scale

    def function(q: int) -> int:
        value = abs(q - source.zero_point)
        return (value if same else requantize(value, scale)) + target.zero_point

    return function


def _rsqrt(_: Operator, source: Tensor, target: Tensor) -> Function:
    spare = 20
    factor = 1.0 / float(np.sqrt(np.float32(source.scale)) * np.float32(target.scale))
    scale = ratio(target, factor)
    fine = FixedPointScale(scale.multiplier, scale.shift - spare)

    def function(q: int) -> int:
        value = q - source.zero_point
        if value <= 0:  # below zero the reference stops with an error
            return 127
        root = inverse_square_root(value)
        return requantize(requantize(1, FixedPointScale(root.multiplier, root.shift + spare)), fine) + target.zero_point

    return function


def _in_float(real: Callable[[Operator, float], float]) -> Callable[[Operator, Tensor, Tensor], Function]:
    """A table that LiteRT fills in float32 (LUTPopulate in internal/common.h); TensorFlow Lite Micro lacks these."""

    def prepare(operator: Operator, source: Tensor, target: Tensor) -> Function:
        inverse = np.float32(1.0) / np.float32(target.scale)

        def function(q: int) -> int:
            x = float(np.float32(source.scale) * np.float32(q - source.zero_point))
            scaled = np.float32(real(operator, x)) * inverse
            if not np.isfinite(scaled):
                return 127 if scaled > 0 else -128
            return round_half_away(float(scaled)) + target.zero_point

        return function

    return prepare


def _gelu(operator: Operator, x: float) -> float:
    if _number(operator, "Approximate"):
        return 0.5 * x * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * math.erfc(-x * math.sqrt(0.5))


def _exp(_: Operator, x: float) -> float:
    return math.exp(min(x, 80.0))


def _log(_: Operator, x: float) -> float:
    return math.log(x) if x > 0.0 else -math.inf


def _sqrt(_: Operator, source: Tensor, target: Tensor) -> Function:
    # LiteRT rounds this one down
    def function(q: int) -> int:
        real = math.sqrt(max(0.0, source.scale * (q - source.zero_point)))
        return math.floor(real / target.scale) + target.zero_point

    return function


def _number(operator: Operator, name: str) -> float:
    value = operator.options[name]
    if isinstance(value, tuple):
        raise TypeError(name)
    return float(value)


_FUNCTIONS: dict[str, Callable[[Operator, Tensor, Tensor], Function]] = {
    "QUANTIZE": _requantize,
    "RELU": _relu,
    "RELU6": _relu6,
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": _logistic,
    "TANH": _tanh,
    "HARD_SWISH": _hard_swish,
    "ABS": _absolute,
    "RSQRT": _rsqrt,
    "EXP": _in_float(_exp),
    "LOG": _in_float(_log),
    "SQRT": _sqrt,
    "GELU": _in_float(_gelu),
}
LOOKUP_OPERATORS = tuple(_FUNCTIONS)
