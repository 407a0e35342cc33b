"""A sealed recording from beginning to end: what was true, and what the firmware said was there."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from nanosmith.tools.report.svg import element, figure, number, text, ticks
from nanosmith.tools.specs.verification import TimelinePoint

_W, _LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 820.0, 140.0, 12.0, 6.0, 22.0, 24.0
_NAME_CHARS = 18


def timeline_chart(points: Sequence[TimelinePoint], classes: Sequence[str], *, in_seconds: bool) -> Markup | None:
    """A row a class: pale where it was true, a mark where the device said so, another where that was wrong.

    It says the class in force where answers are decided about, else each answer.
    """
    if not points:
        return None
    times = [p.at for p in points]
    step = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 and times[-1] > times[0] else 1.0
    first, span = times[0] - step / 2, times[-1] - times[0] + step
    height = _TOP + _ROW * len(classes) + _BOTTOM

    def x(at: float) -> float:
        return _LEFT + (_W - _LEFT - _RIGHT) * (at - first) / span

    drawn = []
    for index, name in enumerate(classes):
        y = _TOP + _ROW * index
        short = name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1] + "…"
        drawn.append(text(_LEFT - 8, y + 15, short, anchor="end", class_="name"))
        drawn.append(element("line", x1=_LEFT, x2=_W - _RIGHT, y1=y + _ROW, y2=y + _ROW, class_="grid"))
    for label, start, end in _runs(points):
        if 0 <= label < len(classes):
            left, right = x(times[start] - step / 2), x(times[end] + step / 2)
            drawn.append(
                element("rect", x=left, y=_TOP + _ROW * label + 1, width=right - left, height=_ROW - 2, class_="truth")
            )
    width = max(1.0, x(first + step) - x(first))
    drawn += [_marks(points, x, width, classes, right=right) for right in (True, False)]
    unit = " s" if in_seconds else ""
    what = "Class in force" if is_decided(points) else "Answers of the firmware"
    for tick in ticks(times[0], times[-1], 6):
        drawn.append(text(x(tick), height - 8, f"{tick:g}{unit}", anchor="middle"))
    return figure(_W, height, f"{what} over one sealed recording", *drawn, class_="chart wide")


def _marks(
    points: Sequence[TimelinePoint], x: Callable[[float], float], width: float, classes: Sequence[str], *, right: bool
) -> Markup:
    """All marks of one kind as a single path: a recording may hold thousands of answers."""
    steps = [
        f"M{number(x(p.at) - width / 2)} {number(_TOP + _ROW * p.said + 11)}h{number(width)}"
        for p in points
        if 0 <= p.said < len(classes) and (p.label < 0 or p.label == p.said) == right
    ]
    return (
        element("path", d="".join(steps), class_="answer right" if right else "answer wrong") if steps else Markup("")
    )


def _runs(points: Sequence[TimelinePoint]) -> list[tuple[int, int, int]]:
    """Unbroken stretches of one label: (label, first index, last index)."""
    runs: list[tuple[int, int, int]] = []
    for index, point in enumerate(points):
        if runs and runs[-1][0] == point.label:
            runs[-1] = (point.label, runs[-1][1], index)
        else:
            runs.append((point.label, index, index))
    return runs


def is_decided(points: Sequence[TimelinePoint]) -> bool:
    """Whether the device decides about its answers before it says anything."""
    return any(point.in_force is not None for point in points)


def agreement(points: Sequence[TimelinePoint]) -> str:
    """How many labelled moments were told right, in words; of the answers as well where they are decided about."""
    labelled = [p for p in points if p.label >= 0]
    answered = f"{sum(p.answer == p.label for p in labelled):,} of {len(labelled):,} labelled answers are right"
    if not is_decided(points):
        return f"{answered}."
    said = sum(p.said == p.label for p in labelled)
    return (
        f"The class in force is right at {said:,} of {len(labelled):,} labelled moments; it follows a change late: "
        f"answers are smoothed or must last. {answered} by themselves."
    )
