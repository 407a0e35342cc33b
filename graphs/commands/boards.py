"""`nanosmith boards`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nanosmith.tools.firmware.boards import HOW_TO_ADD, load_boards


def boards(
    how_to_add: Annotated[bool, typer.Option("--how-to-add", help="Show how to add a board of your own.")] = False,
) -> None:
    """List the boards that firmware can be built and proven for."""
    console = Console(highlight=False)
    if how_to_add:
        console.print(Text(HOW_TO_ADD))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    for heading in ("name", "core", "clock", "flash", "RAM", "emulated by"):
        table.add_column(heading)
    for board in load_boards():
        emulation = board.emulation
        table.add_row(
            board.id, board.name, board.core, f"{board.clock_hz / 1e6:g} MHz", f"{board.flash_bytes // 1024} KiB",
            f"{board.ram_bytes // 1024} KiB",
            "–" if emulation is None else emulation.machine + ("" if emulation.is_exact else " (same core)"),
        )  # fmt: skip
    console.print(table)
