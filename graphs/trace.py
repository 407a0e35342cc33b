"""The trace as people see it: `render_event` draws one event, a view shows all of them.

| module | what it draws |
|---|---|
| trace_render.py | one event; the only dispatch over event kinds |
| trace_data.py | data profile, a few windows |
| trace_contract.py | plan, parity, sealed test, final contract |
| trace_trials.py | candidates, trainings, device reports, the table of trials |
| trace_text.py | clean text, bars, curves |
| trace_views.py, trace_live.py | where it goes: plain lines, JSON, a live terminal |
"""

import io
from typing import Literal, assert_never

from rich.console import Console

from nanosmith.graphs.trace_live import LiveView
from nanosmith.graphs.trace_render import render_event
from nanosmith.graphs.trace_views import JsonView, PlainView, View

__all__ = ["View", "ViewMode", "open_view", "render_event"]

ViewMode = Literal["auto", "plain", "json"]
"""`auto`: live where the console is a terminal, else plain lines. `plain`: never live. `json`: an event a line."""


def open_view(mode: ViewMode, console: Console) -> View:
    """A view that writes to `console`; the caller closes it, also after an error."""
    file = console.file
    if isinstance(file, io.TextIOWrapper):  # a terminal that can't show a bar must not end a run
        file.reconfigure(errors="replace")
    match mode:
        case "json":
            return JsonView(console)
        case "plain":
            return PlainView(console)
        case "auto":
            return LiveView(console) if console.is_terminal and not console.is_dumb_terminal else PlainView(console)
        case _:
            assert_never(mode)
