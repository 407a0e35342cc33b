"""Candidates, their training and what they cost on the board."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nanosmith.agents.briefs import TrialDigest
from nanosmith.graphs.events import (
    CandidateProposed,
    CandidateRefused,
    DeviceMeasured,
    Event,
    MeasureFailed,
    TrainingProgress,
    TrialFinished,
)
from nanosmith.graphs.trace_text import bar, indented, line, sparkline
from nanosmith.tools.contract import latency_limit_ms
from nanosmith.tools.report.wording import describe_front_end, score, title_of
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.trial import DeviceReport

_BAR = 6


def render_proposed(event: CandidateProposed) -> RenderableType:
    """A candidate's idea in a sentence and its size before training."""
    size = f"{event.weights:,} weights, {event.macs:,} MACs, arena {event.arena_bytes:,} B, {event.epochs} epochs"
    return Group(
        line("  ", (event.candidate, "bold magenta"), "  ", event.idea),
        indented(line((f"{describe_front_end(event.front_end)}; {size}", "dim"))),
    )


def render_refused(event: CandidateRefused) -> RenderableType:
    """A proposal that goes back to the coder, and why."""
    findings = [indented(line("- ", finding)) for finding in event.findings]
    return Group(line(("  refused  ", "yellow"), event.idea), *findings)


def render_progress(event: TrainingProgress) -> RenderableType:
    """One epoch on one line."""
    point = event.point
    validation = "" if point.validation is None else f"  validation {point.validation:.3f}"
    return line(
        "  ", (event.candidate, "bold"), f"  {event.part}  epoch {point.epoch} of {event.epochs}",
        f"  loss {point.loss:.4f}  train {point.train:.3f}{validation}",
    )  # fmt: skip


def render_trial(event: TrialFinished) -> RenderableType:
    """How well a candidate learned, what quantization cost it, and what it confuses."""
    trial = event.trial
    if trial.status != "complete":
        reason = trial.reason or "no reason given"
        status = trial.status.replace("_", " ")
        return line("  ", (trial.candidate, "bold"), "  ", (status, "bold red"), ": ", reason)
    low = "" if trial.score_low is None else f" (95 % interval from {_told(trial.score_low, trial)})"
    is_number = trial.plain_error is not None
    train = f"{trial.train_accuracy or 0:.0%} of the plain error gone" if is_number else score(trial.train_accuracy)
    parts: list[RenderableType] = [
        line(
            "  ", (trial.candidate, "bold"), f"  {title_of(event.metric)} ", (_told(trial.score, trial), "bold"), low,
            f"  float {_told(trial.float_score, trial)}  train {train}",
        )
    ]  # fmt: skip
    if trial.rates:
        parts.append(
            indented(line("  ".join(f"{title_of(n)} {value:.1%}" for n, value in sorted(trial.rates.items()))))
        )
    curve = _curve(trial)
    if curve:
        parts.append(indented(line("learning curve  ", (curve, "cyan"))))
    if trial.confused and not trial.rates:
        mistakes = ", ".join(f"{true} as {said} {count}×" for true, said, count in trial.confused[:3])
        parts.append(indented(line(("most often mistaken: " + mistakes, "dim"))))
    return Group(*parts)


def _told(value: float | None, trial: TrialDigest) -> str:
    """A score as a share; an error as it is, in the unit that the contract names."""
    return score(value) if value is None or trial.plain_error is None else f"{value:.4g}"


def _curve(trial: TrialDigest) -> str:
    validation = [p.validation for p in trial.curve if p.validation is not None]
    values = validation or [p.train for p in trial.curve]
    return f"{sparkline(values)} {values[0]:.2f} → {values[-1]:.2f}" if values else ""


def render_device(event: DeviceMeasured) -> RenderableType:
    """What a candidate costs on its board, each budget as a bar."""
    report, budget = event.report, event.spec.budget
    table = Table.grid(padding=(0, 2))
    stack = f"static {report.static_ram_bytes:,} (arena {report.arena_bytes:,}) + stack {report.stack_bytes:,}"
    rows = (
        ("flash", report.flash_bytes, budget.flash_bytes, "B", ""),
        ("RAM", report.ram_bytes, budget.ram_bytes, "B", stack),
        ("latency", report.latency_ms, latency_limit_ms(event.spec), "ms", f"{report.instructions:,} instructions"),
    )
    for name, value, limit, unit, remark in rows:
        shown = f"{value:,.0f} B" if unit == "B" else f"{value:,.2f} ms"
        table.add_row(
            line(name),
            Text(shown, justify="right"),
            _used(value, limit, 10),
            _share(value, limit),
            line((remark, "dim")),
        )
    parity = report.parity
    equal = f"{parity.equal:,} of {parity.compared:,} answers equal the host's"
    where = f"emulated: {report.emulated_on}; latency estimated: {report.latency_assumption}"
    return Group(
        line("  ", (report.candidate, "bold"), "  on ", report.board, ": ",
             (equal, "green" if parity.holds else "bold red")),
        Padding(table, (0, 0, 0, 4)),
        indented(line((where, "dim"))),
    )  # fmt: skip


