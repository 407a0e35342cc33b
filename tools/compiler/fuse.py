"""Element-wise operators that together depend on one int8 tensor become one table of 256 answers.

So SiLU (LOGISTIC, MUL) costs one look-up, and what the converter leaves in float (DEQUANTIZE, ELU, QUANTIZE) or in
comparisons (GREATER, SELECT) needs no kernel of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.graph import Graph, Operator
from nanosmith.tools.compiler.lookup import LOOKUP_OPERATORS
from nanosmith.tools.compiler.one_tensor import EVALUATED, Values, evaluate
from nanosmith.tools.errors import ModelRejected

_LONGEST = 32
"""Operators in one table."""

_WORTHWHILE = 64
"""Elements from which on a table of 256 bytes is used for one operator with a constant."""


def fuse(graph: Graph) -> Graph:
    """The graph with tables in place of such chains."""
    links = _Links.of(graph)
    gone: set[int] = set()
    tables: dict[int, Operator] = {}
    for position in range(len(graph.operators) - 1, -1, -1):
        if position in gone or position in tables:
            continue
        chain = _chain(graph, links, position)
        table = _table(graph, chain) if chain else None
        if table is not None:
            tables[position] = table
            gone.update(p for p in chain if p != position)
    kept = [tables.get(p, o) for p, o in enumerate(graph.operators) if p not in gone]
    return replace(graph, operators=tuple(kept))


@dataclass(frozen=True)
class _Links:
    """Who computes and who reads a tensor, by position in the list of operators."""

    writers: Mapping[int, int]
    readers: Mapping[int, frozenset[int]]

    @classmethod
    def of(cls, graph: Graph) -> "_Links":
        readers: dict[int, set[int]] = {graph.output: {-1}}
        for position, operator in enumerate(graph.operators):
            for tensor in operator.inputs:
                readers.setdefault(tensor, set()).add(position)
        writers = {t: position for position, o in enumerate(graph.operators) for t in o.outputs}
        return cls(writers, {t: frozenset(p) for t, p in readers.items()})


def _chain(graph: Graph, links: _Links, last: int) -> list[int]:
    """The longest chain that ends at `last` and begins at one int8 tensor; empty where there is none."""
    if not _may_join(graph, last) or graph.tensors[graph.operators[last].outputs[0]].dtype != "INT8":
        return []
    members, best = {last}, list[int]()
    while True:
        outside = _computed_inputs(graph, members)
        if len(outside) == 1 and _is_root(graph, next(iter(outside))):
            best = sorted(members)
        inner = [links.writers[t] for t in outside if t in links.writers and links.readers[t] <= members]
        joining = max((p for p in inner if _may_join(graph, p)), default=None)
        if joining is None or len(members) >= _LONGEST:
            break
        members.add(joining)
    return best if _pays(graph, best) else []


def _pays(graph: Graph, chain: list[int]) -> bool:
    kinds = {graph.operators[p].kind for p in chain} - {"RESHAPE"}
    if len(chain) != 1:
        return len(chain) > 1 and bool(kinds)
    operator = graph.operators[chain[0]]
    plain = operator.kind in LOOKUP_OPERATORS or operator.kind == "RESHAPE"
    return not plain and graph.tensors[operator.outputs[0]].elements >= _WORTHWHILE


def _may_join(graph: Graph, position: int) -> bool:
    operator = graph.operators[position]
    if operator.kind not in EVALUATED or len(operator.outputs) != 1 or min(operator.inputs, default=-1) < 0:
        return False
    elements = graph.tensors[operator.outputs[0]].elements
    for tensor in (graph.tensors[t] for t in operator.inputs):
        if tensor.values is None and tensor.elements != elements:
            return False
        if tensor.values is not None and tensor.elements != 1:
            return False
    return True


def _computed_inputs(graph: Graph, members: set[int]) -> set[int]:
    inside = {graph.operators[p].outputs[0] for p in members}
    read = {t for p in members for t in graph.operators[p].inputs}
    return {t for t in read - inside if graph.tensors[t].values is None}


def _is_root(graph: Graph, tensor: int) -> bool:
    root = graph.tensors[tensor]
    return root.dtype == "INT8" and len(root.scales) == 1 and not root.is_state


def _table(graph: Graph, chain: list[int]) -> Operator | None:
    """One operator that answers as the chain does; None where it can't be computed here."""
    (root,) = _computed_inputs(graph, set(chain))
    known: dict[int, Values] = {root: np.arange(-128, 128, dtype=np.int64)}
    for position in chain:
        operator = graph.operators[position]
        values = [known[t] if t in known else _scalar(graph, t) for t in operator.inputs]
        tensors = [graph.tensors[t] for t in operator.inputs]
        try:
            answers = evaluate(operator, tensors, graph.tensors[operator.outputs[0]], values)
        except (ValueError, ModelRejected):
            return None
        if answers is None:
            return None
        known[operator.outputs[0]] = answers
    last = graph.operators[chain[-1]]
    kinds = dict.fromkeys(graph.operators[p].kind for p in chain if graph.operators[p].kind != "RESHAPE")
    table = tuple(int(a) for a in np.broadcast_to(known[last.outputs[0]], (256,)))
    return Operator(last.index, "+".join(kinds), (root,), last.outputs, {"Answers": table})


def _scalar(graph: Graph, tensor: int) -> NDArray[np.generic]:
    values = graph.tensors[tensor].values
    if values is None:
        raise ValueError("not a constant")
    return values.reshape(-1)
