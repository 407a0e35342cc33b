"""Windows that slide over an image: geometry shared by convolutions and pooling."""

from dataclasses import dataclass

import numpy as np

from nanosmith.tools.compiler.lower.scope import Scope

_SAME, _VALID = 0, 1
_MAX_STRIDE = 255


@dataclass(frozen=True)
class Axis:
    """One spatial dimension."""

    size: int
    outputs: int
    kernel: int
    stride: int
    dilation: int
    pad: int
    """Elements in front of the input that the first window covers."""

    def starts(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Lowest input index that each output reads; 0 where its window begins in the padding."""
        return np.maximum(np.arange(self.outputs, dtype=np.int64) * self.stride - self.pad, 0)


@dataclass(frozen=True)
class Window:
    """Both spatial dimensions. A 1-D layer along the height is turned to lie along the width: same memory."""

    y: Axis
    x: Axis

    def first_reads(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Lowest input position (row × width + column) that each output position reads, in output order."""
        return (self.y.starts()[:, None] * self.x.size + self.x.starts()[None, :]).reshape(-1)


def read_window(scope: Scope, kernel: tuple[int, int], pads: tuple[int, int, int, int]) -> Window:
    """Geometry of the operator in `scope`.

    Args:
        scope: Operator with StrideH/W, Padding and perhaps DilationH/WFactor.
        kernel: Height and width.
        pads: Explicit padding (top, bottom, left, right) that was folded in from a PAD operator.

    Raises:
        UnsupportedOperator: Strides or dilations out of range, or an output shape that does not follow.

    """
    height, width, _ = scope.image(scope.input(0))
    out_height, out_width, _ = scope.image(scope.output)
    dilated = "DilationHFactor" in scope.operator.options
    axes = []
    for size, outputs, taps, letter, before, after in (
        (height, out_height, kernel[0], "H", pads[0], pads[1]),
        (width, out_width, kernel[1], "W", pads[2], pads[3]),
    ):
        stride = scope.option(f"Stride{letter}")
        dilation = scope.option(f"Dilation{letter}Factor") if dilated else 1
        if not (1 <= stride <= _MAX_STRIDE and 1 <= dilation <= _MAX_STRIDE):
            raise scope.refuse(f"stride {stride} or dilation {dilation} is outside 1 … {_MAX_STRIDE}")
        axes.append(_axis(scope, size, outputs, taps, stride, dilation, before, after))
    y, x = axes
    if (x.size, x.outputs, x.kernel, x.pad) == (1, 1, 1, 0):
        y, x = x, y
    return Window(y, x)


def _axis(
    scope: Scope, size: int, outputs: int, kernel: int, stride: int, dilation: int, before: int, after: int
) -> Axis:
    extent = (kernel - 1) * dilation + 1
    padded = size + before + after
    padding = scope.option("Padding")
    if padding == _SAME:
        expected = -(-padded // stride)
        pad = before + max((expected - 1) * stride + extent - padded, 0) // 2
    elif padding == _VALID:
        expected = (padded - extent) // stride + 1 if padded >= extent else 0
        pad = before
    else:
        raise scope.refuse(f"padding {padding} is neither SAME nor VALID")
    if outputs != expected or expected < 1:
        raise scope.refuse(f"the output has {outputs} rows or columns where {expected} follow from the input")
    return Axis(size, outputs, kernel, stride, dilation, pad)
