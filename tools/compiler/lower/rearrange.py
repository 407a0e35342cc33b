"""Operators that take tensors apart, put them together or repeat parts of them."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.mapping import check_moved, copy_params, copy_step, element_numbers, mapped_step
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.lower.strides import row_major
from nanosmith.tools.compiler.step import Step


def lower_split(scope: Scope) -> list[Step]:
    """SPLIT and SPLIT_V: one copy for each part that anything reads."""
    sized = scope.operator.kind == "SPLIT_V"
    source = scope.activation(0 if sized else 1)
    axis = scope.axis(scope.number(2 if sized else 0), len(source.shape))
    parts = scope.outputs()
    sizes = [t.shape[axis] if axis < len(t.shape) else 0 for t in parts]
    if sum(sizes) != source.shape[axis]:
        raise scope.refuse(f"parts of {sizes} make {source.shape[axis]} along axis {axis}")
    pieces = np.split(element_numbers(scope, source), np.cumsum(sizes)[:-1], axis=axis)
    for part, piece in zip(parts, pieces, strict=True):
        if part.shape != piece.shape:
            raise scope.refuse(f"the part {part.name!r} has shape {list(part.shape)} instead of {list(piece.shape)}")
    return [mapped_step(scope, source, p, n) for p, n in zip(parts, pieces, strict=True) if scope.is_read(p)]


def lower_unpack(scope: Scope) -> list[Step]:
    """UNPACK: one copy for each slice that anything reads."""
    source, parts = scope.activation(0), scope.outputs()
    axis = scope.axis(scope.option("Axis"), len(source.shape))
    if len(parts) != source.shape[axis]:
        raise scope.refuse(f"{len(parts)} parts of {source.shape[axis]} along axis {axis}")
    numbers = np.moveaxis(element_numbers(scope, source), axis, 0)
    return [mapped_step(scope, source, part, numbers[i : i + 1]) for i, part in enumerate(parts) if scope.is_read(part)]


def lower_pack(scope: Scope) -> list[Step]:
    """PACK: one copy an input, side by side along a new axis."""
    output, count = scope.int8(scope.output), len(scope.operator.inputs)
    axis = scope.axis(scope.option("Axis"), len(output.shape))
    shape = (*output.shape[:axis], *output.shape[axis + 1 :])
    own = row_major(output.shape)
    writes = (*own[:axis], *own[axis + 1 :])
    if output.shape[axis] != count:
        raise scope.refuse(f"{count} inputs make an output of {list(output.shape)} along axis {axis}")
    steps = []
    for number in range(count):
        part = scope.activation(number)
        check_moved(scope, part, output)
        if part.shape != shape:
            raise scope.refuse(f"input {part.name!r} has shape {list(part.shape)} instead of {list(shape)}")
        copy = copy_params(scope, shape, row_major(shape), writes)
        steps.append(copy_step(scope, part, output, copy, output_offset=number * own[axis]))
    return steps


def lower_gather(scope: Scope) -> list[Step]:
    """GATHER by constant indices."""
    source, output = scope.activation(0), scope.int8(scope.output)
    axis = scope.axis(scope.option("Axis"), len(source.shape))
    indices = scope.constant(1, "INT32", "INT64")
    if scope.option("BatchDims") != 0:
        raise scope.refuse("batch dimensions")
    if indices.size > output.elements or (indices < 0).any() or (indices >= source.shape[axis]).any():
        raise scope.refuse(f"indices outside the {source.shape[axis]} elements of axis {axis}")
    return [mapped_step(scope, source, output, element_numbers(scope, source).take(indices, axis=axis))]


def lower_tile(scope: Scope) -> list[Step]:
    """TILE by constant counts."""
    source, output = scope.activation(0), scope.int8(scope.output)
    counts = scope.constant(1, "INT32", "INT64").reshape(-1).tolist()
    expected = tuple(size * count for size, count in zip(source.shape, counts, strict=False))
    if len(counts) != len(source.shape) or min(counts, default=1) < 1 or output.shape != expected:
        raise scope.refuse(f"{list(source.shape)} repeated {counts} times is not {list(output.shape)}")
    # a dimension of 1 that is repeated walks with a stride of 0; others are split in two first
    apart = [n for size, count in zip(source.shape, counts, strict=True) for n in (1, size)]
    whole = [n for size, count in zip(source.shape, counts, strict=True) for n in (count, size)]
    repeated = np.broadcast_to(element_numbers(scope, source).reshape(apart), whole)
    return [mapped_step(scope, source, output, repeated)]


def lower_broadcast_to(scope: Scope) -> list[Step]:
    """BROADCAST_TO: the output's shape says it all."""
    source, output = scope.activation(0), scope.int8(scope.output)
    try:
        repeated = np.broadcast_to(element_numbers(scope, source), output.shape)
    except ValueError:
        raise scope.refuse(f"{list(source.shape)} does not broadcast to {list(output.shape)}") from None
    return [mapped_step(scope, source, output, repeated)]


