"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN."""

import numpy as np

from nanosmith.tools.compiler.fixed_point import FixedPointScale
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.quantization import ratio, same_quantization
from nanosmith.tools.compiler.step import Overlap, Step, Struct

_EXTREMA = {"REDUCE_MAX": "ns_reduce_max_s8_run", "REDUCE_MIN": "ns_reduce_min_s8_run"}


def lower_reduction(scope: Scope) -> list[Step]:
    """Reduction over one run of dimensions."""
    kind = scope.operator.kind
    source, output = scope.activation(0), scope.int8(scope.output)
    outer, reduced, inner = _split(scope)
    if output.elements != outer * inner:
        raise scope.refuse(f"the output has {output.elements:,} elements where {outer * inner:,} follow")
    if kind in _EXTREMA and not same_quantization(source, output):
        raise scope.refuse("input and output have different scales")
    scale = ratio(output, source.scale / output.scale)
    if kind == "MEAN":
        scale = _divided(scale, reduced)
    bias = -source.zero_point * reduced
    if abs(bias) + 128 * reduced >= 2**31:
        raise scope.refuse("the sum could pass 32 bits")
    return [Step(
        operator=kind, kernel=_EXTREMA.get(kind, "ns_reduce_sum_s8_run"),
        sources=("ns_reduce_s8",),
        params=Struct("ns_reduce_s8", {
            "outer": outer, "reduced": reduced, "inner": inner, "bias": bias,
            "multiplier": scale.multiplier, "shift": scale.shift, "output_zero_point": output.zero_point,
        }),
        inputs=(source.index,), output=output.index, overlaps={source.index: Overlap()},
    )]  # fmt: skip


def _divided(scale: FixedPointScale, count: int) -> FixedPointScale:
    """The scale with 1 / count in it, as QuantizedMeanOrSum computes it (reference/reduce.h)."""
    shift = min(count.bit_length() - 1, 32, 31 + scale.shift)
    return FixedPointScale((scale.multiplier << shift) // count, scale.shift - shift)


def _split(scope: Scope) -> tuple[int, int, int]:
    """Elements before, within and after the reduced dimensions, which must lie side by side."""
    shape = scope.input(0).shape
    axes = {scope.axis(int(a), len(shape)) for a in scope.constant(1, "INT32").reshape(-1)}
    reduced = sorted(a for a in axes if shape[a] > 1)
    if not reduced:
        return scope.input(0).elements, 1, 1
    between = [d for d in range(reduced[0], reduced[-1]) if d not in axes and shape[d] > 1]
    if between:
        raise scope.refuse(f"axes {sorted(axes)} of shape {list(shape)} don't lie side by side")
    inner = int(np.prod(shape[reduced[-1] + 1 :], dtype=np.int64))
    outer = int(np.prod(shape[: reduced[0]], dtype=np.int64))
    return outer, scope.input(0).elements // (outer * inner), inner
