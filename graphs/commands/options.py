"""Options that several commands share, and what they mean."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from nanosmith.tools.errors import RunNotFound
from nanosmith.tools.specs.base import Status

RUNS_FOLDER = Path("runs")
EXIT_STATUS = {Status.MET: 0, Status.NOT_MET: 3, Status.STOPPED: 130, Status.FAILED: 1, Status.RUNNING: 1}
ViewMode = Literal["auto", "plain", "json"]

Plain = Annotated[bool, typer.Option("--plain", help="One line an event, no live view.")]
Json = Annotated[bool, typer.Option("--json", help="One event a line as JSON on standard output, nothing else.")]
RunArgument = Annotated[
    str | None, typer.Argument(help="Run folder, or its name under ./runs; the latest one if left out.")
]
LlmBaseUrl = Annotated[
    str | None, typer.Option("--llm-base-url", help="OpenAI-compatible endpoint; also NANOSMITH_LLM_BASE_URL.")
]
LlmModel = Annotated[
    str | None, typer.Option("--llm-model", help="Language model to think with; also NANOSMITH_LLM_MODEL.")
]


def view_mode(*, plain: bool, json: bool) -> ViewMode:
    """Which of the views the flags ask for."""
    return "json" if json else "plain" if plain else "auto"


def cache_folder() -> Path:
    """Where tools shared by all runs are built: $XDG_CACHE_HOME/nanosmith or ~/.cache/nanosmith."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nanosmith"


def find_run(name: str | None) -> Path:
    """The folder of a run.

    Raises:
        RunNotFound: No such run, or none at all.

    """
    if name is None:
        known = list_runs()
        if not known:
            raise RunNotFound("there is no run under ./runs yet; `nanosmith run --help` tells how to start one")
        return known[-1]
    for folder in (Path(name), RUNS_FOLDER / name):
        if (folder / "request.json").is_file():
            return folder.resolve()
    raise RunNotFound(f"no run is called {name!r}; `nanosmith runs` lists those under ./runs")


def list_runs() -> list[Path]:
    """Run folders under ./runs, oldest first by number."""
    return sorted(path.parent.resolve() for path in RUNS_FOLDER.glob("*/request.json"))
