"""TRANSPOSE_CONV: inputs are the output's shape (which the output says too), weights, the image and perhaps a bias."""

import numpy as np

from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.quantization import activation_limits, ratio
from nanosmith.tools.compiler.step import Constant, Step, Struct

_SAME, _VALID = 0, 1
_MAX_STRIDE = 255


def lower_transpose_conv(scope: Scope) -> list[Step]:
    """A convolution's gradient, as a layer."""
    tensor, source, output = scope.input(1), scope.activation(2), scope.int8(scope.output)
    if tensor.values is None or tensor.dtype != "INT8" or not tensor.scales or any(tensor.zero_points):
        raise scope.refuse(f"the weights ({tensor.name}) are not a symmetric int8 constant")
    weights = tensor.values.astype(np.int8)
    in_height, in_width, depth = scope.image(source)
    out_height, out_width, channels = scope.image(output)
    if weights.ndim != 4 or weights.shape[0] != channels or weights.shape[3] != depth:
        raise scope.refuse(f"weights {list(weights.shape)} don't fit {depth} channels in and {channels} out")
    if len(tensor.scales) not in (1, channels) or max(weights.shape) > MAX_DIMENSION:
        raise scope.refuse(f"{len(tensor.scales)} scales for weights of shape {list(weights.shape)}")
    height, width = weights.shape[1:3]
    pad_top, stride_y = _axis(scope, "H", in_height, out_height, height)
    pad_left, stride_x = _axis(scope, "W", in_width, out_width, width)
    bias = scope.constant(3, "INT32").reshape(-1) if scope.has_input(3) else np.zeros(channels, dtype=np.int64)
    sums = np.abs(weights.astype(np.int64)).reshape(channels, -1).sum(axis=1)
    if bias.size != channels or int((np.abs(bias) + 255 * sums).max()) >= 2**31:
        raise scope.refuse("a bias of another size, or an accumulator that could pass 32 bits")
    scales = [ratio(output, source.scale * s / output.scale) for s in tensor.scales]
    low, high = activation_limits(scope.option("FusedActivationFunction"), output)
    per = f"[{len(scales)}]"
    multipliers = np.array([s.multiplier for s in scales], dtype=np.int32)
    shifts = np.array([s.shift for s in scales], dtype=np.int8)
    return [Step(
        operator=scope.operator.kind, kernel="ns_transpose_conv_s8_run", sources=("ns_transpose_conv_s8",),
        params=Struct("ns_transpose_conv_s8", {
            "weights": Constant("weights", "int8_t", weights, str(list(weights.shape))),
            "bias": Constant("bias", "int32_t", bias.astype(np.int32), f"[{channels}]"),
            "multiplier": Constant("multiplier", "int32_t", multipliers, f"{per}, Q0.31"),
            "shift": Constant("shift", "int8_t", shifts, f"{per}, positive shifts left"),
            "input_height": in_height, "input_width": in_width, "input_channels": depth,
            "output_height": out_height, "output_width": out_width, "output_channels": channels,
            "pad_top": pad_top, "pad_left": pad_left, "kernel_height": height, "kernel_width": width,
            "stride_y": stride_y, "stride_x": stride_x, "per_channel": int(len(scales) > 1),
            "input_zero_point": source.zero_point, "output_zero_point": output.zero_point,
            "activation_min": low, "activation_max": high,
        }),
        inputs=(source.index,), output=output.index, macs=in_height * in_width * weights.size, weights=weights.size,
    )]  # fmt: skip


def _axis(scope: Scope, letter: str, size: int, outputs: int, kernel: int) -> tuple[int, int]:
    """Padding in front, and stride."""
    stride, padding = scope.option(f"Stride{letter}"), scope.option("Padding")
    if not 1 <= stride <= _MAX_STRIDE or padding not in (_SAME, _VALID):
        raise scope.refuse(f"stride {stride}, padding {padding}")
    expected = -(-outputs // stride) if padding == _SAME else -(-(outputs - kernel + 1) // stride)
    if expected != size:
        raise scope.refuse(f"{size} rows or columns don't become {outputs}")
    reached = (size - 1) * stride + kernel
    return (max(reached - outputs, 0) // 2 if padding == _SAME else 0), stride
