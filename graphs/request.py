"""What the user asked for: written once when a run is made, read by every resume."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from nanosmith.graphs.state import GRAPH_VERSION
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import RunBusy, RunIncompatible, RunNotFound
from nanosmith.tools.run_folder import parse_record, write_atomic
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.device_spec import Limits

REQUEST_FILE = "request.json"


class RunRequest(Record):
    """One `nanosmith run` command."""

    run: str
    """The run's name; LangGraph's `thread_id`."""

    goal: str
    data: str
    """Absolute path of the recordings."""

    board: str | None = None
    limits: Limits = Limits()
    mind: str
    """Name of the mind that began it; a run never changes minds silently."""

    llm_base_url: str | None = None
    llm_model: str | None = None
    """None: the built-in engineer."""

    sandboxed: bool = True
    approve: tuple[Literal["plan", "firmware"], ...] = ()
    """What the user wants to see before the run goes on."""

    asks: bool = True
    """False: `--yes`, questions are left to their stated defaults."""

    record: str | None = None
    """Absolute path of a file that keeps every exchange with the language model."""

    replay: str | None = None
    """Absolute path of a recording that answers instead of a language model."""

    graph_version: int = GRAPH_VERSION
    version: str = version("nanosmith")


class _MadeBy(BaseModel):
    """What every version's request says."""

    graph_version: int
    version: str


def save_request(folder: Path, request: RunRequest) -> None:
    """Make the run folder."""
    write_atomic(folder / REQUEST_FILE, (request.model_dump_json(indent=1) + "\n").encode())


def load_request(folder: Path) -> RunRequest:
    """The request of an existing run.

    Raises:
        RunNotFound: No run there.
        RunIncompatible: Its graph is not this version's.

    """
    path = folder / REQUEST_FILE
    if not path.is_file():
        raise RunNotFound(f"{folder} holds no run; `nanosmith runs` lists them")
    content = path.read_bytes()
    made_by = parse_record(content, _MadeBy)  # first: another version's request may hold what this one does not know
    if made_by.graph_version != GRAPH_VERSION:
        name = clean_line(made_by.version, limit=40)
        raise RunIncompatible(
            f"the run was made by Nanosmith {name} (graph {made_by.graph_version}); this is graph {GRAPH_VERSION}. "
            f"`pip install nanosmith=={name}` can go on with it"
        )
    return parse_record(content, RunRequest)


@contextmanager
def hold_run(folder: Path) -> Iterator[None]:
    """Keep every other process from driving this run; the kernel lets go when the holder dies, however it dies.

    Raises:
        RunBusy: Another process holds it; names its process id.

    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", errors="replace").strip() or "unknown"
            raise RunBusy(f"process {holder} is driving the run in {folder}; wait for it, or stop it first") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
