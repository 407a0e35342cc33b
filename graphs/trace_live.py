"""The view for a terminal: events scroll, and below them stands who thinks and what trains right now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from nanosmith.graphs.events import (
    AgentSaid,
    AgentThinking,
    BillChanged,
    Event,
    NodeEntered,
    Note,
    RunFinished,
    RunStarted,
    TrainingProgress,
    TrialFinished,
)
from nanosmith.graphs.trace_text import NO_SANDBOX, ROLE_STYLES, ROLE_TITLES, bill, line, sparkline
from nanosmith.graphs.trace_views import Scroll
from nanosmith.tools.specs.run import Usage
from nanosmith.tools.specs.trial import CurvePoint

_BAR = 12
_CURVE = 16


@dataclass
class _Training:
    """The part of a training that is under way."""

    part: str
    epochs: int
    points: list[CurvePoint] = field(default_factory=list)


class NowBoard:
    """What goes on at this moment, from the events so far; rich redraws it several times a second."""

    def __init__(self) -> None:
        self._thinking: AgentThinking | None = None
        self._trainings: dict[str, _Training] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._sandboxed = True
        self._bill: Usage | None = None

    def take(self, event: Event) -> None:
        """Follow an event. Whoever was thinking is done when a result is heard."""
        match event:
            case BillChanged():
                self._bill = event.usage
            case AgentThinking():
                self._thinking = event
            case TrainingProgress():
                self._follow(event)
            case TrialFinished():
                self._thinking = None
                self._trainings.pop(event.trial.candidate, None)
            case NodeEntered(node=node) if node != "train":
                self._thinking = None
                self._trainings.clear()
            case RunFinished():
                self._thinking = None
                self._trainings.clear()
            case RunStarted():
                self._sandboxed = event.sandboxed
            case AgentSaid() | Note():
                return  # whoever thinks goes on
            case _:
                self._thinking = None

    def _follow(self, event: TrainingProgress) -> None:
        training = self._trainings.get(event.candidate)
        if training is None or training.part != event.part:
            training = self._trainings[event.candidate] = _Training(event.part, event.epochs)
        training.points.append(event.point)

    def __rich__(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._thinking is not None:
            role = self._thinking.role
            said = line((ROLE_TITLES[role], ROLE_STYLES[role]), " thinks about ", self._thinking.about)
            said.no_wrap, said.overflow = True, "ellipsis"
            self._spinner.text = said
            parts.append(Padding(self._spinner, (0, 0, 0, 2)))
        if self._bill is not None:
            parts.append(Padding(Text(f"spent: {bill(self._bill)}", style="dim"), (0, 0, 0, 2)))
        if self._trainings:
            parts.append(Padding(self._table(), (0, 0, 0, 2)))
            if not self._sandboxed:
                parts.append(Text(f"  ! {NO_SANDBOX}", style="bold white on red"))
        return Group(*parts)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for _ in range(6):
            table.add_column(no_wrap=True, overflow="ellipsis")
        for name in sorted(self._trainings):
            table.add_row(*_row(name, self._trainings[name]))
        return table


def _row(name: str, training: _Training) -> tuple[Text, ...]:
    point = training.points[-1]
    share = min(1.0, point.epoch / max(1, training.epochs))
    filled = round(share * _BAR)
    validation = [p.validation for p in training.points if p.validation is not None]
    values = validation or [p.train for p in training.points]
    progress = Text.assemble(("━" * filled, "cyan"), ("━" * (_BAR - filled), "bright_black"))
    part = line((training.part, "dim"))
    part.truncate(16, overflow="ellipsis")
    return (
        line((name, "bold")), part, progress, Text(f"{point.epoch}/{training.epochs}"),
        Text(sparkline(values, _CURVE).ljust(_CURVE), style="green"),
        Text(f"{'validation' if validation else 'train'} {values[-1]:.3f}"),
    )  # fmt: skip


class LiveView:
    """Events scroll above a few lines that are redrawn in place."""

    def __init__(self, console: Console) -> None:
        """`console` must be a terminal."""
        self._console = console
        self._scroll = Scroll(console)
        self._now = NowBoard()
        self._live = Live(self._now, console=console, transient=True, refresh_per_second=8)
        self._live.start()

    def show(self, event: Event) -> None:
        """Thinking and progress are drawn in place, everything else scrolls."""
        self._now.take(event)
        if not isinstance(event, AgentThinking | TrainingProgress | BillChanged):
            self._scroll.show(event)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the redrawn lines away for a while."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def close(self) -> None:
        """Take the redrawn lines away."""
        self._live.stop()
