"""RESIZE_BILINEAR; the nearest neighbor is among what only moves elements (`rearrange.py`)."""

import numpy as np

from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.quantization import same_quantization
from nanosmith.tools.compiler.step import Constant, Step, Struct

_ONE = 1 << 10


def lower_resize_bilinear(scope: Scope) -> list[Step]:
    """Positions and fractions of all rows and columns are computed here (reference/resize_bilinear.h, integers)."""
    source, output = scope.activation(0), scope.int8(scope.output)
    height, width, channels = scope.image(source)
    rows, columns, same = scope.image(output)
    if same != channels or not same_quantization(source, output):
        raise scope.refuse("input and output have different channels or scales")
    return [Step(
        operator=scope.operator.kind, kernel="ns_resize_bilinear_s8_run", sources=("ns_resize_bilinear_s8",),
        params=Struct("ns_resize_bilinear_s8", {
            "rows": _between(scope, "row", height, rows), "columns": _between(scope, "column", width, columns),
            "input_width": width, "output_height": rows, "output_width": columns, "channels": channels,
        }),
        inputs=(source.index,), output=output.index,
    )]  # fmt: skip


def _between(scope: Scope, role: str, size: int, wanted: int) -> Struct:
    if size < 1 or wanted < 1:
        raise scope.refuse(f"{size} rows or columns become {wanted}")
    step = (_ONE * size + wanted // 2) // wanted
    if scope.option("AlignCorners") and wanted > 1:
        step = (_ONE * (size - 1) + (wanted - 1) // 2) // (wanted - 1)
    at = np.arange(wanted, dtype=np.int64) * step
    if scope.option("HalfPixelCenters"):
        at += step // 2 - _ONE // 2
    lower = np.maximum(_towards_zero(at), 0)
    upper = np.minimum(_towards_zero(at + _ONE - 1), size - 1)
    if int(lower.max()) >= size or int(upper.min()) < 0:
        raise scope.refuse(f"{size} rows or columns become {wanted}: the reference would read outside")
    fraction = at - lower * _ONE
    if int(np.abs(fraction).max()) >= 2 * _ONE:
        raise scope.refuse(f"{size} rows or columns become {wanted}: too much at once")
    return Struct("ns_between", {
        "lower": Constant(f"{role}_lower", "uint16_t", lower.astype(np.uint16), f"[{wanted}]"),
        "upper": Constant(f"{role}_upper", "uint16_t", upper.astype(np.uint16), f"[{wanted}]"),
        "fraction": Constant(f"{role}_fraction", "int16_t", fraction.astype(np.int16), f"[{wanted}], of 1024"),
    })  # fmt: skip


def _towards_zero(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.where(values < 0, -(-values // _ONE), values // _ONE)
