"""Trials and the confusion matrix, laid out for the templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from nanosmith.tools.contract import latency_limit_ms
from nanosmith.tools.report.curves import learning_curve
from nanosmith.tools.report.facts import budget_of
from nanosmith.tools.report.scatter import Dot, score_against
from nanosmith.tools.report.wording import describe_front_end, learned, title_of, told
from nanosmith.tools.specs.candidate import TrainingSettings
from nanosmith.tools.specs.report import ReportData, ReportTrial
from nanosmith.tools.specs.trial import DeviceReport, Evaluation, Metric
from nanosmith.tools.specs.verdict import Verdict

_AUGMENTATIONS = {
    "rotate_deg": "rotation (degrees)",
    "scale": "gain",
    "jitter": "noise",
    "shift": "shift in time",
    "stretch": "change of pace",
    "warp": "scaled frequencies",
    "tilt": "tilted spectrum",
    "wander": "wandering baseline",
    "filter": "random filter",
    "invert": "inversion",
    "artifacts": "artifacts",
    "mask": "masking",
    "mixup": "mixup",
    "image_shift": "shift",
    "image_zoom": "zoom",
    "image_rotate_deg": "rotation (degrees)",
    "image_flip": "mirroring",
}


@dataclass(frozen=True)
class Cost:
    """One budget of one trial."""

    title: str
    shown: str
    percent: float | None
    is_over: bool


@dataclass(frozen=True)
class Card:
    """One trial."""

    id: str
    round: int
    idea: str
    status: str
    reason: str | None
    is_chosen: bool
    score: str
    interval: str
    float_score: str
    train: str
    weights: str
    macs: str
    front_end: str
    recipe: str
    costs: tuple[Cost, ...]
    parity: str
    curve: Markup | None
    folds: int
    source: str


def cards(data: ReportData) -> list[Card]:
    """All trials in the order in which they were proposed."""
    return [_card(data, trial) for trial in data.trials]


def _card(data: ReportData, entry: ReportTrial) -> Card:
    trial, candidate, metric = entry.trial, entry.candidate, _metric(data, entry.trial.int8)
    interval = metric.interval if metric else None
    floating, spec = _metric(data, trial.float32), data.summary.spec
    device = entry.device
    return Card(
        id=candidate.id,
        round=candidate.round,
        idea=candidate.idea,
        status=trial.status.replace("_", " "),
        reason=trial.reason or entry.failure,
        is_chosen=candidate.id == data.chosen,
        score=told(metric.value if metric else None, spec),
        interval=f"{told(interval.low, spec)}–{told(interval.high, spec)}" if interval else "",
        float_score=told(floating.value if floating else None, spec),
        train=learned(trial.train_accuracy, spec),
        weights=f"{entry.weights:,}",
        macs=f"{entry.macs:,}",
        front_end=describe_front_end(candidate.front_end),
        recipe=_recipe(candidate.training),
        costs=() if device is None else _costs(data, device),
        parity="" if device is None else f"{device.parity.equal:,} of {device.parity.compared:,}",
        curve=learning_curve(trial),
        folds=len([curve for curve in trial.curves if curve]),
        source=entry.source,
    )


def _recipe(training: TrainingSettings) -> str:
    changes = [
        words if value is True else f"{words} {value:g}"
        for name, words in _AUGMENTATIONS.items()
        if (value := getattr(training.augmentation, name))
    ]
    base = f"{training.epochs} epochs, batch {training.batch_size}, learning rate {training.learning_rate:g}"
    if training.members > 1:
        base = f"{training.members} networks together; {base}"
    return f"{base}; augmentation: {', '.join(changes) or 'none'}"


def _metric(data: ReportData, evaluation: Evaluation | None) -> Metric | None:
    spec = data.summary.spec
    if evaluation is None or spec is None:
        return None
    return next((m for m in evaluation.metrics if m.name == spec.metric), None)


def _costs(data: ReportData, device: DeviceReport) -> tuple[Cost, ...]:
    spec = data.summary.spec
    latency = latency_limit_ms(spec) if spec else None
    return (
        _cost("flash", f"{device.flash_bytes:,} B", device.flash_bytes, budget_of(data, "flash_bytes")[0]),
        _cost("RAM", f"{device.ram_bytes:,} B", device.ram_bytes, budget_of(data, "ram_bytes")[0]),
        _cost("latency", f"{device.latency_ms:.3g} ms", device.latency_ms, latency),
    )


def _cost(title: str, shown: str, value: float, limit: float | None) -> Cost:
    if not limit:
        return Cost(title, shown, None, is_over=False)
    return Cost(title, shown, round(min(100.0, 100 * value / limit), 1), is_over=value > limit)


def scatters(data: ReportData) -> list[Markup]:
    """Score against flash and against RAM; empty where nothing was measured on the board."""
    spec = data.summary.spec
    measured = [(t, t.device, _metric(data, t.trial.int8)) for t in data.trials]
    dots = [(t, device, metric) for t, device, metric in measured if device is not None and metric is not None]
    if spec is None or not dots:
        return []
    pictures = []
    names: tuple[tuple[str, Literal["flash_bytes", "ram_bytes"]], ...] = (
        ("flash", "flash_bytes"),
        ("RAM", "ram_bytes"),
    )
    for what, name in names:
        budget, _ = budget_of(data, name)
        placed = [_dot(data, entry, getattr(device, name), metric) for entry, device, metric in dots]
        pictures.append(
            score_against(
                placed,
                what=what,
                budget=budget,
                limit=spec.metric_limit,
                metric=title_of(spec.metric),
                is_error=spec.target is not None,
            )
        )
    return pictures


def _dot(data: ReportData, entry: ReportTrial, size: int, metric: Metric) -> Dot:
    between = metric.interval
    return Dot(
        name=entry.candidate.id,
        size_bytes=size,
        score=metric.value,
        low=between.low if between else None,
        high=between.high if between else None,
        is_chosen=entry.candidate.id == data.chosen,
    )


@dataclass(frozen=True)
class Cell:
    """One count of the confusion matrix."""

    count: int
    percent: float
    """Of its row, that is of what was truly this class."""

    share: str
    is_right: bool


def confusion(evaluation: Evaluation) -> list[list[Cell]]:
    """Rows are true classes, columns answers."""
    rows = []
    for i, row in enumerate(evaluation.confusion):
        whole = max(1, sum(row))
        rows.append([_cell(count, 100 * count / whole, is_right=i == j) for j, count in enumerate(row)])
    return rows


def _cell(count: int, percent: float, *, is_right: bool) -> Cell:
    share = "<1 %" if 0 < percent < 1 else f"{percent:.0f} %"
    return Cell(count, round(percent, 1), share, is_right=is_right)


@dataclass(frozen=True)
class Round:
    """What was proposed in a round, and what the critic made of it."""

    number: int
    cards: tuple[Card, ...]
    verdict: Verdict | None


def rounds(made: Sequence[Card], verdicts: Sequence[Verdict]) -> list[Round]:
    """Proposals and verdicts in the order in which they came; a round may lack either."""
    numbers = sorted({card.round for card in made})
    told = [
        Round(number, tuple(card for card in made if card.round == number), verdicts[i] if i < len(verdicts) else None)
        for i, number in enumerate(numbers)
    ]
    last = numbers[-1] if numbers else 0
    late = verdicts[len(numbers) :]
    return told + [Round(last + 1 + i, (), verdict) for i, verdict in enumerate(late)]
