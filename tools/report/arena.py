"""The arena of a compiled model over its kernel calls: as rows for the page's picture, and as text for a terminal."""

from math import prod

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.compiler.compile import ArenaBlock, CompiledModel
from nanosmith.tools.specs.report import ReportLayer

_FREE, _HELD, _WRITTEN, _BOTH, _SCRATCH = ".", "=", "#", "%", "~"
LEGEND = f"{_WRITTEN} written by the call   {_HELD} held   {_BOTH} both   {_SCRATCH} scratch   {_FREE} free"


def arena_layers(compiled: CompiledModel) -> tuple[ReportLayer, ...]:
    """The input and every call's output; steps count from the input on."""
    given = ReportLayer(
        name="input", op="INPUT", shape=compiled.input.shape, offset=compiled.input_offset,
        size_bytes=prod(compiled.input.shape), last_used=compiled.input_last_used + 1,
    )  # fmt: skip
    return (
        given,
        *(
            ReportLayer(
                name=layer.layer or layer.name, op=layer.operator, shape=layer.output_shape,
                offset=layer.arena_offset, size_bytes=prod(layer.output_shape), last_used=layer.last_used + 1,
                constant_bytes=layer.constant_bytes, macs=layer.macs,
            )
            for layer in compiled.layers
        ),
    )  # fmt: skip


def arena_text(compiled: CompiledModel, width: int = 64) -> tuple[str, ...]:
    """A line a kernel call, of `width` cells for the arena's bytes, in ASCII; `LEGEND` explains the signs."""
    total = compiled.arena_bytes
    lines = [f"{'':28} 0{f'{total:,} B':>{width - 1}}"]
    for call, layer in enumerate(compiled.layers):
        cells = [_cell(compiled, call, total * i // width, max(total * i // width + 1, total * (i + 1) // width))
                 for i in range(width)]  # fmt: skip
        lines.append(f"{call:>3} {clean_line(layer.operator, limit=24):24} {''.join(cells)}")
    return tuple(lines)


def _cell(compiled: CompiledModel, call: int, begin: int, end: int) -> str:
    blocks = [
        b for b in compiled.blocks if b.first <= call <= b.last and b.offset < end and begin < b.offset + b.size_bytes
    ]
    if any(b.is_scratch for b in blocks):
        return _SCRATCH
    targets = _written(compiled, call)
    written = any(b in targets for b in blocks)
    held = any(b not in targets for b in blocks)
    return _BOTH if written and held else _WRITTEN if written else _HELD if held else _FREE


def _written(compiled: CompiledModel, call: int) -> list[ArenaBlock]:
    """What begins with a call; for one that only writes a further part (concatenation), what that part lies in."""
    alive = [b for b in compiled.blocks if b.first <= call <= b.last and not b.is_scratch]
    at = compiled.layers[call].arena_offset
    return [b for b in alive if b.first == call] or [b for b in alive if b.offset <= at < b.offset + b.size_bytes]
