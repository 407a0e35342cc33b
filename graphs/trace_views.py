"""Where the trace goes: plain lines, or JSON for programs. The live view is in trace_live.py."""

import json
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from rich.console import Console

from nanosmith.graphs.events import BillChanged, Event, NodeEntered, RunStarted, TrainingProgress, VerdictGiven
from nanosmith.graphs.trace_render import render_event
from nanosmith.graphs.trace_trials import TrialTable

_LINES_PER_TRAINING = 5


class View(Protocol):
    """Shows events in the order in which they are given, from one thread."""

    def show(self, event: Event) -> None:
        """Show one event."""
        ...

    def aside(self) -> AbstractContextManager[None]:
        """While the block runs, somebody else writes to the terminal."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was; safe to call twice."""
        ...


class Scroll:
    """Prints events one below the other, once each; shared by the live and the plain view."""

    def __init__(self, console: Console) -> None:
        """`console` is printed to as it is; its width is respected."""
        self._console = console
        self._table = TrialTable()
        self._node: str | None = None
        self._sandboxed = True

    def show(self, event: Event) -> None:
        """Print an event; a heading that stands already is not repeated, a verdict comes below all trials."""
        if isinstance(event, BillChanged):
            return  # the live view and the last line hold it
        self._table.take(event)
        match event:
            case RunStarted():
                self._sandboxed, self._node = event.sandboxed, None
            case NodeEntered(node=node) if node == self._node:
                return
            case NodeEntered(node=node):
                self._node = node
            case VerdictGiven():
                self._console.print(self._table.render(event.verdict.best), highlight=False)
            case _:
                pass
        self._console.print(render_event(event, sandboxed=self._sandboxed), highlight=False)


class PlainView:
    """Lines only: for logs, pipes and dumb terminals. Training is thinned to a few lines."""

    def __init__(self, console: Console) -> None:
        """Print to `console`."""
        self._console = console
        self._scroll = Scroll(console)

    def show(self, event: Event) -> None:
        """Print an event, unless it is one of the epochs between those worth a line."""
        if isinstance(event, TrainingProgress) and not _is_worth_a_line(event):
            return
        with self._console.capture() as drawn:
            self._scroll.show(event)
        for line in drawn.get().splitlines():  # tables are padded to their width; a log needs no trailing blanks
            self._console.file.write(line.rstrip() + "\n")
        self._console.file.flush()

    def aside(self) -> AbstractContextManager[None]:
        """Nothing is redrawn, so nothing is in the way."""
        return nullcontext()

    def close(self) -> None:
        """Nothing to put back."""


def _is_worth_a_line(event: TrainingProgress) -> bool:
    every = max(1, -(-event.epochs // _LINES_PER_TRAINING))
    return event.point.epoch == event.epochs or event.point.epoch % every == 0


class JsonView:
    """One event as one line of ASCII JSON, and nothing else."""

    def __init__(self, console: Console) -> None:
        """Write to the console's file, past all formatting."""
        self._file = console.file

    def show(self, event: Event) -> None:
        """Write and flush one line. ASCII, so that no character in a label can end a line or move a cursor."""
        self._file.write(json.dumps(event.model_dump(mode="json"), allow_nan=False) + "\n")
        self._file.flush()

    def aside(self) -> AbstractContextManager[None]:
        """Nothing is redrawn, so nothing is in the way."""
        return nullcontext()

    def close(self) -> None:
        """Nothing to put back."""
