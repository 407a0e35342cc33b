"""`nanosmith data`: what is in a folder of recordings, before anything is planned."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nanosmith.graphs.trace_text import line


def data(
    folder: Annotated[Path, typer.Argument(help="Folder of recordings, or one .npz or .csv.")],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("data.html"),
    number: Annotated[
        bool, typer.Option("--number", help="For a goal that asks for a number: recordings need no class.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, where the data marks none.")] = 1,
) -> None:
    """Show what a folder of recordings holds, what is wrong with it and a few windows of each class."""
    from nanosmith.graphs.recordings import read_recordings
    from nanosmith.graphs.trace_data import render_data
    from nanosmith.tools.data.survey import survey
    from nanosmith.tools.report.examples import channel_legend, pick_examples
    from nanosmith.tools.report.page import render_data_page
    from nanosmith.tools.run_folder import write_atomic
    from nanosmith.tools.specs.report import DataPage

    console = Console(highlight=False)
    with console.status("reading the recordings"):
        parts = read_recordings(folder.resolve(), seed=seed, number_wanted=number)
    with console.status("profiling the open part, looking for leaks"):
        found = survey(parts.open, parts.sealed, parts.split_source, seed=seed, number_wanted=number)
    examples = pick_examples(found.windows.windows, found.windows.labels, found.windows.classes)
    page = DataPage(
        source=folder.resolve().name, profile=found.profile, baseline=found.baseline, no_baseline=found.no_baseline,
        examples=examples, lanes=channel_legend(parts.open.channels, examples),
    )  # fmt: skip
    write_atomic(out, render_data_page(page).encode())
    console.print(render_data(page))
    console.print(line("  page: ", (str(out), "bold")))
