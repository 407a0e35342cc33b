"""Learning curves: one line a fold; validation solid, training dashed."""

from collections.abc import Sequence

from markupsafe import Markup

from nanosmith.tools.report.svg import element, figure, path, text, ticks
from nanosmith.tools.specs.trial import Trial

_W, _H = 300.0, 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 10.0, 8.0, 24.0


def learning_curve(trial: Trial) -> Markup | None:
    """Accuracy by epoch for each fold; None where no epoch ended."""
    curves = [curve for curve in trial.curves if curve]
    if not curves:
        return None
    values = [v for curve in curves for p in curve for v in (p.train, p.validation) if v is not None]
    low = max(0.0, min(0.9, min(values)) - 0.05)
    epochs = max(p.epoch for curve in curves for p in curve)

    def place(epoch: float, share: float) -> tuple[float, float]:
        x = _LEFT + (_W - _LEFT - _RIGHT) * (epoch - 1) / max(1, epochs - 1)
        return x, _TOP + (_H - _TOP - _BOTTOM) * (1 - (share - low) / (1 - low))

    drawn = [_grid_line(place(1, tick)[1], f"{tick:.0%}") for tick in ticks(low, 1.0)]
    drawn += [text(_LEFT, _H - 6, "epoch 1"), text(_W - _RIGHT, _H - 6, str(epochs), anchor="end")]
    for curve in curves:
        drawn.append(_line([place(p.epoch, p.train) for p in curve], "curve train"))
    for curve in curves:
        drawn.append(
            _line([place(p.epoch, p.validation) for p in curve if p.validation is not None], "curve validation")
        )
    return figure(_W, _H, f"Learning curve of {trial.candidate}", *drawn)


def _line(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    if not points:
        return Markup("")
    x, y = points[-1]
    end = element("circle", cx=x, cy=y, r=2.5, class_=class_.replace("curve", "dot"))
    return path(points, class_) + end


def _grid_line(y: float, label: str) -> Markup:
    line = element("line", x1=_LEFT, x2=_W - _RIGHT, y1=y, y2=y, class_="grid")
    return line + text(_LEFT - 6, y + 4, label, anchor="end")
