"""Inline SVG, built as escaped elements: no text that comes from outside can become markup."""

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from nanosmith.tools.clean_text import clean_line

_LABEL_CHARS = 60


def element(name: str, *children: Markup | str, **attributes: str | float | None) -> Markup:
    """One element; `class_` is written `class`, an underscore in a name a hyphen; None leaves an attribute out."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(child if isinstance(child, Markup) else escape(_clean(child)) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, inner)


def _value(value: str | float) -> str:
    return clean_line(value, limit=20_000) if isinstance(value, str) else number(value)


def _clean(text: str) -> str:
    return clean_line(text, limit=_LABEL_CHARS)


def number(value: float) -> str:
    """A coordinate with at most two decimals and no negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def figure(width: float, height: float, title: str, *children: Markup, class_: str = "chart") -> Markup:
    """A picture that scales with its box and is read out by its title."""
    return element(
        "svg", element("title", title), *children, viewBox=f"0 0 {number(width)} {number(height)}", class_=class_,
        role="img", aria_label=clean_line(title, limit=300),
    )  # fmt: skip


def text(x: float, y: float, content: str, *, anchor: str = "start", class_: str = "") -> Markup:
    """A label; `anchor` is start, middle or end."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_ or None)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """Straight lines through the points."""
    steps = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return element("polyline", points=steps, class_=class_)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers from `low` to `high`, about `wanted` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def kilobytes(size: float) -> str:
    """Axis label of a number of bytes."""
    return f"{size / 1000:g} kB" if size >= 1000 else f"{size:g} B"
