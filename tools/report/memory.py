"""The memory map: what fills flash and RAM, and which tensor holds which arena bytes at which step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from nanosmith.tools.report.facts import budget_of
from nanosmith.tools.report.svg import element, figure, kilobytes, text, ticks
from nanosmith.tools.specs.report import ReportData, ReportLayer

_W, _LEFT, _RIGHT, _TOP = 820.0, 236.0, 14.0, 30.0
_ROW = 22.0
_BUDGET_IN_VIEW = 4.0


@dataclass(frozen=True)
class Part:
    """One part of a memory."""

    name: str
    size_bytes: int
    share: float
    """Of the bar's whole length, in percent."""

    tone: int
    """Which of the page's tones it is filled with, from 1."""


@dataclass(frozen=True)
class Memory:
    """One memory as a stack of parts, within its budget."""

    name: str
    used_bytes: int
    budget_bytes: int | None
    budget_source: str
    parts: tuple[Part, ...]
    budget_at: float | None
    """Where the budget stands on the bar, in percent; None where it is far off to the right."""


def memories(data: ReportData) -> tuple[Memory, ...]:
    """Flash and RAM of the final firmware; empty where none was measured."""
    device = next((t.device for t in data.trials if t.candidate.id == data.chosen and t.device), None)
    final = data.summary.device
    if final is None:
        return ()
    arena = min(data.arena_bytes or (device.arena_bytes if device else 0), final.ram_bytes)
    stack = min(final.stack_bytes, final.ram_bytes - arena)
    constants = min(data.constant_bytes, final.flash_bytes)
    flash = [("weights and parameters", constants), ("code and tables", final.flash_bytes - constants)]
    ram = [
        ("tensor arena", arena),
        ("stack (high-water mark)", stack),
        ("buffers and other static data", final.ram_bytes - arena - stack),
    ]
    return (_memory("Flash", flash, data, "flash_bytes"), _memory("RAM", ram, data, "ram_bytes"))


def _memory(
    name: str, parts: Sequence[tuple[str, int]], data: ReportData, budget_name: Literal["flash_bytes", "ram_bytes"]
) -> Memory:
    used = sum(size for _, size in parts)
    budget, source = budget_of(data, budget_name)
    in_view = budget is not None and budget <= used * _BUDGET_IN_VIEW
    whole = max(1, used, budget if in_view and budget else 0)
    return Memory(
        name=name,
        used_bytes=used,
        budget_bytes=budget,
        budget_source=source,
        parts=tuple(Part(n, size, 100 * size / whole, i + 1) for i, (n, size) in enumerate(parts) if size > 0),
        budget_at=100 * budget / whole if in_view and budget is not None else None,
    )


def arena_chart(layers: Sequence[ReportLayer]) -> Markup | None:
    """Steps go down, arena addresses go right; a block is a tensor from the step that writes it to its last reader."""
    if not layers:
        return None
    whole = max(1, *(layer.offset + layer.size_bytes for layer in layers))
    height = _TOP + _ROW * len(layers) + 8

    def x(offset: float) -> float:
        return _LEFT + (_W - _LEFT - _RIGHT) * offset / whole

    drawn = []
    for tick in ticks(0, whole, 5):
        drawn.append(element("line", x1=x(tick), x2=x(tick), y1=_TOP - 6, y2=height - 8, class_="grid"))
        drawn.append(text(x(tick), _TOP - 12, kilobytes(tick), anchor="middle"))
    for index, layer in enumerate(layers):
        drawn.append(_names(index, layer))
    for index, layer in enumerate(layers):
        last = min(len(layers) - 1, index + 1 if layer.last_used is None else max(index, layer.last_used))
        drawn.append(_block(x(layer.offset), x(layer.offset + layer.size_bytes), index, last, layer))
    return figure(_W, height, "Arena bytes held by each tensor, step by step", *drawn, class_="chart wide")


def lifetimes_known(layers: Sequence[ReportLayer]) -> bool:
    """Whether the chart may claim how long tensors live; the last one's life ends with the run."""
    return all(layer.last_used is not None for layer in layers[:-1])


def _names(index: int, layer: ReportLayer) -> Markup:
    y = _TOP + _ROW * index + 15
    shape = "×".join(map(str, layer.shape))
    name = layer.op.lower() if len(layer.op) <= 18 else layer.op.lower()[:17] + "…"
    return (
        text(0, y, str(index), class_="dim")
        + text(24, y, name, class_="name")
        + text(_LEFT - 14, y, shape, anchor="end")
    )


def _block(left: float, right: float, first: int, last: int, layer: ReportLayer) -> Markup:
    top, height = _TOP + _ROW * first + 2, _ROW * (last - first + 1) - 4
    width = max(2.0, right - left)
    title = element("title", f"{layer.name}: {layer.size_bytes:,} B at {layer.offset:,}, steps {first} to {last}")
    rect = element("rect", title, x=left, y=top, width=width, height=height, rx=3, class_=f"tensor t{first % 2}")
    label = f"{layer.size_bytes:,} B"
    return rect + (text(left + 6, top + 13, label, class_="on") if width > len(label) * 6.8 + 8 else Markup(""))
