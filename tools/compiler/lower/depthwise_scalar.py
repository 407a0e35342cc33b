"""DEPTHWISE_CONV_2D with a 3x3 kernel for the cores without SIMD (ns_depthwise_scalar_s8.h)."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.lower.channels import Channels
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.lower.window import Axis, Window
from nanosmith.tools.compiler.step import Constant, Overlap, Step, Struct


def fits_scalar(window: Window, multiplier: int) -> bool:
    """Whether the kernel covers a layer with `multiplier` output channels an input channel."""
    return multiplier == 1 and window.y.kernel == window.x.kernel == 3 and _fits_rows(window.x)


def _fits_rows(axis: Axis) -> bool:
    return axis.dilation == 1 and axis.stride <= 2


def depthwise_scalar_step(
    scope: Scope, window: Window, flat: NDArray[np.int8], prepared: Channels, plane: tuple[int, ...]
) -> Step:
    """The call of the kernel for a layer that `fits_scalar` and is `narrow`.

    Args:
        scope: The operator.
        window: Its geometry.
        flat: Weights [channels, 9].
        prepared: Constants of the channels.
        plane: Rows and columns of the padded plane.

    """
    channels = len(flat)
    source = scope.activation(0)
    y, x = window.y, window.x
    steps = (x.size * channels, channels, x.outputs * channels, channels)
    if x.outputs < y.outputs and _fits_rows(y):  # rows are cheaper the longer they are
        y, x, plane = x, y, plane[::-1]
        steps = (steps[1], steps[0], steps[3], steps[2])
        flat = np.ascontiguousarray(flat.reshape(channels, 3, 3).transpose(0, 2, 1)).reshape(channels, 9)
    bias = prepared.bias - 128 * flat.astype(np.int32).sum(axis=1, dtype=np.int32)
    sums = -(-x.outputs // 2) * 2
    return Step(
        operator=scope.operator.kind, kernel="ns_depthwise_scalar_s8_run", sources=("ns_depthwise_scalar_s8",),
        params=Struct("ns_depthwise_scalar_s8", {
            "weights": Constant("weights", "int8_t", flat, f"[{channels}][3][3]"),
            **prepared.fields(),
            "bias": Constant("bias", "int32_t", bias, f"[{channels}], input zero point and 128 folded in"),
            "input_step_y": steps[0], "input_step_x": steps[1], "output_step_y": steps[2], "output_step_x": steps[3],
            "input_height": y.size, "input_width": x.size, "channels": channels,
            "output_height": y.outputs, "output_width": x.outputs,
            "plane_height": plane[0], "plane_width": plane[1], "pad_top": y.pad, "pad_left": x.pad,
            "stride_y": y.stride, "stride_x": x.stride, "dilation_y": y.dilation,
            **{k: v for k, v in prepared.finish().items() if k != "narrow"},
            "input_zero_point": source.zero_point,
        }),
        inputs=(source.index,), output=scope.output.index, scratch_bytes=4 * (10 + sums) + plane[0] * plane[1] + 2,
        macs=y.outputs * x.outputs * flat.size, weights=flat.size,
        overlaps={source.index: Overlap(step=channels, either_side=True)},
    )  # fmt: skip
