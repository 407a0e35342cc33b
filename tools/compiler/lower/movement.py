"""Operators that only move elements: shapes, concatenation, slices, transposition, padding."""

import numpy as np

from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.lower.strides import Strides, merge, row_major
from nanosmith.tools.compiler.quantization import same_quantization
from nanosmith.tools.compiler.step import Alias, Step, Struct


def lower_reshape(scope: Scope) -> list[Alias]:
    """RESHAPE, SQUEEZE, EXPAND_DIMS: the same bytes under another shape."""
    source, output = scope.activation(0), scope.int8(scope.output)
    if source.elements != output.elements or not same_quantization(source, output):
        raise scope.refuse(f"{source.elements:,} elements become {output.elements:,}, or another scale")
    return [Alias(scope.operator.kind, source.index, output.index)]


def lower_concatenation(scope: Scope) -> list[Step]:
    """One copy an input."""
    output = scope.int8(scope.output)
    if scope.option("FusedActivationFunction") != 0:
        raise scope.refuse("a fused activation")
    axis = scope.option("Axis") % max(1, len(output.shape))
    steps, begin = [], 0
    for number in range(len(scope.operator.inputs)):
        part = scope.activation(number)
        expected = (*output.shape[:axis], part.shape[axis] if axis < len(part.shape) else 0, *output.shape[axis + 1 :])
        if part.shape != expected or not same_quantization(part, output):
            raise scope.refuse(f"input {part.name!r} has another shape or scale than the output")
        offset = begin * row_major(output.shape)[axis]
        copy = _copy(scope, part.shape, row_major(part.shape), row_major(output.shape))
        steps.append(_step(scope, part, output, copy, output_offset=offset))
        begin += part.shape[axis]
    if begin != output.shape[axis]:
        raise scope.refuse(f"inputs of {begin} rows make an output of {output.shape[axis]}")
    return steps


def lower_transpose(scope: Scope) -> list[Step]:
    """TRANSPOSE."""
    source, output = scope.activation(0), scope.int8(scope.output)
    order = [int(i) for i in scope.constant(1, "INT32").reshape(-1)]
    if sorted(order) != list(range(len(source.shape))) or output.shape != tuple(source.shape[i] for i in order):
        raise scope.refuse(f"the permutation {order} does not turn {list(source.shape)} into {list(output.shape)}")
    own = row_major(source.shape)
    return [
        _step(scope, source, output, _copy(scope, output.shape, tuple(own[i] for i in order), row_major(output.shape)))
    ]


def lower_strided_slice(scope: Scope) -> list[Step]:
    """STRIDED_SLICE with constant bounds; no new axes and no ellipsis."""
    source, output = scope.activation(0), scope.int8(scope.output)
    begins, ends, strides = (scope.constant(i, "INT32").reshape(-1) for i in (1, 2, 3))
    if scope.option("EllipsisMask") or scope.option("NewAxisMask") or scope.option("Offset"):
        raise scope.refuse("ellipsis, new axes or offsets")
    if not len(begins) == len(ends) == len(strides) == len(source.shape):
        raise scope.refuse("bounds for not all dimensions")
    own = row_major(source.shape)
    start, counts, steps = 0, [], []
    for i, size in enumerate(source.shape):
        chosen = _slice_of(scope, i, size, int(begins[i]), int(ends[i]), int(strides[i]))
        if len(chosen) == 0:
            raise scope.refuse("an empty slice")
        start += chosen[0] * own[i]
        counts.append(len(chosen))
        steps.append(chosen.step * own[i])
    if int(np.prod(counts, dtype=np.int64)) != output.elements:
        raise scope.refuse(f"{counts} elements make an output of {list(output.shape)}")
    copy = _copy(scope, counts, tuple(steps), row_major(counts))
    return [_step(scope, source, output, copy, input_offset=start)]


def _slice_of(scope: Scope, axis: int, size: int, begin: int, end: int, stride: int) -> range:
    if stride == 0:
        raise scope.refuse("a stride of 0")
    bit = 1 << axis
    first = None if scope.option("BeginMask") & bit else begin
    last = None if scope.option("EndMask") & bit else end
    if scope.option("ShrinkAxisMask") & bit:
        index = begin + size if begin < 0 else begin
        if not 0 <= index < size:
            raise scope.refuse(f"index {begin} of {size}")
        return range(index, index + 1)
    return range(*slice(first, last, stride).indices(size))


def lower_pad(scope: Scope) -> list[Step]:
    """PAD with the zero point, PADV2 with a constant."""
    source, output = scope.activation(0), scope.int8(scope.output)
    pads = scope.constant(1, "INT32", "INT64").reshape(-1, 2)
    if len(pads) != len(source.shape) or (pads < 0).any():
        raise scope.refuse(f"paddings {pads.tolist()} of a tensor of shape {list(source.shape)}")
    expected = tuple(int(size + before + after) for size, (before, after) in zip(source.shape, pads, strict=True))
    if output.shape != expected or not same_quantization(source, output):
        raise scope.refuse(f"{list(source.shape)} padded is not {list(output.shape)}, or another scale")
    value = output.zero_point
    if scope.operator.kind == "PADV2":
        value = int(scope.constant(2, "INT8").reshape(-1)[0])
    own = row_major(output.shape)
    offset = sum(int(before) * step for (before, _), step in zip(pads, own, strict=True))
    inside = _copy(scope, source.shape, row_major(source.shape), own)
    return [Step(
        operator=scope.operator.kind, kernel="ns_pad_s8_run", sources=("ns_copy_s8",),
        params=Struct("ns_pad_s8", {
            "inside": inside, "output_count": output.elements, "offset": offset, "value": value,
        }),
        inputs=(source.index,), output=output.index,
    )]  # fmt: skip


def _copy(scope: Scope, counts: "tuple[int, ...] | list[int]", reads: Strides, writes: Strides) -> Struct:
    merged = merge(counts, (reads, writes))
    if merged is None:
        raise scope.refuse("more than four dimensions")
    return Struct("ns_copy_s8", {
        "count": merged[0], "input_stride": merged[1][0], "output_stride": merged[1][1],
    })  # fmt: skip


def _step(
    scope: Scope, source: Tensor, output: Tensor, copy: Struct, *, output_offset: int = 0, input_offset: int = 0
) -> Step:
    return Step(
        operator=scope.operator.kind, kernel="ns_copy_s8_run", sources=("ns_copy_s8",), params=copy,
        inputs=(source.index,), output=output.index, output_offset=output_offset, input_offset=input_offset,
    )  # fmt: skip
