"""Score against what it costs: one point a trial, the contract's corner shaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from nanosmith.tools.report.svg import element, figure, kilobytes, text, ticks

_W, _H = 360.0, 268.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 42.0, 12.0, 14.0, 40.0
_BUDGET_IN_VIEW = 4.0
_CHAR, _LINE = 6.6, 12.0


@dataclass(frozen=True)
class Dot:
    """One trial in the picture."""

    name: str
    size_bytes: int
    score: float
    low: float | None
    """Ends of the score's interval."""

    high: float | None
    is_chosen: bool


@dataclass(frozen=True)
class _Axes:
    most_bytes: float
    low: float
    high: float
    is_error: bool = False

    def x(self, size: float) -> float:
        return _LEFT + (_W - _LEFT - _RIGHT) * size / self.most_bytes

    def y(self, score: float) -> float:
        return _TOP + (_H - _TOP - _BOTTOM) * (1 - (score - self.low) / (self.high - self.low))


def score_against(
    dots: Sequence[Dot], *, what: str, budget: int | None, limit: float | None, metric: str, is_error: bool = False
) -> Markup:
    """A scatter picture of score by bytes; `budget` and `limit` are drawn as lines where they fall into it.

    Less is better where the score `is_error`, in whatever unit; else it is a share, and more is.
    """
    largest = max((dot.size_bytes for dot in dots), default=1)
    shows_budget = budget is not None and budget <= max(1, largest) * _BUDGET_IN_VIEW
    scores = [s for dot in dots for s in (dot.score, dot.low, dot.high, limit) if s is not None]
    low, high = max(0.0, min(scores, default=0.0) - 0.03), min(1.0, max(scores, default=1.0) + 0.02)
    if is_error:
        low, high = 0.0, 1.1 * max(scores, default=1.0)
    axes = _Axes(
        most_bytes=max(1.0, max(largest, budget if shows_budget and budget else 0) * 1.12),
        low=low,
        high=high if is_error and high > 0 else max(high, low + 0.05),
        is_error=is_error,
    )
    drawn = [_frame(axes, metric, what)]
    drawn.append(_contract_lines(axes, budget if shows_budget else None, budget, limit))
    drawn += [_whisker(axes, dot) for dot in dots]
    drawn += [_dot(axes, dot) for dot in dots]
    drawn += _labels(axes, dots)
    return figure(_W, _H, f"{metric} against {what}, one point a trial", *drawn)


def _frame(axes: _Axes, metric: str, what: str) -> Markup:
    drawn = Markup("")
    for tick in ticks(axes.low, axes.high):
        y = axes.y(tick)
        drawn += element("line", x1=_LEFT, x2=_W - _RIGHT, y1=y, y2=y, class_="grid")
        drawn += text(_LEFT - 6, y + 4, f"{tick:.4g}" if axes.is_error else f"{tick:.2f}", anchor="end")
    base = _H - _BOTTOM
    for tick in ticks(0, axes.most_bytes):
        drawn += element("line", x1=axes.x(tick), x2=axes.x(tick), y1=base, y2=base + 4, class_="axis")
        drawn += text(axes.x(tick), base + 16, kilobytes(tick), anchor="middle")
    drawn += element("line", x1=_LEFT, x2=_W - _RIGHT, y1=base, y2=base, class_="axis")
    drawn += text(_W - _RIGHT, _H - 6, f"{what} →", anchor="end", class_="name")
    return drawn + text(_LEFT, _H - 6, f"↑ {metric}", class_="name")


def _contract_lines(axes: _Axes, drawn_budget: int | None, budget: int | None, limit: float | None) -> Markup:
    right = _W - _RIGHT if drawn_budget is None else axes.x(drawn_budget)
    bottom = _H - _BOTTOM if limit is None else axes.y(limit)
    top = bottom if axes.is_error and limit is not None else _TOP
    base = _H - _BOTTOM if axes.is_error else bottom
    drawn = element("rect", x=_LEFT, y=top, width=right - _LEFT, height=max(0.0, base - top), class_="allowed")
    if limit is not None:
        drawn += element("line", x1=_LEFT, x2=_W - _RIGHT, y1=bottom, y2=bottom, class_="limit")
    if drawn_budget is not None:
        drawn += element("line", x1=right, x2=right, y1=_TOP, y2=_H - _BOTTOM, class_="limit")
        drawn += text(right - 4, _H - _BOTTOM - 6, "budget", anchor="end", class_="name")
    elif budget is not None:
        drawn += text(_W - _RIGHT - 4, _H - _BOTTOM - 6, f"budget {kilobytes(budget)} →", anchor="end", class_="name")
    return drawn


def _whisker(axes: _Axes, dot: Dot) -> Markup:
    if dot.low is None or dot.high is None:
        return Markup("")
    x = axes.x(dot.size_bytes)
    return element("line", x1=x, x2=x, y1=axes.y(dot.low), y2=axes.y(dot.high), class_="whisker")


def _dot(axes: _Axes, dot: Dot) -> Markup:
    class_ = "dot chosen" if dot.is_chosen else "dot"
    return element(
        "circle", cx=axes.x(dot.size_bytes), cy=axes.y(dot.score), r=5 if dot.is_chosen else 4, class_=class_
    )


def _labels(axes: _Axes, dots: Sequence[Dot]) -> list[Markup]:
    """Names beside their points, moved where they would lie on another name or point."""
    taken = [_box(axes.x(d.size_bytes) - 5, axes.y(d.score) + 5, 10) for d in dots]
    drawn = []
    for dot in sorted(dots, key=lambda d: (-d.score, d.name)):
        x, y, width = axes.x(dot.size_bytes), axes.y(dot.score), len(dot.name) * _CHAR
        spots = [(x + 8, y + 4), (x - 8 - width, y + 4), (x + 7, y - 9), (x + 7, y + 17), (x - 7 - width, y - 9)]
        inside = [s for s in spots if s[0] >= _LEFT and s[0] + width <= _W and s[1] >= _TOP + 8]
        free = [s for s in inside if not any(_overlap(_box(*s, width), other) for other in taken)]
        left, base = (free or inside or spots)[0]
        taken.append(_box(left, base, width))
        drawn.append(text(left, base, dot.name, class_="point chosen" if dot.is_chosen else "point"))
    return drawn


def _box(left: float, base: float, width: float) -> tuple[float, float, float, float]:
    return left, base - _LINE + 2, left + width, base + 2


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