def _used(value: float, limit: float | None, width: int) -> Text:
    return Text() if not limit else bar(value / limit, width)


def _share(value: float, limit: float | None) -> Text:
    if not limit:
        return Text("no limit named", style="dim")
    share = value / limit
    return Text(f"{share:.0%}" if share <= 1 else f"{share:.0%} OVER", style="" if share <= 1 else "bold red")


def render_measure_failed(event: MeasureFailed) -> RenderableType:
    """A candidate without a device report."""
    return line("  ", (event.candidate, "bold"), "  ", ("could not be measured", "bold red"), ": ", event.reason)


class TrialTable:
    """All trials so far, gathered from the events; drawn before each verdict."""

    def __init__(self) -> None:
        self._trials: dict[str, TrialFinished] = {}
        self._devices: dict[str, DeviceMeasured] = {}

    def take(self, event: Event) -> None:
        """Keep what belongs in the table; the latest event of a candidate counts."""
        match event:
            case TrialFinished():
                self._trials[event.trial.candidate] = event
            case DeviceMeasured():
                self._devices[event.report.candidate] = event
            case _:
                return

    def render(self, best: str | None) -> RenderableType:
        """The table, the best candidate marked; empty where nothing was trained."""
        if not self._trials:
            return Text()
        spec = next((device.spec for device in self._devices.values()), None)
        metric = title_of(next(iter(self._trials.values())).metric)
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        rates = sorted({name for event in self._trials.values() for name in event.trial.rates})
        for heading in ("", *map(title_of, rates), metric, *_headings(spec), "parity"):
            table.add_column(Text(heading), overflow="fold")
        for name in sorted(self._trials):
            table.add_row(*self._row(name, rates, is_best=name == best))
        return Padding(table, (0, 0, 0, 2))

    def _row(self, name: str, rates: list[str], *, is_best: bool) -> tuple[Text, ...]:
        trial, device = self._trials[name].trial, self._devices.get(name)
        mark = line((f"{name} ★" if is_best else name, "bold" if is_best else ""))
        shown = _told(trial.score, trial) if trial.status == "complete" else trial.status.replace("_", " ")
        told = [line(f"{trial.rates[rate]:.1%}" if rate in trial.rates else "—") for rate in rates]
        if device is None:
            return (mark, *told, line(shown), Text("—"), Text("—"), Text("—"), Text("—"))
        return (mark, *told, line(shown), *_costs(device.report, device.spec), _parity(device.report))


def _headings(spec: Spec | None) -> tuple[str, str, str]:
    if spec is None:
        return ("flash B", "RAM B", "latency ms")
    latency = latency_limit_ms(spec)
    limits = (spec.budget.flash_bytes, spec.budget.ram_bytes, None if latency is None else round(latency))
    flash, ram, wait = ("" if limit is None else f"\n≤ {limit:,}" for limit in limits)
    return ("flash B" + flash, "RAM B" + ram, "latency ms" + wait)


def _costs(report: DeviceReport, spec: Spec) -> tuple[Text, Text, Text]:
    def cell(shown: str, value: float, limit: float | None) -> Text:
        return Text.assemble(shown, " ", _used(value, limit, _BAR)) if limit else Text(shown)

    return (
        cell(f"{report.flash_bytes:,}", report.flash_bytes, spec.budget.flash_bytes),
        cell(f"{report.ram_bytes:,}", report.ram_bytes, spec.budget.ram_bytes),
        cell(f"{report.latency_ms:.2f}", report.latency_ms, latency_limit_ms(spec)),
    )


def _parity(report: DeviceReport) -> Text:
    parity = report.parity
    return Text(f"{parity.equal}/{parity.compared}", style="green" if parity.holds else "bold red")
