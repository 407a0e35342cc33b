"""Quantization parameters as the reference kernels prepare them."""

import numpy as np

from nanosmith.tools.compiler.fixed_point import FixedPointScale, quantize_multiplier
from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.errors import ModelRejected

_NONE, _RELU, _RELU_N1_TO_1, _RELU6 = 0, 1, 2, 3
_FLOAT32_LIMITS: dict[int, tuple[float | None, float | None]] = {
    _NONE: (None, None), _RELU: (0.0, None), _RELU_N1_TO_1: (-1.0, 1.0), _RELU6: (0.0, 6.0),
}  # fmt: skip


def activation_limits(activation: int, output: Tensor) -> tuple[int, int]:
    """Clamp of a fused activation, in quantized units (CalculateActivationRangeQuantized).

    Raises:
        ModelRejected: The activation is one that TensorFlow Lite Micro does not fuse.

    """
    if activation not in _FLOAT32_LIMITS:
        raise ModelRejected(f"tensor {output.name!r} has the fused activation {activation}, which has no int8 form")
    low, high = _FLOAT32_LIMITS[activation]
    lowest = -128 if low is None else max(-128, quantize(low, output))
    highest = 127 if high is None else min(127, quantize(high, output))
    return max(-128, min(127, lowest)), max(-128, min(127, highest))


def quantize(real: float, tensor: Tensor) -> int:
    """zero_point + round(real / scale), divided in float32 as the reference does."""
    ratio = float(np.float32(real) / np.float32(tensor.scale))
    rounded = int(np.floor(abs(ratio) + 0.5)) * (1 if ratio >= 0 else -1)
    return tensor.zero_point + rounded


def ratio(tensor: Tensor, factor: float) -> FixedPointScale:
    """`factor` in fixed point; names `tensor` where it can't be.

    Raises:
        ModelRejected: Scales that no real model has.

    """
    try:
        return quantize_multiplier(factor)
    except ValueError as fault:
        raise ModelRejected(f"tensor {tensor.name!r}: {fault}") from None


def add_factors(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    """Factors of both inputs and of the output of ADD and SUB, with 20 bits to spare in between."""
    larger = 2.0 * max(a.scale, b.scale)
    return a.scale / larger, b.scale / larger, larger / ((1 << 20) * output.scale)


def same_quantization(a: Tensor, b: Tensor) -> bool:
    """Whether equal bytes mean equal numbers in both."""
    return a.scale == b.scale and a.zero_point == b.zero_point
