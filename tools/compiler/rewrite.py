"""Graph rewrites that change no output byte: dead operators go, chains on one tensor become tables, padding joins."""

from dataclasses import replace

from nanosmith.tools.compiler.fuse import fuse
from nanosmith.tools.compiler.graph import Graph, Operator
from nanosmith.tools.compiler.late_floats import dequantize_late
from nanosmith.tools.compiler.quantization import same_quantization

_SHAPE_INPUTS = {"RESHAPE": (0,), "SQUEEZE": (0,), "EXPAND_DIMS": (0,), "BROADCAST_TO": (0,),
                 "TRANSPOSE_CONV": (1, 2, 3), "RESIZE_BILINEAR": (0,), "RESIZE_NEAREST_NEIGHBOR": (0,)}  # fmt: skip
"""Operators whose other inputs only say a shape, which the output tensor says too."""

_VALID = 1


def rewrite(graph: Graph) -> Graph:
    """The graph that is lowered."""
    return _join_padding(fuse(_without_dead(dequantize_late(_without_dead(_without_shape_inputs(graph))))))


def _without_shape_inputs(graph: Graph) -> Graph:
    """SHAPE → STRIDED_SLICE → PACK chains that compute a RESHAPE's fixed shape lose their only reader."""
    operators = tuple(
        replace(o, inputs=tuple(o.inputs[i] if i in _SHAPE_INPUTS[o.kind] else -1 for i in range(len(o.inputs))))
        if o.kind in _SHAPE_INPUTS
        else o
        for o in graph.operators
    )
    return replace(graph, operators=operators)


def _without_dead(graph: Graph) -> Graph:
    needed = {graph.output}
    kept: list[Operator] = []
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            needed.update(i for i in operator.inputs if i >= 0)
            kept.append(operator)
    return replace(graph, operators=tuple(reversed(kept)))


def _join_padding(graph: Graph) -> Graph:
    operators = list(graph.operators)
    for pad in graph.operators:
        pads = _joinable(graph, pad)
        readers = [o for o in graph.operators if pad.outputs[0] in o.inputs]
        if pads is None or pad.outputs[0] == graph.output or not all(_takes_padding(o, pad) for o in readers):
            continue
        for reader in readers:
            options = {**reader.options, "ExplicitPads": pads}
            joined = replace(reader, inputs=(pad.inputs[0], *reader.inputs[1:]), options=options)
            operators[operators.index(reader)] = joined
        operators.remove(pad)
    return replace(graph, operators=tuple(operators))


def _takes_padding(operator: Operator, pad: Operator) -> bool:
    convolution = operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D")
    return convolution and operator.options["Padding"] == _VALID and operator.inputs[0] == pad.outputs[0]


def _joinable(graph: Graph, pad: Operator) -> tuple[int, int, int, int] | None:
    """(top, bottom, left, right) of a PAD that fills height and width with the real number 0."""
    if pad.kind not in ("PAD", "PADV2") or len(pad.inputs) < 2 or min(pad.inputs) < 0:
        return None
    source, output, paddings = (graph.tensors[i] for i in (pad.inputs[0], pad.outputs[0], pad.inputs[1]))
    if paddings.values is None or paddings.shape != (4, 2) or not same_quantization(source, output):
        return None
    if len(source.shape) != 4 or source.dtype != "INT8":
        return None
    if pad.kind == "PADV2":
        filler = graph.tensors[pad.inputs[2]].values if len(pad.inputs) > 2 else None
        if filler is None or filler.size != 1 or int(filler.reshape(-1)[0]) != output.zero_point:
            return None
    rows = [[int(v) for v in row] for row in paddings.values.tolist()]
    if any(rows[0]) or any(rows[3]) or min(min(r) for r in rows) < 0:
        return None
    padded = tuple(size + sum(row) for size, row in zip(source.shape, rows, strict=True))
    return (*rows[1], *rows[2]) if padded == output.shape else None  # type: ignore[return-value]
