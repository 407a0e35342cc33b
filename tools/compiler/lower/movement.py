"""Operators that only move elements along a grid: shapes, concatenation, slices, transposition, padding."""

import numpy as np

from nanosmith.tools.compiler.lower.mapping import check_moved, copy_params, copy_step, element_numbers, mapped_step
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.lower.strides import row_major
from nanosmith.tools.compiler.quantization import same_quantization
from nanosmith.tools.compiler.step import Alias, Step, Struct

_PAD_MODES = {0: "reflect", 1: "symmetric"}


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
    axis = scope.axis(scope.option("Axis"), len(output.shape))
    steps, begin = [], 0
    for number in range(len(scope.operator.inputs)):
        part = scope.activation(number)
        expected = (*output.shape[:axis], part.shape[axis] if axis < len(part.shape) else 0, *output.shape[axis + 1 :])
        if part.shape != expected or not same_quantization(part, output):
            raise scope.refuse(f"input {part.name!r} has another shape or scale than the output")
        offset = begin * row_major(output.shape)[axis]
        copy = copy_params(scope, part.shape, row_major(part.shape), row_major(output.shape))
        steps.append(copy_step(scope, part, output, copy, output_offset=offset))
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
    return [mapped_step(scope, source, output, element_numbers(scope, source).transpose(order))]


def lower_strided_slice(scope: Scope) -> list[Step]:
    """STRIDED_SLICE with constant bounds; no new axes and no ellipsis."""
    source, output = scope.activation(0), scope.int8(scope.output)
    begins, ends, strides = (scope.constant(i, "INT32").reshape(-1) for i in (1, 2, 3))
    if scope.option("EllipsisMask") or scope.option("NewAxisMask") or scope.option("Offset"):
        raise scope.refuse("ellipsis, new axes or offsets")
    if not len(begins) == len(ends) == len(strides) == len(source.shape):
        raise scope.refuse("bounds for not all dimensions")
    places = element_numbers(scope, source)
    for i, size in enumerate(source.shape):
        chosen = _slice_of(scope, i, size, int(begins[i]), int(ends[i]), int(strides[i]))
        if len(chosen) == 0:
            raise scope.refuse("an empty slice")
        places = places.take(np.array(chosen), axis=i)
    return [mapped_step(scope, source, output, places)]


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


def lower_slice(scope: Scope) -> list[Step]:
    """SLICE: begin and size of every dimension; a size of -1 goes to the end."""
    source, output = scope.activation(0), scope.int8(scope.output)
    begins, sizes = (scope.constant(i, "INT32", "INT64").reshape(-1).tolist() for i in (1, 2))
    if not len(begins) == len(sizes) == len(source.shape):
        raise scope.refuse("bounds for not all dimensions")
    chosen = []
    for begin, wanted, whole in zip(begins, sizes, source.shape, strict=True):
        size = whole - begin if wanted == -1 else wanted
        if begin < 0 or size < 1 or begin + size > whole:
            raise scope.refuse(f"{wanted} elements from {begin} on, of {whole}")
        chosen.append(slice(begin, begin + size))
    return [mapped_step(scope, source, output, element_numbers(scope, source)[tuple(chosen)])]


def lower_pad(scope: Scope) -> list[Step]:
    """PAD with the zero point, PADV2 with a constant."""
    source, output = scope.activation(0), scope.int8(scope.output)
    pads = _pads(scope)
    check_moved(scope, source, output)
    value = output.zero_point
    if scope.operator.kind == "PADV2":
        value = int(scope.constant(2, "INT8").reshape(-1)[0])
    own = row_major(output.shape)
    offset = sum(before * step for (before, _), step in zip(pads, own, strict=True))
    inside = copy_params(scope, source.shape, row_major(source.shape), own)
    return [Step(
        operator=scope.operator.kind, kernel="ns_pad_s8_run", sources=("ns_copy_s8",),
        params=Struct("ns_pad_s8", {
            "inside": inside, "output_count": output.elements, "offset": offset, "value": value,
        }),
        inputs=(source.index,), output=output.index,
    )]  # fmt: skip


def lower_mirror_pad(scope: Scope) -> list[Step]:
    """MIRROR_PAD: the border repeats what lies within, with (SYMMETRIC) or without (REFLECT) the edge itself."""
    source, output = scope.activation(0), scope.int8(scope.output)
    pads, mode = _pads(scope), scope.option("Mode")
    numbers = element_numbers(scope, source)
    if mode not in _PAD_MODES:
        raise scope.refuse(f"mode {mode} is neither REFLECT nor SYMMETRIC")
    spare = 0 if _PAD_MODES[mode] == "symmetric" else 1
    if any(max(pair) > size - spare for pair, size in zip(pads, source.shape, strict=True) if any(pair)):
        raise scope.refuse(f"paddings {pads} are wider than the tensor of shape {list(source.shape)}")
    # numpy's two names of the mode are the operator's
    mirrored = np.pad(numbers, pads, mode="symmetric") if spare == 0 else np.pad(numbers, pads, mode="reflect")
    return [mapped_step(scope, source, output, mirrored)]


def _pads(scope: Scope) -> list[tuple[int, int]]:
    source, output = scope.activation(0), scope.int8(scope.output)
    rows = scope.constant(1, "INT32", "INT64")
    if rows.shape != (len(source.shape), 2) or (rows < 0).any():
        raise scope.refuse(f"paddings {rows.tolist()} of a tensor of shape {list(source.shape)}")
    pads = [(int(before), int(after)) for before, after in rows.tolist()]
    if output.shape != tuple(size + sum(pair) for size, pair in zip(source.shape, pads, strict=True)):
        raise scope.refuse(f"{list(source.shape)} padded is not {list(output.shape)}")
    return pads
