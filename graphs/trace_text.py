"""Small pieces the trace is drawn with: clean text, bars, curves. Nothing here interprets markup."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nanosmith.agents.briefs import Role
from nanosmith.tools.clean_text import clean_line, clean_text
from nanosmith.tools.specs.run import Usage

ROLE_TITLES: dict[Role, str] = {
    "planner": "planner",
    "coder": "coder",
    "trainer_critic": "trainer-critic",
    "embedded_engineer": "embedded engineer",
}
ROLE_STYLES: dict[Role, str] = {
    "planner": "cyan",
    "coder": "magenta",
    "trainer_critic": "yellow",
    "embedded_engineer": "green",
}
_SHOWN_NAMES = 24
NO_SANDBOX = "NO SANDBOX"
_BLOCKS = "▁▂▃▄▅▆▇█"


def line(*parts: str | tuple[str, str]) -> Text:
    """One line of foreign and own text: each part cleaned, styled where it is a (text, style) pair."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*[(_one_line(text), style) for text, style in pairs])


def _one_line(raw: str) -> str:
    cleaned = clean_text(raw)
    return " ".join(cleaned.split()) if "\n" in cleaned or "\t" in cleaned else cleaned


def label(raw: str, *, limit: int = 60) -> Text:
    """A name from a file or a model, on one line."""
    return Text(clean_line(raw, limit=limit))


def block(raw: str, *, style: str = "", limit: int = 4_000) -> Text:
    """Several lines of foreign text."""
    return Text(clean_text(raw, limit=limit).strip("\n"), style=style)


def indented(content: Text, by: int = 4) -> Padding:
    """Wrapped lines keep the indentation."""
    return Padding(content, (0, 0, 0, by))


def bar(share: float, width: int = 10) -> Text:
    """A share of a limit as a bar: green, yellow from 90 % on, red and marked where the limit is passed."""
    if share > 1:
        return Text("█" * (width - 1) + "▶", style="red")
    filled = min(width, max(0, round(share * width)))
    return Text("█" * filled + "░" * (width - filled), style="green" if share <= 0.9 else "yellow")


def thinned(values: Sequence[float], most: int) -> list[float]:
    """At most `most` of the values, evenly picked; first and last are kept."""
    if len(values) <= most:
        return list(values)
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """A curve of block characters between its own lowest and highest value; empty for no values."""
    picked = thinned(values, width)
    if not picked:
        return ""
    low, high = min(picked), max(picked)
    span = high - low
    return "".join(_BLOCKS[3 if span == 0 else min(7, int((value - low) / span * 8))] for value in picked)


def bill(usage: Usage) -> str:
    """What a run has spent, on one line; an unknown price is said to be unknown."""
    wall = f"{usage.wall_s:,.0f} s"
    if usage.calls == 0:
        return f"{wall}, no language model call"
    cost = "unknown price" if usage.cost_usd is None else f"{usage.cost_usd:.4f} USD"
    tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
    return f"{wall}, {usage.calls:,} language model calls, {tokens}, {cost}"


def facts(*rows: tuple[str, RenderableType]) -> Padding:
    """Names at the left, values at the right, wrapped within their column."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=9)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), value)
    return Padding(table, (0, 0, 0, 2))


def listed(names: Sequence[str]) -> str:
    """Names with commas; of many the first, and how many more there are."""
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more
