"""What was found in the data: in the trace of a run, and as `nanosmith data` prints it."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nanosmith.graphs.trace_text import bar, facts, indented, label, line, listed, sparkline
from nanosmith.tools.report.wording import score, title_of
from nanosmith.tools.specs.data_profile import NO_CLASS, Baseline, DataNote, DataProfile, NumberProfile
from nanosmith.tools.specs.report import DataPage, ExampleWindow

_NOTE_MARKS = {"info": ("· ", ""), "repair": ("~ ", "yellow"), "warning": ("! ", "bold yellow")}
_SHOWN_NOTES = 12
_SHOWN_LANES = 6
_SHOWN_NUMBERS = 12
_LANE_CHARACTERS = 20
_PICTURE_COLUMNS = 20
_SHADES = " ░▒▓█"


def render_profile(profile: DataProfile, baseline: Baseline | None) -> RenderableType:
    """The data as the planner will read it; the first notes."""
    shown: list[RenderableType] = [render_note(note) for note in profile.notes[:_SHOWN_NOTES]]
    if len(profile.notes) > _SHOWN_NOTES:
        more = len(profile.notes) - _SHOWN_NOTES
        shown.append(indented(line(f"· and {more} more notes; the report lists them all"), 2))
    classes = listed([f"{c.name} ({c.samples:,})" for c in profile.classes])
    channels = listed([c.name + (f" [{c.unit}]" if c.unit else "") for c in profile.channels])
    has_classes = [c.name for c in profile.classes] != [NO_CLASS]
    named = [("channels", line(channels)), *([("classes", line(classes))] if has_classes else [])]
    named += [("number", line(_number(found))) for found in profile.numbers[:_SHOWN_NUMBERS]]
    return Group(facts(_extent(profile), *named, *_basis(profile, baseline)), *shown)


def render_data(page: DataPage) -> RenderableType:
    """All of it: classes, channels, a few windows of each class, every note."""
    profile = page.profile
    rows = [("folder", line((page.source, "bold"))), _extent(profile), *_basis(profile, page.baseline)]
    if page.no_baseline:
        rows.append(("yardstick", line(("none: ", "yellow"), page.no_baseline)))
    notes = [render_note(note, with_effect=True) for note in profile.notes]
    parts: list[RenderableType] = [
        facts(*rows), Text(), _heading("Found and done"), *(notes or [indented(line("nothing odd"), 2)]),
        Text(), _heading("Classes"), _classes(profile),
        *([Text(), _heading("Numbers that could be estimated"), _numbers(profile)] if profile.numbers else []),
        Text(), _heading("Channels"), _channels(profile),
    ]  # fmt: skip
    if page.examples:
        parts += [Text(), _heading("A few windows of each class"), *_examples(page)]
    return Group(*parts)


def render_note(note: DataNote, *, with_effect: bool = False) -> RenderableType:
    """What was found, where, and what it may do to the result."""
    mark, style = _NOTE_MARKS[note.severity]
    place = "" if note.file is None else note.file + ("" if note.line is None else f":{note.line}") + ": "
    said = indented(line((mark, style), place, note.message), 2)
    return said if not (with_effect and note.effect) else Group(said, indented(line((note.effect, "dim")), 6))


def _extent(profile: DataProfile) -> tuple[str, RenderableType]:
    parts = [f"{profile.recordings:,} recordings of kind {profile.kind}"]
    if profile.total_s is not None:
        parts.append(f"{profile.total_s:,.0f} s in all")
    if profile.rate_hz is not None:
        parts.append(f"{profile.rate_hz:g} samples a second")
    if profile.longest_gap_us is not None:
        parts.append(f"irregular in time, holes of up to {profile.longest_gap_us / 1e6:.3g} s filled")
    if profile.image_shape is not None:
        parts.append("pictures " + "×".join(map(str, profile.image_shape)))
    return "data", line(", ".join(parts))


def _number(number: NumberProfile) -> str:
    """A number that could be estimated: its spread, and the errors of the mean and of a ridge."""
    unit = f" {number.unit}" if number.unit else ""
    known = f"{number.name}: {number.minimum:.4g} to {number.maximum:.4g}{unit}, mean {number.mean:.4g}"
    errors = [f"{of} {metric.value:.3g}" for of, found in (("mean", number.plain), ("ridge", number.linear))
              for metric in found if metric.name == "mae"]  # fmt: skip
    return f"{known}; error of the {', of a '.join(errors)}"


def _numbers(profile: DataProfile) -> RenderableType:
    table = _table(
        "number", "unit", "lowest", "highest", "mean", "std", "spread", "without", "error of mean", "of ridge"
    )
    for found in profile.numbers:
        numbers = [f"{value:.4g}" for value in (found.minimum, found.maximum, found.mean, found.std)]
        errors = [
            next((f"{m.value:.4g}" for m in part if m.name == "mae"), "–") for part in (found.plain, found.linear)
        ]
        spread = sparkline([float(count) for count in found.histogram])
        table.add_row(label(found.name), label(found.unit or "–"), *numbers, spread, f"{found.missing:,}", *errors)
    return Padding(table, (0, 0, 0, 2))


def _basis(profile: DataProfile, baseline: Baseline | None) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = [("sealed", line(_sealed(profile)))]
    if baseline is not None and not (profile.numbers and [c.name for c in profile.classes] == [NO_CLASS]):
        reached = f"{baseline.method} reaches {title_of(baseline.metric)} {score(baseline.value)}"
        rows.append(("yardstick", line(f"{reached} over {baseline.groups} groups or folds of the open part")))
    return rows


def _sealed(profile: DataProfile) -> str:
    source = "as the data marks it" if profile.split_source == "marked" else f"chosen {profile.split_source}"
    if profile.group_kind is None:
        return f"test part {source}; no groups found"
    return f"{profile.sealed_groups} of {profile.sealed_groups + len(profile.groups)} {profile.group_kind}s, {source}"


def _heading(text: str) -> Text:
    return Text("  " + text, style="bold")


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(Text(heading), justify="left" if number == 0 else "right", overflow="fold")
    return table


def _classes(profile: DataProfile) -> RenderableType:
    table = _table("class", "samples", "share", "recordings", (profile.group_kind or "group") + "s")
    whole = sum(c.samples for c in profile.classes) or 1
    for found in profile.classes:
        table.add_row(
            label(found.name), f"{found.samples:,}", Text.assemble(bar(found.samples / whole, 12).plain, " ",
            f"{found.samples / whole:5.1%}"), f"{found.recordings:,}", str(found.groups),
        )  # fmt: skip
    return Padding(table, (0, 0, 0, 2))


def _channels(profile: DataProfile) -> RenderableType:
    table = _table("channel", "unit", "lowest", "highest", "mean", "std", "missing", "clipped")
    for c in profile.channels:
        numbers = [f"{value:.4g}" for value in (c.minimum, c.maximum, c.mean, c.std)]
        table.add_row(label(c.name), label(c.unit or "–"), *numbers, f"{c.missing:,}", f"{c.clipped_fraction:.1%}")
    return Padding(table, (0, 0, 0, 2))


def _examples(page: DataPage) -> list[RenderableType]:
    """A row a class; a series as curves, a lane a channel, each with its own scale; a picture in shades."""
    by_class: dict[str, list[ExampleWindow]] = {}
    for example in page.examples:
        by_class.setdefault(example.label, []).append(example)
    shown: list[RenderableType] = []
    for name, examples in by_class.items():
        shown.append(indented(Text.assemble((label(name).plain, "cyan")), 2))
        if examples[0].pixels:
            shown.append(_pictures(examples))
            continue
        grid = Table.grid(padding=(0, 2))
        for channel, lane in enumerate(page.lanes[:_SHOWN_LANES]):
            curves = [sparkline(e.series[channel], _LANE_CHARACTERS) for e in examples if channel < len(e.series)]
            grid.add_row(Text(label(lane, limit=16).plain, style="dim"), *map(Text, curves))
        shown.append(Padding(grid, (0, 0, 0, 4)))
    if len(page.lanes) > _SHOWN_LANES:
        shown.append(indented(line((f"and {len(page.lanes) - _SHOWN_LANES} more channels on the page", "dim")), 4))
    return shown


def _pictures(examples: Sequence[ExampleWindow]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(*[_shaded(example.pixels) for example in examples])
    return Padding(grid, (0, 0, 0, 4))


def _shaded(pixels: tuple[tuple[tuple[int, int, int], ...], ...]) -> Text:
    """A character for two rows of one column: its shade tells the brightness where colors are not shown."""
    step = max(1, -(-len(pixels[0]) // _PICTURE_COLUMNS))
    drawn = Text()
    for row in pixels[:: 2 * step]:
        for red, green, blue in row[::step]:
            shade = _SHADES[min(4, (red + green + blue) * 5 // 766)]
            drawn.append(shade, style=f"rgb({red},{green},{blue})")
        drawn.append("\n")
    return drawn
