"""`nanosmith doctor`."""

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nanosmith.graphs.commands.options import cache_folder
from nanosmith.tools.errors import NanosmithError
from nanosmith.tools.firmware.doctor import check_tools, slow_start
from nanosmith.tools.sandbox import Sandbox


def doctor() -> None:
    """Say what is installed, what is missing and the command that installs it; exit status 1 if something is."""
    table = Table("", "tool", "found", "needed for", box=None, pad_edge=False)
    remedies = []
    for check in check_tools():
        is_there = check.found is not None
        mark = Text("ok", style="green") if is_there else Text("missing", style="bold red")
        table.add_row(mark, Text(check.name), Text(check.found or "–"), Text(check.needed_for))
        if not is_there:
            remedies.append(check.remedy)
    try:
        Sandbox().verify(cache_folder() / "sandbox-check")
        table.add_row(Text("ok", style="green"), "sandbox", "the real recipe ran", "running generated code")
    except NanosmithError as error:
        table.add_row(Text("missing", style="bold red"), "sandbox", "–", "running generated code")
        remedies.append(str(error))
    console = Console(highlight=False)
    console.print(table)
    for remedy in dict.fromkeys(remedies):
        console.print(Text(f"  try: {remedy}"))
    if (command := slow_start()) is not None:
        console.print(Text(f"  each training would start about 5 s sooner with bytecode: {command}"))
    raise typer.Exit(1 if remedies else 0)
