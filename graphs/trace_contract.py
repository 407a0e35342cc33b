"""What is promised, and whether the promise was kept."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nanosmith.graphs.events import PlanMade, RunFinished, Verified
from nanosmith.graphs.trace_text import bar, bill, facts, indented, line, listed
from nanosmith.tools.contract import latency_limit_ms
from nanosmith.tools.report.wording import (
    amount,
    counting,
    limit_of,
    measured_of,
    metric_title,
    metric_told,
    metric_value,
    outcome_of,
    score,
    sides_in_words,
    target_in_words,
    thresholds_in_words,
    title_of,
    told,
)
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.run import ContractItem, RunParity, RunTest
from nanosmith.tools.specs.trial import Parity

_STATUS = {
    Status.MET: ("CONTRACT MET", "bold green"),
    Status.NOT_MET: ("CONTRACT NOT MET", "bold red"),
    Status.STOPPED: ("STOPPED", "bold yellow"),
    Status.FAILED: ("FAILED", "bold red"),
    Status.RUNNING: ("RUNNING", "bold"),
}


def render_plan(event: PlanMade) -> RenderableType:
    """The contract as a table, and where each thing that the goal does not say was taken from."""
    spec = event.spec
    described = facts(
        ("plan", line((spec.title, "bold"))),
        ("board", line(spec.board)),
        ("classes", line(f"{len(spec.classes)}: " + listed(spec.classes)))
        if spec.target is None
        else ("number", line(target_in_words(spec))),
        ("channels", line(f"{len(spec.channels)}: " + listed(spec.channels))),
        ("window", line(_window(spec))),
        ("behavior", line(_behavior(spec))),
    )
    assumed = [indented(line("assumed from the ", a.source, ": ", a.what), 2) for a in spec.assumptions]
    return Group(described, *assumed, Padding(_limits(spec), (1, 0, 0, 2)))


def _window(spec: Spec) -> str:
    window = spec.window
    if window.rate_hz is None:
        return f"{window.length} samples at a time"
    seconds = window.length / window.rate_hz
    said = f"{window.length} samples at {window.rate_hz:g} Hz ({seconds:.3g} s), a new one every {window.hop}"
    return said if window.longest_gap_us is None else f"{said}; made on the device from samples with their times"


def _behavior(spec: Spec) -> str:
    if spec.target is not None:
        alarms = thresholds_in_words(spec)
        said = alarms or "; ".join(spec.behavior.reactions)
        return said or "each change of half the allowed error is reported on the serial line"
    said = "; ".join(spec.behavior.reactions) or "each change is reported on the serial line"
    behavior = spec.behavior
    if behavior.debounce_is == "default" and spec.window.rate_hz is not None and not spec.window.around_events:
        return f"{said} (smoothed as serves best on the open recordings, or after {behavior.debounce} windows in a row)"
    return f"{said} (after {behavior.debounce} windows in a row)"


def _limits(spec: Spec) -> Table:
    table = _table("contract", "limit", "measured by")
    latency = latency_limit_ms(spec)
    sign = "≥" if spec.direction == "maximize" else "≤"
    source = f"the sealed test, once (limit from the {spec.metric_limit_source})"
    rows = [
        (metric_title(spec), f"{sign} {told(spec.metric_limit, spec)}", source),
        ("flash", _budget(spec.budget.flash_bytes), "the linked image"),
        ("RAM", _budget(spec.budget.ram_bytes), "static data, arena and stack high-water mark"),
    ]
    if spec.alarms is not None:
        missed = "not measured" if spec.alarms.missed_alarms is None else f"≤ {score(spec.alarms.missed_alarms)}"
        rows[1:1] = [
            ("false alarms", f"≤ {score(spec.alarms.false_alarms)}", "the sealed test, of its normal windows"),
            ("missed alarms", missed, "the sealed test, of its abnormal windows"),
        ]
    if spec.false_alarms_per_hour is not None:
        limit = f"≤ {amount(spec.false_alarms_per_hour)}"
        rows.insert(1, ("false alarms an hour", limit, "reports on the sealed recordings that stand for no event"))
    if latency is not None:
        rows.append(("latency", f"≤ {amount(latency, 'ms')}", "instructions counted on the emulated core"))
    for name, limit, how in rows:
        table.add_row(line((name, "bold")), line(limit), line((how, "dim")))
    return table


def _budget(limit: int | None) -> str:
    return "what the board has" if limit is None else f"≤ {amount(limit, 'B')}"


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    return table


def contract_table(items: tuple[ContractItem, ...]) -> Table:
    """Each limit, what was measured for it, how much of an upper limit is used, and the outcome."""
    table = _table("contract", "limit", "measured", "used", "")
    for item in items:
        style = {True: "bold green", False: "bold red", None: "yellow"}[item.met]
        used = Text()
        if not item.at_least and item.measured is not None and item.limit > 0:
            used = bar(item.measured / item.limit)
        table.add_row(
            line((title_of(item.name), "bold")), line(limit_of(item)), line(measured_of(item)), used,
            line((outcome_of(item), style)),
        )  # fmt: skip
    return table


def render_verified(event: Verified) -> RenderableType:
    """Parity on host and device, then the sealed test with its intervals."""
    rows: list[tuple[str, RenderableType]] = []
    for name, what, parity in _parities(event.parity):
        if parity is None:
            rows.append((f"{name} parity", line(("not compared", "yellow"))))
            continue
        outcome = ("equal, byte for byte", "green") if parity.holds else ("NOT EQUAL", "bold red")
        rows.append((f"{name} parity", line(f"{parity.equal:,} of {parity.compared:,} {what} ", outcome)))
    if event.test is None:
        rows.append(("sealed test", line(("not scored", "yellow"))))
    else:
        rows += _events(event.test)
        for metric in counting(event.test.metrics):
            between, name = metric.interval, metric.name
            interval = (
                f" (95 % interval {_of(name, between.low, event)} to {_of(name, between.high, event)})"
                if between
                else ""
            )
            rows.append(("sealed test", line(f"{title_of(name)} ", (_of(name, metric.value, event), "bold"), interval)))
        numbers = event.test.evaluation.numbers
        sides = () if numbers is None else numbers.thresholds
        rows += [("alarms", line(sides_in_words(side, numbers.unit))) for side in sides if numbers is not None]
        rows.append(("", line((f"{event.test.n:,} windows of {event.test.groups} groups never seen before", "dim"))))
    return facts(*rows)


def _of(name: str, value: float, event: Verified) -> str:
    numbers = None if event.test is None else event.test.evaluation.numbers
    return metric_told(name, value, None if numbers is None else numbers.unit, is_number=numbers is not None)


def _parities(found: RunParity) -> list[tuple[str, str, Parity | None]]:
    """What was compared where; decisions only where a whole recording was played."""
    rows: list[tuple[str, str, Parity | None]] = [("host", "answers", found.host), ("device", "answers", found.device)]
    if found.timed is not None:
        rows.append(("time stamp", "answers to irregular samples that the device resampled", found.timed))
    return rows if found.decisions is None else [*rows, ("device", "decisions", found.decisions)]


def _events(test: RunTest) -> list[tuple[str, RenderableType]]:
    """Reports on the sealed recordings, and what they would be without the decision layer."""
    if test.events is None:
        return []
    rows: list[tuple[str, RenderableType]] = []
    for metric in test.events.metrics:
        between, name = metric.interval, metric.name
        said = (
            f" (95 % interval {metric_value(name, between.low)} to {metric_value(name, between.high)})"
            if between
            else ""
        )
        plain = None if test.events_unsmoothed is None else test.events_unsmoothed.value(name)
        beside = "" if plain is None else f"; {metric_value(name, plain)} if each answer were reported at once"
        rows.append(
            ("events", line(f"{title_of(name)} ", (metric_value(name, metric.value), "bold"), said, (beside, "dim")))
        )
    counted = f"{test.events.events:,} events in {test.events.hours:.3g} hours, {test.events.reports:,} reports"
    return [*rows, ("", line((counted, "dim")))]


def render_finish(event: RunFinished) -> RenderableType:
    """How it ended: the contract with met or not met, what it cost, where everything is."""
    heading, style = _STATUS[event.status]
    parts: list[RenderableType] = [Text(), line((heading, style), "  ", event.message)]
    if event.contract:
        parts.append(Padding(contract_table(event.contract), (1, 0, 1, 2)))
    parts.append(facts(("spent", line(bill(event.usage))), ("folder", line(event.folder))))
    return Group(*parts)
