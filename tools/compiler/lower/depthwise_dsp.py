"""DEPTHWISE_CONV_2D for the cores with SMLAD (ns_depthwise_dsp_s8.h): rings of rows, four channels at a time."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.lower.channels import Channels
from nanosmith.tools.compiler.lower.packed import MAX_SHIFT, settle_channels
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.window import Axis, Window
from nanosmith.tools.compiler.step import Constant, Overlap, Step, Struct


def depthwise_dsp_step(scope: Scope, window: Window, weights: NDArray[np.int8], prepared: Channels) -> Step | None:
    """The call of the kernel, or nothing where the kernel does not cover the layer.

    Args:
        scope: The operator.
        window: Its geometry.
        weights: [height, width, channels], as many channels as the input has.
        prepared: Constants of the channels.

    """
    height, width, channels = weights.shape
    flat = np.ascontiguousarray(weights.transpose(2, 0, 1)).reshape(channels, height * width)
    prepared, flat = settle_channels(prepared, flat)
    if channels % 4 or not prepared.narrow or -int(prepared.shifts.min()) > MAX_SHIFT:
        return None
    y, x = window.y, window.x
    steps = (x.size * channels, channels, x.outputs * channels, channels)
    turned = _is_kept_in_shape(y) and _is_kept_in_shape(x) and x.outputs < y.outputs
    if turned:  # rows are cheaper the longer they are
        y, x = x, y
        steps = (steps[1], steps[0], steps[3], steps[2])
        flat = np.ascontiguousarray(flat.reshape(channels, height, width).transpose(0, 2, 1)).reshape(flat.shape)
    ring = _extent(y), -(-_reach(x) // 2) * 2
    if max(ring) > MAX_DIMENSION:
        raise scope.refuse(f"a padded plane of {ring[0]:,} x {ring[1]:,}")
    source = scope.activation(0)
    shift = Constant("shift", "int8_t", -1 - prepared.shifts, f"[{len(prepared.shifts)}], to the right, less 1")
    size = x.size * y.size * channels
    return Step(
        operator=scope.operator.kind, kernel="ns_depthwise_dsp_s8_run", sources=("ns_depthwise_dsp_s8",),
        params=Struct("ns_depthwise_dsp_s8", {
            "weights": Constant("weights", "int8_t", flat, f"[{channels}][{y.kernel}][{x.kernel}]"),
            **prepared.fields(),
            "shift": shift,
            "input_step_y": steps[0], "input_step_x": steps[1], "output_step_y": steps[2], "output_step_x": steps[3],
            "input_height": y.size, "input_width": x.size, "channels": channels,
            "output_height": y.outputs, "output_width": x.outputs,
            "pad_top": y.pad, "pad_left": x.pad, "kernel_height": y.kernel, "kernel_width": x.kernel,
            "ring_height": ring[0], "ring_width": ring[1],
            "stride_y": y.stride, "stride_x": x.stride, "dilation_y": y.dilation, "dilation_x": x.dilation,
            **{k: v for k, v in prepared.finish().items() if k != "narrow"},
            "input_zero_point": source.zero_point,
        }),
        inputs=(source.index,), output=scope.output.index,
        scratch_bytes=4 * (-(-x.outputs // 2) * 2) + 16 * y.kernel * -(-x.kernel // 2) + 8 * ring[0] * ring[1] + 4,
        macs=y.outputs * x.outputs * flat.size, weights=flat.size,
        overlaps={source.index: Overlap(step=size) if turned else _row_overlap(y, x, channels)},
    )  # fmt: skip


def _is_kept_in_shape(axis: Axis) -> bool:
    return axis.stride == 1 and axis.size == axis.outputs


def _extent(axis: Axis) -> int:
    return (axis.kernel - 1) * axis.dilation + 1


def _reach(axis: Axis) -> int:
    """Elements that all outputs read, those in front of the input included."""
    return (axis.outputs - 1) * axis.stride + _extent(axis)


def _row_overlap(y: Axis, x: Axis, channels: int) -> Overlap:
    """One output row is written when all rows that it reads are in the ring; only one channel's bytes can collide."""
    rows = np.arange(y.outputs, dtype=np.int64)
    read = np.maximum(rows * y.stride + _extent(y) - y.pad, 0)
    left = read < y.size
    if not left.any():
        return Overlap(step=channels, either_side=True)
    behind = (rows + 1) * x.outputs * channels - read * x.size * channels
    return Overlap(behind=max(0, int(behind[left].max())), step=channels)
