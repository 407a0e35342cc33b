"""`events.jsonl`, and what a run has spent: written as the run goes, read by `show` and by every resume."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from nanosmith.graphs.events import EVENT, Event
from nanosmith.tools.append_line import append_line
from nanosmith.tools.run_folder import parse_record, write_atomic
from nanosmith.tools.specs.base import Record, Seconds
from nanosmith.tools.specs.run import Usage

_LINE_LIMIT_BYTES = 4 * 2**20


class TimedEvent(Record):
    """One line of the trace."""

    at_s: Seconds
    """Wall time of the run when it happened, resumes added up."""

    event: Event


@dataclass(frozen=True)
class Journal:
    """The trace of one run on disk."""

    folder: Path

    @property
    def path(self) -> Path:
        """One `TimedEvent` a line."""
        return self.folder / "events.jsonl"

    def append(self, event: Event, at_s: float) -> None:
        """Add one line; a line cut short by a kill is skipped by `read`."""
        append_line(self.path, TimedEvent(at_s=round(at_s, 2), event=event).model_dump_json().encode())

    def read(self) -> Iterator[Event]:
        """Every event so far, in order; damaged lines are skipped."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as stream:
            for line in stream:
                try:
                    yield EVENT.validate_python(TimedEvent.model_validate_json(line[:_LINE_LIMIT_BYTES]).event)
                except ValidationError:
                    continue

    def save_usage(self, usage: Usage) -> None:
        """Keep what was spent for the next process."""
        write_atomic(self.folder / "usage.json", usage.model_dump_json().encode() + b"\n")

    def load_usage(self) -> Usage:
        """What earlier processes of this run spent."""
        path = self.folder / "usage.json"
        return parse_record(path.read_bytes(), Usage) if path.is_file() else Usage()
