"""From kernel calls to memory: which tensors are one block, how long each lives, where it goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nanosmith.tools.compiler.arena import ALIGNMENT, Block, Plan, Sharing, plan_arena
from nanosmith.tools.compiler.graph import Graph
from nanosmith.tools.compiler.lower.strides import MAX_LOOPS
from nanosmith.tools.compiler.step import Alias, Overlap, Step, Struct
from nanosmith.tools.errors import ModelRejected

_STATE_BYTES = {"INT8": 1, "INT16": 2}


@dataclass(frozen=True)
class StateRegion:
    """A tensor that outlives a run."""

    offset: int
    size: int
    """Bytes."""

    fill: int
    """Byte that it begins with: the real number 0."""


@dataclass(frozen=True)
class Memory:
    """Arena offsets by tensor and by call."""

    steps: tuple[Step, ...]
    roots: dict[int, int]
    """Tensor → the tensor whose memory it is."""

    offsets: dict[int, int]
    """Root tensor → byte offset in the arena."""

    scratch: dict[int, int]
    """Call → byte offset of its scratch memory."""

    last: dict[int, int]
    """Root tensor → last call that reads it; the number of calls for the model's output."""

    blocks: tuple[Block, ...]
    plan: Plan
    states: dict[int, "StateRegion"]
    """Tensor → where it is kept, behind everything that a run needs only while it runs."""

    @property
    def state_bytes(self) -> int:
        """Bytes of the arena that outlive a run."""
        return sum(-(-region.size // ALIGNMENT) * ALIGNMENT for region in self.states.values())

    @property
    def total_bytes(self) -> int:
        """Size of the arena."""
        return max(self.plan.total_bytes + self.state_bytes, ALIGNMENT)

    def root(self, tensor: int) -> int:
        """The tensor whose memory `tensor` is."""
        return self.roots.get(tensor, tensor)


def lay_out(graph: Graph, lowered: Sequence[Step | Alias]) -> Memory:
    """Plans the arena.

    Raises:
        ModelRejected: The model computes nothing.

    """
    steps, roots = _resolve(graph, lowered)

    def root_of(tensor: int) -> int:
        return roots.get(tensor, tensor)

    if not steps:
        raise ModelRejected("the model computes nothing")
    first: dict[int, int] = {root_of(graph.input): -1}
    last: dict[int, int] = {root_of(graph.input): -1}
    for call, step in enumerate(steps):
        first.setdefault(root_of(step.output), call)
        last[root_of(step.output)] = max(call, last.get(root_of(step.output), call))
        for tensor in step.inputs:
            if graph.tensors[root_of(tensor)].values is None:
                last[root_of(tensor)] = call
    last[root_of(graph.output)] = len(steps)
    tensors = sorted(first)
    blocks = [Block(graph.tensors[t].name, graph.tensors[t].elements, first[t], last[t]) for t in tensors]
    number = {t: i for i, t in enumerate(tensors)}
    sharings = [
        Sharing(number[source], number[root_of(step.output)], overlap)
        for call, step in enumerate(steps)
        for source, overlap in _shared(step, root_of, call, first, last)
    ]
    with_scratch = [call for call, step in enumerate(steps) if step.scratch_bytes]
    blocks += [Block(f"scratch of call {c}", steps[c].scratch_bytes, c, c) for c in with_scratch]
    plan = plan_arena(blocks, sharings)
    return Memory(
        tuple(steps), roots, {t: plan.offsets[number[t]] for t in tensors},
        {c: plan.offsets[len(tensors) + i] for i, c in enumerate(with_scratch)}, last, tuple(blocks), plan,
        _place_states(graph, steps, plan.total_bytes),
    )  # fmt: skip


def _place_states(graph: Graph, steps: Sequence[Step], offset: int) -> dict[int, StateRegion]:
    """Regions side by side, in the order in which the calls use them."""
    regions: dict[int, StateRegion] = {}
    for tensor in (graph.tensors[t] for step in steps for t in step.states):
        if tensor.index in regions:
            raise ModelRejected(f"two operators share the state {tensor.name!r}")
        size = tensor.elements * _STATE_BYTES[tensor.dtype]
        regions[tensor.index] = StateRegion(offset, size, tensor.zero_point & 0xFF)
        offset += -(-size // ALIGNMENT) * ALIGNMENT
    return regions


def _resolve(graph: Graph, lowered: Sequence[Step | Alias]) -> tuple[list[Step], dict[int, int]]:
    """Aliases become roots; an output that is only the input, or a constant, by another name is copied."""
    roots: dict[int, int] = {}
    steps: list[Step] = []
    for entry in lowered:
        if isinstance(entry, Step):
            steps.append(entry)
            continue
        source = roots.get(entry.source, entry.source)
        fixed = source == graph.input or graph.tensors[source].values is not None
        if entry.output == graph.output and fixed:
            steps.append(_copy(entry, source, graph.tensors[source].elements))
        else:
            roots[entry.output] = source
    return steps, roots


def _copy(alias: Alias, source: int, elements: int) -> Step:
    ones = (1,) * (MAX_LOOPS - 1)
    params = Struct("ns_copy_s8", {
        "count": (*ones, elements), "input_stride": (*ones, 1), "output_stride": (*ones, 1),
    })  # fmt: skip
    return Step(alias.operator, "ns_copy_s8_run", ("ns_copy_s8",), params, (source,), alias.output)


def _shared(
    step: Step, root_of: Callable[[int], int], call: int, first: dict[int, int], last: dict[int, int]
) -> list[tuple[int, Overlap]]:
    """Inputs that nobody reads after this call and that its output, first written here, may overlap."""
    target = root_of(step.output)
    if first[target] != call:
        return []
    allowed = []
    for source in sorted({root_of(t) for t in step.inputs}):
        rules = {step.overlaps.get(t) for t in step.inputs if root_of(t) == source}
        rule = rules.pop()
        if not rules and rule is not None and last.get(source) == call and source != target:
            allowed.append((source, rule))
    return allowed
