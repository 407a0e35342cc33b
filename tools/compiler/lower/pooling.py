"""MAX_POOL_2D and AVERAGE_POOL_2D."""

import numpy as np

from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.window import Window, read_window
from nanosmith.tools.compiler.quantization import activation_limits, same_quantization
from nanosmith.tools.compiler.step import Overlap, Step, Struct

_KERNELS = {"MAX_POOL_2D": "ns_max", "AVERAGE_POOL_2D": "ns_average"}

_MAX_SUMMED = 255
"""Elements whose sum fits 16 bits in the SIMD kernel."""


def lower_pool(scope: Scope) -> list[Step]:
    """Pooling; input and output share one scale."""
    source, output = scope.activation(0), scope.int8(scope.output)
    if not same_quantization(source, output):
        raise scope.refuse("input and output have different scales")
    size = (scope.option("FilterHeight"), scope.option("FilterWidth"))
    if not all(1 <= s <= MAX_DIMENSION for s in size):
        raise scope.refuse(f"a window of {size[0]} x {size[1]}")
    window = read_window(scope, size, (0, 0, 0, 0))
    channels = scope.image(source)[2]
    if scope.image(output)[2] != channels:
        raise scope.refuse("input and output have different numbers of channels")
    low, high = activation_limits(scope.option("FusedActivationFunction"), output)
    kind, y, x = scope.operator.kind, window.y, window.x
    summed = y.kernel * x.kernel if kind == "AVERAGE_POOL_2D" else 0
    form, struct = "pool_s8", "ns_pool_s8"
    if scope.profile == "mve":
        form, struct = "pool_mve_s8", "ns_pool_mve_s8"
    elif scope.profile == "dsp" and channels % 4 == 0 and summed <= _MAX_SUMMED:
        form = "pool_dsp_s8"
    return [Step(
        operator=kind, kernel=f"{_KERNELS[kind]}_{form}_run", sources=(f"ns_{form}",),
        params=Struct(struct, {
            "input_height": y.size, "input_width": x.size, "channels": channels,
            "output_height": y.outputs, "output_width": x.outputs, "pad_top": y.pad, "pad_left": x.pad,
            "window_height": y.kernel, "window_width": x.kernel, "stride_y": y.stride, "stride_x": x.stride,
            "activation_min": low, "activation_max": high,
        }),
        inputs=(source.index,), output=output.index, overlaps={source.index: _overlap(window, channels)},
    )]  # fmt: skip


def _overlap(window: Window, channels: int) -> Overlap:
    """Each channel of a position is read, then written, in ascending order."""
    lowest_from_here = np.minimum.accumulate(window.first_reads()[::-1])[::-1]
    behind = np.arange(len(lowest_from_here)) - lowest_from_here
    return Overlap(behind=max(0, int(behind.max()) * channels))
