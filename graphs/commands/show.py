"""`nanosmith runs` and `nanosmith show`."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nanosmith.graphs.commands.options import Json, Plain, RunArgument, find_run, list_runs, view_mode
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import RunError
from nanosmith.tools.run_folder import parse_record
from nanosmith.tools.specs.run import RunSummary


def runs() -> None:
    """List the runs under ./runs and where each stands."""
    table = Table("run", "status", "score", "flash", "RAM", "goal", box=None, pad_edge=False)
    for folder in list_runs():
        table.add_row(*_row(folder.name, folder / "run.json"))
    console = Console(highlight=False)
    console.print(table if table.row_count else Text("no runs yet; `nanosmith run --help` tells how to start one"))


def show(run: RunArgument = None, plain: Plain = False, json: Json = False) -> None:
    """Show the trace of a run again."""
    from nanosmith.graphs.journal import Journal
    from nanosmith.graphs.trace import open_view

    view = open_view(view_mode(plain=plain, json=json), Console(highlight=False))
    try:
        for event in Journal(find_run(run)).read():
            view.show(event)
    finally:
        view.close()


def _row(name: str, file: Path) -> tuple[Text, ...]:
    try:
        summary = parse_record(file.read_bytes(), RunSummary)
    except (FileNotFoundError, RunError):
        return (Text(name), Text("not started"), *[Text("–")] * 4)
    scores = (
        [m.value for m in summary.test.metrics if summary.spec and m.name == summary.spec.metric]
        if summary.test
        else []
    )
    device = summary.device
    cells = (
        name, summary.status.value, f"{scores[0]:.3f}" if scores else "–",
        f"{device.flash_bytes:,}" if device else "–", f"{device.ram_bytes:,}" if device else "–",
        clean_line(summary.goal, limit=60),
    )  # fmt: skip
    return tuple(Text(cell) for cell in cells)