def lower_reverse(scope: Scope) -> list[Step]:
    """REVERSE_V2 along constant axes."""
    source, output = scope.activation(0), scope.int8(scope.output)
    axes = sorted({scope.axis(int(a), len(source.shape)) for a in scope.constant(1, "INT32").reshape(-1)})
    flipped = np.flip(element_numbers(scope, source), axis=tuple(axes))
    return [mapped_step(scope, source, output, flipped, raw=True)]


def lower_depth_space(scope: Scope) -> list[Step]:
    """DEPTH_TO_SPACE and SPACE_TO_DEPTH of a [1, height, width, channels] tensor."""
    source, output = scope.activation(0), scope.int8(scope.output)
    block = scope.option("BlockSize")
    spread = scope.operator.kind == "DEPTH_TO_SPACE"
    small, large = (source, output) if spread else (output, source)
    height, width, depth = scope.image(small)
    if block < 1 or depth % block**2 or large.shape != (1, height * block, width * block, depth // block**2):
        raise scope.refuse(f"blocks of {block} don't turn {list(source.shape)} into {list(output.shape)}")
    numbers = element_numbers(scope, source)
    if spread:
        apart = numbers.reshape(height, width, block, block, depth // block**2).transpose(0, 2, 1, 3, 4)
    else:
        apart = numbers.reshape(height, block, width, block, large.shape[3]).transpose(0, 2, 1, 3, 4)
    return [mapped_step(scope, source, output, apart)]


def lower_resize_nearest(scope: Scope) -> list[Step]:
    """RESIZE_NEAREST_NEIGHBOR, with the reference's float32 arithmetic (reference/resize_nearest_neighbor.h)."""
    source, output = scope.activation(0), scope.int8(scope.output)
    centers, corners = bool(scope.option("HalfPixelCenters")), bool(scope.option("AlignCorners"))
    rows = _nearest(*_along(scope, source, output, 1), centers=centers, corners=corners)
    columns = _nearest(*_along(scope, source, output, 2), centers=centers, corners=corners)
    numbers = element_numbers(scope, source)
    return [mapped_step(scope, source, output, numbers.take(rows, axis=1).take(columns, axis=2))]


def _along(scope: Scope, source: Tensor, output: Tensor, axis: int) -> tuple[int, int]:
    if scope.image(source)[2] != scope.image(output)[2]:
        raise scope.refuse("input and output have different numbers of channels")
    return source.shape[axis], output.shape[axis]


def _nearest(size: int, wanted: int, *, centers: bool, corners: bool) -> NDArray[np.int64]:
    scale = np.float32(size) / np.float32(wanted)
    if corners and wanted > 1:
        scale = np.float32(size - 1) / np.float32(wanted - 1)
    at = (np.arange(wanted).astype(np.float32) + np.float32(0.5 if centers else 0.0)) * scale
    chosen = np.floor(at + np.float32(0.5)) if corners else np.floor(at)
    places: NDArray[np.int64] = np.clip(chosen.astype(np.int64), 0, size - 1)
    return places
