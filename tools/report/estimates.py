"""Estimates of a number against the truth: a point a window, and the line on which both are equal."""

from markupsafe import Markup

from nanosmith.tools.report.svg import element, figure, text, ticks
from nanosmith.tools.specs.data_profile import NumberProfile
from nanosmith.tools.specs.trial import NumberErrors

_SIZE = 360.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 12.0, 14.0, 40.0
_BAR_W, _BAR_H = 120.0, 22.0


def estimates_chart(errors: NumberErrors) -> Markup:
    """Truth along, estimate up, both on one scale."""
    values = [value for pair in errors.pairs for value in pair]
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.04 * (high - low) or 0.5
    low, high = low - margin, high + margin

    def x(value: float) -> float:
        return _LEFT + (_SIZE - _LEFT - _RIGHT) * (value - low) / (high - low)

    def y(value: float) -> float:
        return _SIZE - _BOTTOM - (_SIZE - _TOP - _BOTTOM) * (value - low) / (high - low)

    base, drawn = _SIZE - _BOTTOM, Markup("")
    for tick in ticks(low, high):
        drawn += element("line", x1=_LEFT, x2=_SIZE - _RIGHT, y1=y(tick), y2=y(tick), class_="grid")
        drawn += text(_LEFT - 6, y(tick) + 4, f"{tick:.4g}", anchor="end")
        drawn += element("line", x1=x(tick), x2=x(tick), y1=base, y2=base + 4, class_="axis")
        drawn += text(x(tick), base + 16, f"{tick:.4g}", anchor="middle")
    drawn += element("line", x1=_LEFT, x2=_SIZE - _RIGHT, y1=base, y2=base, class_="axis")
    drawn += element("line", x1=x(low), x2=x(high), y1=y(low), y2=y(high), class_="limit")
    for true, estimate in errors.pairs:
        drawn += element("circle", cx=x(true), cy=y(estimate), r=2.5, class_="dot")
    unit = f" [{errors.unit}]" if errors.unit else ""
    drawn += text(_SIZE - _RIGHT, _SIZE - 6, f"true{unit} →", anchor="end", class_="name")
    drawn += text(_LEFT, _SIZE - 6, f"↑ answered{unit}", class_="name")
    return figure(_SIZE, _SIZE, "answered against true numbers, one point a window", drawn)


def histogram(number: NumberProfile) -> Markup:
    """How a number is distributed, a bar a part of its range."""
    most, width = max(number.histogram, default=0) or 1, _BAR_W / max(1, len(number.histogram))
    bars = [
        element("rect", x=at * width, y=_BAR_H * (1 - count / most), width=width - 1, height=_BAR_H * count / most,
                class_="bin")
        for at, count in enumerate(number.histogram)
    ]  # fmt: skip
    return figure(_BAR_W, _BAR_H, f"how {number.name} is distributed", *bars, class_="histogram")
