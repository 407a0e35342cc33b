"""Depthwise convolutions for Cortex-M55: 16 channels at once, from a ring of padded rows."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.lower.channels import Channels
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.window import Window
from nanosmith.tools.compiler.step import Constant, Overlap, Step, Struct

_BLOCK = 16
_SUM_ORDER = np.arange(_BLOCK).reshape(4, 2, 2).transpose(2, 1, 0).reshape(-1)
"""Even bytes before odd ones, and of either the even before the odd: 0 4 8 12, 2 6 10 14, 1 5 9 13, 3 7 11 15."""


def depthwise_step(
    scope: Scope, weights: NDArray[np.int8], channels: Channels, window: Window, geometry: dict[str, int]
) -> Step:
    """One call of the kernel.

    Args:
        scope: The operator.
        weights: [height, width, channels].
        channels: Constants of every output channel.
        window: Geometry of the operator.
        geometry: The same as fields of the kernel's parameters.

    Raises:
        UnsupportedOperator: The padded rows are too large.

    """
    source = scope.activation(0)
    depth = scope.image(source)[2]
    height, width, count = weights.shape
    blocks = -(-count // _BLOCK)
    ring_height = (window.y.kernel - 1) * window.y.dilation + 1
    row_width = (window.x.outputs - 1) * window.x.stride + (window.x.kernel - 1) * window.x.dilation + 1
    if max(ring_height, row_width) > MAX_DIMENSION:
        raise scope.refuse(f"a ring of {ring_height:,} padded rows of {row_width:,}")
    return Step(
        operator=scope.operator.kind, kernel="ns_depthwise_mve_s8_run", sources=("ns_depthwise_mve_s8",),
        params=Struct("ns_depthwise_mve_s8", {
            "weights": Constant(
                "weights", "int8_t", _in_blocks(weights), f"[{blocks}][{height}][{width}][{_BLOCK}]"
            ),
            "bias": Constant("bias", "int32_t", _in_sums(channels.bias, count), f"[{blocks}][{_BLOCK}]"),
            "multiplier": Constant(
                "multiplier", "int32_t", _in_sums(channels.multipliers, count), f"[{blocks}][{_BLOCK}], Q0.31"
            ),
            "shift": Constant(
                "shift", "int8_t", _in_sums(channels.shifts, count), f"[{blocks}][{_BLOCK}], positive shifts left"
            ),
            "input_height": window.y.size, "input_width": window.x.size, "channels": count,
            "output_height": window.y.outputs, "output_width": window.x.outputs, "depth_multiplier": count // depth,
            "row_width": row_width, "ring_height": ring_height, **geometry,
            "narrow": int(channels.narrow), "output_zero_point": channels.output_zero_point,
            "activation_min": channels.activation_min, "activation_max": channels.activation_max,
            "input_zero_point": source.zero_point,
        }),
        inputs=(source.index,), output=scope.output.index,
        scratch_bytes=4 * height + ring_height * row_width * blocks * _BLOCK,
        macs=window.y.outputs * window.x.outputs * weights.size, weights=weights.size,
        overlaps={source.index: _overlap(window, depth, count)},
    )  # fmt: skip


def _in_blocks(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """[height, width, channels] → [blocks, height, width, 16], filled with zeros."""
    height, width, count = weights.shape
    padded = np.zeros((height, width, -(-count // _BLOCK) * _BLOCK), dtype=np.int8)
    padded[:, :, :count] = weights
    return np.ascontiguousarray(padded.reshape(height, width, -1, _BLOCK).transpose(2, 0, 1, 3))


def _in_sums(values: NDArray[np.generic], count: int) -> NDArray[np.generic]:
    """One value a channel, or one for all, in the order in which the kernel holds sums: [blocks, 16]."""
    padded = np.zeros(-(-count // _BLOCK) * _BLOCK, dtype=values.dtype)
    padded[:count] = values
    return padded.reshape(-1, _BLOCK)[:, _SUM_ORDER]


def _overlap(window: Window, depth: int, channels: int) -> Overlap:
    """How far the output must start below the input: a row of it is written once the rows that it reads were copied."""
    y, x = window.y, window.x
    rows = np.arange(y.outputs, dtype=np.int64)
    copied = np.maximum(rows * y.stride + (y.kernel - 1) * y.dilation + 1 - y.pad, 0)
    written = (rows + 1) * x.outputs * channels
    behind = (written - copied * x.size * depth)[copied < y.size]
    return Overlap(behind=max(0, int(behind.max()))) if len(behind) else Overlap(either_side=True)
