"""What measured trials say is wrong: each finding is a kind and two sentence parts, what was seen and what to try."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nanosmith.agents.coder import TrialDigest
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.device_spec import Spec

Kind = Literal[
    "failed", "flash", "ram", "latency", "overfitting", "underfitting", "quantization", "confusion", "weak class",
    "headroom", "plateau",
]  # fmt: skip

_OVERFIT_GAP = 0.08
"""Training accuracy over the validation score; people differ, so a few points are no fault."""

_UNDERFIT_TRAIN = 0.92
_UNDERFIT_NUMBER = 0.6
"""The same for a number, whose error never goes all away."""

_UNDERFIT_GAP = 0.04
_STILL_RISING = 0.01
_QUANTIZATION_LOSS = 0.01
_WEAK_RECALL = 0.15
"""Below the mean recall."""

_HEADROOM = 0.6
"""Share of the tighter memory budget under which a larger network is worth a try."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or could be better."""

    kind: Kind
    seen: str
    tried: str
    """What to try next."""

    @property
    def advice(self) -> str:
        """One line for the coder; it starts with the kind."""
        return f"{self.kind}: {self.seen}; {self.tried}."


def diagnose(spec: Spec, board: Board, trial: TrialDigest) -> tuple[Finding, ...]:
    """Everything found in one trial, the gravest first."""
    if trial.status != "complete" or trial.score is None or trial.merit is None:
        reason = trial.reason or "no reason was given"
        way = "make it smaller or train for fewer epochs" if trial.status == "timed_out" else "avoid what failed"
        return (Finding("failed", f"{trial.candidate} {trial.status.replace('_', ' ')}: {reason}", way),)
    return (
        *_over_budget(spec, board, trial),
        *_fit(trial, trial.merit),
        *_quantization(trial, trial.merit),
        *_classes(trial),
        *_headroom(spec, board, trial),
    )


def limits(spec: Spec, board: Board) -> dict[Literal["flash", "ram", "latency"], float]:
    """Upper limits by kind: what the goal allows, else what the board has; bytes and milliseconds."""
    found: dict[Literal["flash", "ram", "latency"], float] = {
        "flash": board.flash_bytes if spec.budget.flash_bytes is None else spec.budget.flash_bytes,
        "ram": board.ram_bytes if spec.budget.ram_bytes is None else spec.budget.ram_bytes,
    }
    if spec.budget.latency_ms is not None:
        found["latency"] = spec.budget.latency_ms
    elif spec.answers_per_s is not None:
        found["latency"] = 1000.0 / spec.answers_per_s
    return found


def _over_budget(spec: Spec, board: Board, trial: TrialDigest) -> Iterator[Finding]:
    if trial.device is None:
        return
    used = {"flash": trial.device.flash_bytes, "ram": trial.device.ram_bytes, "latency": trial.device.latency_ms}
    remedies = {
        "flash": "fewer filters or weights",
        "ram": "smaller activations: stride or pool earlier, fewer filters in the first layers",
        "latency": "fewer multiplications: stride earlier, depthwise-separable convolutions, a coarser front-end",
    }
    for kind, limit in limits(spec, board).items():
        if used[kind] > limit:
            unit = "ms" if kind == "latency" else "B"
            over = f"{used[kind]:,.0f} {unit} where {limit:,.0f} {unit} are allowed ({used[kind] - limit:,.0f} over)"
            yield Finding(kind, over, remedies[kind])


def _fit(trial: TrialDigest, score: float) -> Iterator[Finding]:
    train = trial.train_accuracy
    if train is None:
        return
    unseen = score
    if trial.curve and trial.curve[-1].validation is not None:
        unseen = trial.curve[-1].validation  # accuracy like `train`, where the score may be another metric
    gap = train - unseen
    what = "accuracy" if trial.plain_error is None else "share of the plain error gone:"
    seen = f"{what} {train:.3f} on training windows, {unseen:.3f} on groups that were not trained on"
    rising = _rise(trial)
    is_number = trial.plain_error is not None
    if train < (_UNDERFIT_NUMBER if is_number else _UNDERFIT_TRAIN) and gap < _UNDERFIT_GAP:
        yield Finding("underfitting", seen, "a wider or deeper network, less regularization, more epochs")
    elif rising > _STILL_RISING and gap < _OVERFIT_GAP:
        still = f"validation still rose by {rising:.3f} over the last third of the epochs"
        yield Finding("underfitting", still, "more epochs or a higher learning rate")
    elif gap > _OVERFIT_GAP:
        yield Finding(
            "overfitting", seen, "more augmentation, more weight decay or dropout, fewer weights, fewer epochs"
        )


def _rise(trial: TrialDigest) -> float:
    """How much the best validation of the last third beats the best before it."""
    values = [point.validation for point in trial.curve if point.validation is not None]
    if len(values) < 6:
        return 0.0
    cut = len(values) * 2 // 3
    return max(values[cut:]) - max(values[:cut])


def _quantization(trial: TrialDigest, score: float) -> Iterator[Finding]:
    loss = 0.0 if trial.float_merit is None else trial.float_merit - score
    if loss > _QUANTIZATION_LOSS and trial.float_score is not None:
        found = f"{trial.float_score:.4g} in floating point, {trial.score:.4g} in int8"
        yield Finding(
            "quantization",
            f"int8 costs {loss:.3f} ({found})" if trial.plain_error is None else f"int8 adds error ({found})",
            "activations with bounded range (ReLU6), batch normalization before every activation, smaller weights",
        )


def _classes(trial: TrialDigest) -> Iterator[Finding]:
    if trial.confused:
        pairs = ", ".join(
            f"{true} taken for {predicted} ({count} times)" for true, predicted, count in trial.confused[:3]
        )
        yield Finding("confusion", pairs, "features or a receptive field that tell these apart")
    if trial.recall:
        mean = sum(trial.recall.values()) / len(trial.recall)
        weak = sorted((recall, name) for name, recall in trial.recall.items() if recall < mean - _WEAK_RECALL)
        if weak:
            names = ", ".join(f"{name} {recall:.2f}" for recall, name in weak[:4])
            yield Finding("weak class", f"recall of {names} where the mean is {mean:.2f}", "balanced class weights")


def _headroom(spec: Spec, board: Board, trial: TrialDigest) -> Iterator[Finding]:
    """Only where the score is short: a contract that is met needs no larger network."""
    if trial.device is None or trial.merit is None or trial.merit >= spec.merit(spec.metric_limit):
        return
    allowed = limits(spec, board)
    used = max(trial.device.flash_bytes / max(1, allowed["flash"]), trial.device.ram_bytes / max(1, allowed["ram"]))
    if used < _HEADROOM:
        yield Finding("headroom", f"at most {used:.0%} of a memory budget is used", "a larger network would fit")
