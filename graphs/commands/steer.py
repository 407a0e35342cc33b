"""`nanosmith steer`: a note to the agents of a run under way."""

from typing import Annotated

import typer

from nanosmith.graphs.commands.options import find_run


def steer(
    run: Annotated[str, typer.Argument(help="Run folder, or its name under ./runs.")],
    note: Annotated[str, typer.Argument(help="What the agents should try or mind, in a sentence.")],
) -> None:
    """Leave a note for a run; the next brief of every agent carries it."""
    from nanosmith.graphs.steering import leave_note
    from nanosmith.tools.errors import RunError
    from nanosmith.tools.run_folder import parse_record
    from nanosmith.tools.specs.base import Status
    from nanosmith.tools.specs.run import RunSummary

    folder = find_run(run)
    summary = folder / "run.json"
    if summary.is_file():
        status = parse_record(summary.read_bytes(), RunSummary).status
        if status in (Status.MET, Status.NOT_MET):
            raise RunError(f"the run in {folder} has ended ({status.value}); start a new one with the wish in its goal")
    typer.echo(f"noted for {folder.name}: {leave_note(folder, note)}")
