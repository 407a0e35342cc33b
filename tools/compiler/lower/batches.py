"""Operators on images whose first dimension is not 1: one call for each image."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from nanosmith.tools.compiler.graph import Graph, Tensor
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.step import Alias, Step

_MOST = 256
"""Calls for one operator."""

_Lowering = Callable[[Scope], Sequence[Step | Alias]]


def each_of_batch(lowering: _Lowering) -> _Lowering:
    """`lowering` for one image, repeated over the batch of input 0; constants are shared."""

    def lower(scope: Scope) -> Sequence[Step | Alias]:
        source, output = scope.input(0), scope.output
        if len(source.shape) != 4 or len(output.shape) != 4 or source.shape[0] == 1:
            return lowering(scope)
        count = source.shape[0]
        if output.shape[0] != count or not 1 <= count <= _MOST:
            raise scope.refuse(f"a batch of {count} images becomes {output.shape[0]}; up to {_MOST} are compiled")
        first = replace(scope, graph=_with_one(scope.graph, (source, output)))
        steps = [s for s in lowering(first) if isinstance(s, Step)]
        read, written = source.elements // count, output.elements // count
        return [
            replace(
                step, input_offset=i * read + step.input_offset, output_offset=i * written + step.output_offset,
                overlaps={}, weights=step.weights if i == 0 else 0,
            )
            for i in range(count) for step in steps
        ]  # fmt: skip

    return lower


def _with_one(graph: Graph, tensors: tuple[Tensor, ...]) -> Graph:
    changed = list(graph.tensors)
    for tensor in tensors:
        changed[tensor.index] = replace(tensor, shape=(1, *tensor.shape[1:]))
    return replace(graph, tensors=tuple(changed))
