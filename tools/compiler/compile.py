"""int8 .tflite in, C11 out."""

import re
from dataclasses import dataclass

from nanosmith.tools.compiler.emit import EmittedModel, emit_model
from nanosmith.tools.compiler.graph import Graph, keras_layer
from nanosmith.tools.compiler.kernels import kernel_files
from nanosmith.tools.compiler.lower.table import lower
from nanosmith.tools.compiler.memory import Memory, lay_out
from nanosmith.tools.compiler.profiles import DEFAULT_CORE, profile_of
from nanosmith.tools.compiler.read import read_model
from nanosmith.tools.compiler.rewrite import rewrite
from nanosmith.tools.errors import ModelRejected
from nanosmith.tools.specs.board import Core


@dataclass(frozen=True)
class TensorInfo:
    """The model's input or output: int8, real = scale × (q − zero_point)."""

    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclass(frozen=True)
class LayerReport:
    """One kernel call."""

    name: str
    """Of its parameters in the C."""

    operator: str
    layer: str | None
    """Keras layer, where the tensor's name says it."""

    kernel: str
    output_shape: tuple[int, ...]
    macs: int
    weights: int
    constant_bytes: int
    arena_offset: int
    last_used: int
    """Index of the last call that reads the output; the number of calls for the model's own."""

    scratch_bytes: int


@dataclass(frozen=True)
class ArenaBlock:
    """Arena bytes that are held from one kernel call to another, both included."""

    name: str
    offset: int
    size_bytes: int
    first: int
    """Call that writes it; -1 for the model's input."""

    last: int
    """Last call that reads it; the number of calls for the model's output."""

    is_scratch: bool


@dataclass(frozen=True)
class CompiledModel:
    """C files and what they cost."""

    name: str
    files: dict[str, str]
    """File name → text: `<name>.c`, `<name>.h` and the kernels used."""

    arena_bytes: int
    """RAM for activations, input and output included."""

    arena_lower_bound: int
    """What no plan could pass below."""

    constant_bytes: int
    """Weights, biases, multipliers and tables in flash."""

    macs: int
    weights: int
    """Trained int8 weights, as the file has them."""

    operators: tuple[str, ...]
    """TFLite operators, one a kernel call, in execution order."""

    input: TensorInfo
    input_offset: int
    """Of the input in the arena."""

    input_last_used: int
    """Index of the last call that reads the input."""

    output: TensorInfo
    output_offset: int
    """Of the output in the arena."""

    float_input: bool
    """Whether the file takes floats; the C takes what `<name>_quantize_input` makes of them."""

    float_output: bool
    layers: tuple[LayerReport, ...]
    blocks: tuple[ArenaBlock, ...]
    """Everything in the arena, scratch memory last."""


def compile_model(blob: bytes, *, name: str = "model", core: Core = DEFAULT_CORE) -> CompiledModel:
    """Compile a .tflite file.

    Args:
        blob: The file's bytes; may be damaged or hostile.
        name: C prefix and file name of what comes out.
        core: What the kernels and the order of the weights are chosen for; the answers are the same bytes.

    Raises:
        ModelRejected: Damaged, too large, or not int8 with one input and one output.
        UnsupportedOperator: An operator, or a use of one, that no kernel covers.
        ValueError: `name` is no C identifier in lower case.

    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or name.startswith("ns_"):
        raise ValueError(f"{name!r} can't be a C prefix: lower-case letters, digits and _, not ns_")
    graph = rewrite(read_model(blob))
    for index in (graph.input, graph.output):
        _require_int8(graph, index)
    memory = lay_out(graph, lower(graph, profile_of(core)))
    emitted = emit_model(graph, memory, blob, name, core)
    kernels = kernel_files({s for step in memory.steps for s in step.sources})
    return CompiledModel(
        name=name,
        files={f"{name}.c": emitted.source, f"{name}.h": emitted.header, **kernels},
        arena_bytes=max(memory.plan.total_bytes, 4),
        arena_lower_bound=memory.plan.lower_bound,
        constant_bytes=emitted.constant_bytes,
        macs=sum(s.macs for s in memory.steps),
        weights=sum(s.weights for s in memory.steps),
        operators=tuple(s.operator for s in memory.steps),
        input=_info(graph, graph.input),
        input_offset=memory.offsets[memory.root(graph.input)],
        input_last_used=memory.last[memory.root(graph.input)],
        output=_info(graph, graph.output),
        output_offset=memory.offsets[memory.root(graph.output)],
        float_input=graph.float_input,
        float_output=graph.float_output,
        layers=_reports(graph, memory, emitted),
        blocks=_blocks(memory),
    )


def model_edges(blob: bytes) -> tuple[TensorInfo, TensorInfo]:
    """Input and output of a model, float edges taken off.

    Raises:
        ModelRejected: Damaged, or an edge is not int8.

    """
    graph = read_model(blob)
    for index in (graph.input, graph.output):
        _require_int8(graph, index)
    return _info(graph, graph.input), _info(graph, graph.output)


def _require_int8(graph: Graph, index: int) -> None:
    tensor = graph.tensors[index]
    if tensor.dtype != "INT8" or len(tensor.scales) != 1:
        raise ModelRejected(
            f"tensor {tensor.name!r} at the model's edge is {tensor.dtype}; int8 with one scale is compiled"
        )


def _info(graph: Graph, index: int) -> TensorInfo:
    tensor = graph.tensors[index]
    return TensorInfo(tensor.shape, tensor.scale, tensor.zero_point)


def _blocks(memory: Memory) -> tuple[ArenaBlock, ...]:
    tensors = len(memory.blocks) - len(memory.scratch)
    return tuple(
        ArenaBlock(block.name, offset, block.size, block.first, block.last, is_scratch=i >= tensors)
        for i, (block, offset) in enumerate(zip(memory.blocks, memory.plan.offsets, strict=True))
    )


def _reports(graph: Graph, memory: Memory, emitted: EmittedModel) -> tuple[LayerReport, ...]:
    return tuple(
        LayerReport(
            name=emitted.names[i], operator=step.operator, layer=keras_layer(graph.tensors[step.output].name),
            kernel=step.kernel, output_shape=graph.tensors[step.output].shape, macs=step.macs, weights=step.weights,
            constant_bytes=emitted.layer_constant_bytes[i],
            arena_offset=memory.offsets[memory.root(step.output)] + step.output_offset,
            last_used=memory.last[memory.root(step.output)], scratch_bytes=step.scratch_bytes,
        )
        for i, step in enumerate(memory.steps)
    )  # fmt: skip
