"""What was found in the data, what is promised, and whether the promise was kept."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nanosmith.graphs.events import DataProfiled, PlanMade, RunFinished, Verified
from nanosmith.graphs.trace_text import bar, bill, indented, line
from nanosmith.tools.contract import latency_limit_ms
from nanosmith.tools.report.wording import amount, limit_of, measured_of, outcome_of, score, title_of
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.data_profile import DataNote, DataProfile
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.run import ContractItem

_NOTE_MARKS = {"info": ("· ", ""), "repair": ("~ ", "yellow"), "warning": ("! ", "bold yellow")}
_SHOWN_NOTES = 12
_SHOWN_NAMES = 24
_STATUS = {
    Status.MET: ("CONTRACT MET", "bold green"),
    Status.NOT_MET: ("CONTRACT NOT MET", "bold red"),
    Status.STOPPED: ("STOPPED", "bold yellow"),
    Status.FAILED: ("FAILED", "bold red"),
    Status.RUNNING: ("RUNNING", "bold"),
}


def facts(*rows: tuple[str, RenderableType]) -> Padding:
    """Names at the left, values at the right, wrapped within their column."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=9)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), value)
    return Padding(table, (0, 0, 0, 2))


def render_profile(event: DataProfiled) -> RenderableType:
    """The data as the planner will read it."""
    profile, baseline = event.profile, event.baseline
    classes = _listed([f"{c.name} ({c.samples:,})" for c in profile.classes])
    channels = _listed([c.name + (f" [{c.unit}]" if c.unit else "") for c in profile.channels])
    yardstick = f"{baseline.method} reaches {title_of(baseline.metric)} {score(baseline.value)}"
    rows: list[tuple[str, RenderableType]] = [
        ("data", line(_extent(profile))),
        ("channels", line(channels)),
        ("classes", line(classes)),
        ("sealed", line(_sealed(profile))),
        ("yardstick", line(f"{yardstick} over {baseline.groups} groups or folds of the open part")),
    ]
    return Group(facts(*rows), *_notes(profile.notes))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def _extent(profile: DataProfile) -> str:
    parts = [f"{profile.recordings:,} recordings of kind {profile.kind}"]
    if profile.total_s is not None:
        parts.append(f"{profile.total_s:,.0f} s in all")
    if profile.rate_hz is not None:
        parts.append(f"{profile.rate_hz:g} samples a second")
    if profile.image_shape is not None:
        parts.append("pictures " + "×".join(map(str, profile.image_shape)))
    return ", ".join(parts)


def _sealed(profile: DataProfile) -> str:
    source = "as the data marks it" if profile.split_source == "marked" else f"chosen {profile.split_source}"
    if profile.group_kind is None:
        return f"test part {source}; no groups found"
    return f"{profile.sealed_groups} of {profile.sealed_groups + len(profile.groups)} {profile.group_kind}s, {source}"


def _notes(notes: tuple[DataNote, ...]) -> list[RenderableType]:
    shown: list[RenderableType] = []
    for note in notes[:_SHOWN_NOTES]:
        mark, style = _NOTE_MARKS[note.severity]
        place = "" if note.file is None else note.file + ("" if note.line is None else f":{note.line}") + ": "
        shown.append(indented(line((mark, style), place, note.message), 2))
    if len(notes) > _SHOWN_NOTES:
        shown.append(indented(line(f"· and {len(notes) - _SHOWN_NOTES} more notes; the report lists them all"), 2))
    return shown


def render_plan(event: PlanMade) -> RenderableType:
    """The contract as a table, and where each thing that the goal does not say was taken from."""
    spec = event.spec
    described = facts(
        ("plan", line((spec.title, "bold"))),
        ("board", line(spec.board)),
        ("classes", line(f"{len(spec.classes)}: " + _listed(spec.classes))),
        ("channels", line(f"{len(spec.channels)}: " + _listed(spec.channels))),
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
    return f"{window.length} samples at {window.rate_hz:g} Hz ({seconds:.3g} s), a new one every {window.hop}"


def _behavior(spec: Spec) -> str:
    said = "; ".join(spec.behavior.reactions) or "each change is reported on the serial line"
    return f"{said} (after {spec.behavior.debounce} windows in a row)"


def _limits(spec: Spec) -> Table:
    table = _table("contract", "limit", "measured by")
    latency = latency_limit_ms(spec)
    sign = "≥" if spec.direction == "maximize" else "≤"
    source = f"the sealed test, once (limit from the {spec.metric_limit_source})"
    rows = [
        (title_of(spec.metric), f"{sign} {score(spec.metric_limit)}", source),
        ("flash", _budget(spec.budget.flash_bytes), "the linked image"),
        ("RAM", _budget(spec.budget.ram_bytes), "static data, arena and stack high-water mark"),
    ]
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
    for name, parity in (("host", event.parity.host), ("device", event.parity.device)):
        if parity is None:
            rows.append((f"{name} parity", line(("not compared", "yellow"))))
            continue
        outcome = ("equal, byte for byte", "green") if parity.holds else ("NOT EQUAL", "bold red")
        rows.append((f"{name} parity", line(f"{parity.equal:,} of {parity.compared:,} answers ", outcome)))
    if event.test is None:
        rows.append(("sealed test", line(("not scored", "yellow"))))
    else:
        for metric in event.test.metrics:
            between = metric.interval
            interval = f" (95 % interval {score(between.low)} to {score(between.high)})" if between else ""
            rows.append(("sealed test", line(f"{title_of(metric.name)} ", (score(metric.value), "bold"), interval)))
        rows.append(("", line((f"{event.test.n:,} windows of {event.test.groups} groups never seen before", "dim"))))
    return facts(*rows)


def render_finish(event: RunFinished) -> RenderableType:
    """How it ended: the contract with met or not met, what it cost, where everything is."""
    heading, style = _STATUS[event.status]
    parts: list[RenderableType] = [Text(), line((heading, style), "  ", event.message)]
    if event.contract:
        parts.append(Padding(contract_table(event.contract), (1, 0, 1, 2)))
    parts.append(facts(("spent", line(bill(event.usage))), ("folder", line(event.folder))))
    return Group(*parts)
