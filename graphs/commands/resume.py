"""`nanosmith resume` and `nanosmith finish`."""

from typing import Annotated

import typer

from nanosmith.graphs.commands.options import EXIT_STATUS, Json, Plain, RunArgument, find_run, view_mode
from nanosmith.tools.errors import RunBusy


def resume(
    run: RunArgument = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve what waits; questions take their defaults.")] = False,
    plain: Plain = False,
    json: Json = False,
) -> None:
    """Go on with a run after Ctrl-C, kill -9 or power loss; nothing that finished is done again."""
    from nanosmith.graphs.driving import drive_folder

    summary = drive_folder(find_run(run), mode=view_mode(plain=plain, json=json), approves=yes)
    raise typer.Exit(EXIT_STATUS[summary.status])


def finish(run: RunArgument = None, plain: Plain = False, json: Json = False) -> None:
    """End the search and deliver the best firmware so far; a process that drives the run does it at its next step."""
    from nanosmith.graphs.driving import drive_folder
    from nanosmith.graphs.services import FINISH_FILE

    folder = find_run(run)
    (folder / FINISH_FILE).touch()
    try:
        summary = drive_folder(folder, mode=view_mode(plain=plain, json=json))
    except RunBusy as busy:
        typer.echo(f"asked: {busy}; it will deliver the best so far and end")
        return
    raise typer.Exit(EXIT_STATUS[summary.status])
