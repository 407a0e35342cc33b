"""Operators that only move elements, given as the input element that each output element is: copies or a gather."""

import math

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.strides import Strides, merge, row_major
from nanosmith.tools.compiler.quantization import same_quantization
from nanosmith.tools.compiler.step import Constant, Step, Struct

_MAX_MAPPED = 2**20
"""Elements whose places are computed one by one; more do not fit a microcontroller's RAM."""


def element_numbers(scope: Scope, source: Tensor) -> NDArray[np.int64]:
    """0, 1, 2, … in the tensor's shape: rearranged as the operator does, they say where each output comes from.

    Raises:
        UnsupportedOperator: Input or output is larger than any microcontroller's memory.

    """
    outputs = sum(scope.graph.tensors[o].elements for o in scope.operator.outputs)
    if max(source.elements, outputs) > _MAX_MAPPED:
        raise scope.refuse(f"it moves {max(source.elements, outputs):,} elements; at most {_MAX_MAPPED:,} are compiled")
    return np.arange(source.elements, dtype=np.int64).reshape(source.shape)


def mapped_step(scope: Scope, source: Tensor, output: Tensor, places: NDArray[np.int64], *, raw: bool = False) -> Step:
    """One call that copies the input elements `places` into the output, in order.

    Strided loops where the places follow such, else a table of blocks that lie side by side. `raw`: the reference
    copies bytes here whatever the scales, and the converter gives it different ones.

    Raises:
        UnsupportedOperator: The operator would also change scales, or shapes contradict each other.

    """
    if not raw:
        check_moved(scope, source, output)
    if places.size != output.elements:
        raise scope.refuse(f"{places.size:,} elements make an output of {list(output.shape)}")
    copy = _as_loops(places)
    if copy is None:
        return _gather(scope, source, output, places.reshape(-1))
    start, params = copy
    return copy_step(scope, source, output, params, input_offset=start)


def check_moved(scope: Scope, source: Tensor, output: Tensor) -> None:
    """Both are int8 and mean the same numbers by the same bytes.

    Raises:
        UnsupportedOperator: They are not.

    """
    if not same_quantization(scope.int8(source), scope.int8(output)):
        raise scope.refuse(f"{source.name!r} and {output.name!r} have different scales")


def copy_params(scope: Scope, counts: "tuple[int, ...] | list[int]", reads: Strides, writes: Strides) -> Struct:
    """`ns_copy_s8` over the given shape.

    Raises:
        UnsupportedOperator: More than four loops are needed.

    """
    params = _loops(counts, reads, writes)
    if params is None:
        raise scope.refuse("more than four dimensions")
    return params


def copy_step(
    scope: Scope, source: Tensor, output: Tensor, params: Struct, *, output_offset: int = 0, input_offset: int = 0
) -> Step:
    """One call of the copying kernel."""
    return Step(
        operator=scope.operator.kind, kernel="ns_copy_s8_run", sources=("ns_copy_s8",), params=params,
        inputs=(source.index,), output=output.index, output_offset=output_offset, input_offset=input_offset,
    )  # fmt: skip


def _loops(counts: "tuple[int, ...] | list[int]", reads: Strides, writes: Strides) -> Struct | None:
    merged = merge(counts, (reads, writes))
    if merged is None:
        return None
    return Struct("ns_copy_s8", {
        "count": merged[0], "input_stride": merged[1][0], "output_stride": merged[1][1],
    })  # fmt: skip


def _as_loops(places: NDArray[np.int64]) -> tuple[int, Struct] | None:
    """First element and loops, where the places grow evenly along every dimension."""
    if places.size == 0:
        return None
    start = int(places.reshape(-1)[0])
    steps = []
    expected = np.full((1,) * places.ndim, start, dtype=np.int64)
    for axis, count in enumerate(places.shape):
        step = 0
        if count > 1:
            at = [0] * places.ndim
            at[axis] = 1
            step = int(places[tuple(at)]) - start
        along = [1] * places.ndim
        along[axis] = count
        expected = expected + step * np.arange(count, dtype=np.int64).reshape(along)
        steps.append(step)
    if not np.array_equal(expected, places):
        return None
    params = _loops(places.shape, tuple(steps), row_major(places.shape))
    return None if params is None else (start, params)


def _gather(scope: Scope, source: Tensor, output: Tensor, places: NDArray[np.int64]) -> Step:
    block = _block(places)
    table = places[::block] // block
    if len(table) == 0 or int(table.max()) > MAX_DIMENSION or block > MAX_DIMENSION:
        raise scope.refuse("it moves nothing, or blocks that are too many or too large")
    return Step(
        operator=scope.operator.kind, kernel="ns_gather_s8_run", sources=("ns_gather_s8",),
        params=Struct("ns_gather_s8", {
            "blocks": Constant("blocks", "uint16_t", table.astype(np.uint16), f"[{len(table)}] of {block} bytes"),
            "count": len(table), "block": block,
        }),
        inputs=(source.index,), output=output.index,
    )  # fmt: skip


def _block(places: NDArray[np.int64]) -> int:
    """Largest size of blocks that are moved whole and begin at a multiple of it."""
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    block = math.gcd(len(places), *(int(b) for b in np.unique(breaks)))
    return math.gcd(block, *(int(p) for p in np.unique(places[::block])))
