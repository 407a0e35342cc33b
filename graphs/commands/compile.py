"""`nanosmith compile`: the compiler alone, on anybody's int8 .tflite."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from nanosmith.graphs.commands.options import cache_folder
from nanosmith.tools.errors import UsageError


def compile_(
    model: Annotated[Path, typer.Argument(help="An int8 .tflite file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the C files.")] = Path("model_c"),
    name: Annotated[str, typer.Option("--name", help="C prefix and file name.")] = "model",
    board: Annotated[
        str | None,
        typer.Option("--board", help="Board whose core the C is for; the default board where left out."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Show what every layer costs, and write <name>_report.html.")
    ] = False,
) -> None:
    """Turn an int8 .tflite into a few C files that need no runtime."""
    from nanosmith.agents.builtin.goal.board_name import default_board
    from nanosmith.graphs.commands.compile_report import report_model
    from nanosmith.tools.compiler import compile_model
    from nanosmith.tools.firmware.boards import find_board, load_boards
    from nanosmith.tools.run_folder import write_atomic

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or name.startswith("ns_"):
        raise UsageError(f"--name {name!r} can't be a C prefix: lower-case letters, digits and _, not ns_")
    if not model.is_file():
        raise UsageError(f"there is no file {model}")
    target = default_board(load_boards()) if board is None else find_board(board)
    compiled = compile_model(model.read_bytes(), name=name, core=target.core)
    for file, text in compiled.files.items():
        write_atomic(out / file, text.encode())
    console = Console(highlight=False)
    console.print(
        Text(
            f"{out}: {len(compiled.files)} files for {target.core}, arena {compiled.arena_bytes:,} B, constants "
            f"{compiled.constant_bytes:,} B, {compiled.macs:,} multiply-accumulates"
        )
    )
    if report:
        report_model(compiled, target.core, out / f"{name}_report.html", cache_folder() / "workbench", console)
