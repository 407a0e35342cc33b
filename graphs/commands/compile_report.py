"""`nanosmith compile --report`: what every layer of a compiled model costs, on the terminal and as a page."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.compiler import CompiledModel
from nanosmith.tools.report.arena import LEGEND, arena_text
from nanosmith.tools.report.model_page import render_model_page
from nanosmith.tools.run_folder import write_atomic
from nanosmith.tools.specs.board import Core
from nanosmith.tools.workbench.cost import ModelCost, model_cost

_TABLE_WIDTH = 132


def report_model(compiled: CompiledModel, core: Core, page: Path, cache: Path, console: Console) -> None:
    """Measure, print, and write the page.

    Raises:
        CommandFailed: The C does not compile for the core.
        FirmwareFailed: It crashed on the emulated core.

    """
    with console.status(f"building for {core} and counting in QEMU", spinner="line"):
        cost = model_cost(compiled, core, cache)
    # A table that is folded into 80 columns can't be read; a terminal wraps its lines.
    Console(highlight=False, width=max(console.width, _TABLE_WIDTH)).print(_table(compiled, cost))
    _say(console, "")
    for line in (*arena_text(compiled), f"{'':28} {LEGEND}", "", *_totals(compiled, cost)):
        _say(console, line)
    title = f"{compiled.name} for {core}"
    write_atomic(page, render_model_page(compiled, cost, title).encode())
    _say(console, f"page: {page}")


def _say(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)


def _table(compiled: CompiledModel, cost: ModelCost) -> Table:
    table = Table(
        "call", "layer", "operator", "shape", "MACs", "weights", "constants", "arena at", "until", "scratch",
        "instructions", box=None, pad_edge=False,
    )  # fmt: skip
    for call, layer in enumerate(compiled.layers):
        table.add_row(
            str(call), Text(clean_line(layer.layer or layer.name, limit=40)), layer.operator,
            "x".join(map(str, layer.output_shape)), f"{layer.macs:,}", f"{layer.weights:,}",
            f"{layer.constant_bytes:,}", f"{layer.arena_offset:,}",
            "end" if layer.last_used >= len(compiled.layers) else f"call {layer.last_used}",
            f"{layer.scratch_bytes:,}", f"{cost.layers[call]:,}" if cost.layers else "-",
        )  # fmt: skip
    return table


def _totals(compiled: CompiledModel, cost: ModelCost) -> list[str]:
    gap = 100 * (compiled.arena_bytes / max(1, compiled.arena_lower_bound) - 1)
    told = [f"arena {compiled.arena_bytes:,} B, lower bound {compiled.arena_lower_bound:,} B ({gap:.1f} % above)"]
    if cost.measured is None or cost.small is None:
        return [*told, f"instructions, flash and stack were not measured: {cost.missing}"]
    return [
        *told,
        f"{cost.measured.instructions:,} instructions an inference on the emulated {cost.core} at -O2",
        f"flash {cost.measured.flash_bytes:,} B with constants",
        f"built for size (-Os): {cost.small.instructions:,} instructions, flash {cost.small.flash_bytes:,} B",
        f"stack {cost.stack_text}",
    ]
