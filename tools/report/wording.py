"""Names and numbers as people read them; the trace and the report say the same thing the same way."""

from collections.abc import Sequence
from typing import assert_never

from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.front_end import (
    BesideFrontEnd,
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MelFrontEnd,
    MfccFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    StatisticsFrontEnd,
    WaveletFrontEnd,
    is_standardized,
)
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import Metric, ThresholdScore

_DB = 3.0103
"""Of one step of log2 of a power."""

_TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "balanced_accuracy": "balanced accuracy",
    "class_f1": "F1 of the rare class",
    "class_recall": "recall of the rare class",
    "false_alarms_per_hour": "false alarms an hour",
    "false_alarm_rate": "false alarms",
    "missed_alarm_rate": "missed alarms",
    "mae": "mean absolute error",
    "rmse": "root mean square error",
    "r2": "variance explained (R²)",
    "bias": "mean error (bias)",
    "event_f1": "F1 of events",
    "event_precision": "reports that stand for an event",
    "event_recall": "events found",
    "detection_delay_s": "delay of detection (median)",
    "in_force_accuracy": "answers with the right class in force",
    "flash_bytes": "flash",
    "ram_bytes": "RAM",
    "latency_ms": "latency",
}


def title_of(name: str) -> str:
    """A limit's or metric's name for people; an unknown name stays as it is."""
    return _TITLES.get(name, name)


def metric_title(spec: Spec) -> str:
    """The contract's metric, with its class where it is of one."""
    return title_of(spec.metric) if spec.metric_class is None else f"F1 of {spec.metric_class}"


def amount(value: float, unit: str = "") -> str:
    """A number with its unit: whole above 100 or when it is whole, else four significant places."""
    if unit == "B":
        return f"{value:,.0f} B"
    if unit:
        return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"
    return score(value) if abs(value) <= 1 else f"{value:,.4g}"


def score(value: float | None) -> str:
    """A share between 0 and 1 with four places; an em dash where it was not measured."""
    return "—" if value is None else f"{value:.4f}"


def told(value: float | None, spec: Spec | None) -> str:
    """A score of the contract's task: a share, or the error of a number with its unit."""
    if value is None or spec is None or spec.target is None:
        return score(value)
    return f"{value:.4g} {spec.target.unit or ''}".strip()


def learned(value: float | None, spec: Spec | None) -> str:
    """What a network did on its own training windows: accuracy, or how much of a number's plain error is gone."""
    return score(value) if value is None or spec is None or spec.target is None else f"{value:.0%} of the error gone"


def target_in_words(spec: Spec) -> str:
    """Such as `weight_kg in kg, told to 0.1, from the index`; empty where the answer is a class."""
    target = spec.target
    if target is None:
        return ""
    unit = f" in {target.unit}" if target.unit else ""
    where = {"channel": "from its channel", "index": "from the index", "class": "from the class names"}[target.source]
    return f"{target.name}{unit}, told to {10.0**-target.decimals:g}; the truth is taken {where}"


def thresholds_in_words(spec: Spec) -> str:
    """Such as `alarm above 80 °C, over below 78 °C`; empty where there is none."""
    unit = "" if spec.target is None or not spec.target.unit else f" {spec.target.unit}"
    parts = []
    for limit in spec.behavior.thresholds:
        back = limit.value + (limit.margin if limit.side == "below" else -limit.margin)
        row = "" if limit.answers == 1 else f" for {limit.answers} answers in a row"
        parts.append(f"alarm {limit.side} {limit.value:g}{unit}{row}, over at {back:.4g}{unit}")
    return "; ".join(parts)


def sides_in_words(found: ThresholdScore, unit: str | None) -> str:
    """How many windows were on the wrong side of a limit, each by itself."""
    right = found.beyond + found.within - found.missed - found.false_alarms
    limit = f"{found.threshold.side} {found.threshold.value:g} {unit or ''}".strip()
    return (
        f"{limit}: {right:,} of {found.beyond + found.within:,} windows on the right side; "
        f"{_of_windows(found.false_alarms, found.within)} false alarms, "
        f"{_of_windows(found.missed, found.beyond)} missed alarms"
    )


def _of_windows(count: int, of: int) -> str:
    return f"{count:,} of {of:,}" + (f" ({count / of:.1%})" if of else "")


_COUNTING = (
    ("false_alarm_rate", "missed_alarm_rate", "balanced_accuracy"),
    ("mae", "rmse", "r2"),
    ("class_f1", "class_recall", "false_alarms_per_hour", "balanced_accuracy"),
)
"""What a task is judged by, told by its first or second metric: an alarm, a number, one class that matters."""


def counting(metrics: Sequence[Metric]) -> tuple[Metric, ...]:
    """The metrics that a task is judged by, in order; all of them where several classes matter alike.

    Accuracy and macro-F1 of an alarm flatter or frighten with how many abnormal windows the test happens to hold.
    """
    by_name = {metric.name: metric for metric in metrics}
    names = next((names for names in _COUNTING if not by_name.keys().isdisjoint(names[:2])), tuple(by_name))
    return tuple(by_name[name] for name in names if name in by_name)


def metric_told(name: str, value: float, unit: str | None, *, is_number: bool) -> str:
    """A metric of a test: an error in the number's unit where the task is one, a rate an hour, else a share."""
    if is_number and name != "r2":
        return f"{value:.4g} {unit or ''}".strip()
    return metric_value(name, value)


def metric_value(name: str, value: float) -> str:
    """A metric's value: seconds, a number an hour, or a share."""
    if name.endswith("_s"):
        return amount(value, "s")
    return f"{value:,.3g}" if name.endswith("_per_hour") else score(value)


def describe_decision(decision: Decision | None, spec: Spec) -> str:
    """When a class is reported, in a sentence."""
    if decision is None or (decision.weight == 256 and decision.enter == 0):
        answers = spec.behavior.debounce if decision is None else decision.shortest
        said = f"A class is reported once it won {answers} of the latest windows in a row"
        return f"{said}." if decision is None or not decision.refractory else f"{said}{_refractory(decision, spec)}."
    smoothing = (
        "" if decision.weight == 256 else f", smoothed with a weight of {decision.weight / 256:.2g} of the newest"
    )
    row = "" if decision.shortest == 1 else f" for {decision.shortest} answers in a row"
    enter = "is the highest" if decision.enter == 0 else f"is the highest and at least {decision.enter / 256:.3g}"
    said = f"A class is reported when its share of belief{smoothing} {enter}{row}"
    if decision.enter:
        said += f"; it is over below {decision.leave / 256:.3g}"
    return f"{said}{_refractory(decision, spec)}."


def _refractory(decision: Decision, spec: Spec) -> str:
    if not decision.refractory:
        return ""
    rate, answers = spec.window.rate_hz, decision.refractory
    span = f"{answers} answers" if rate is None else amount(answers * spec.window.hop / rate, "s")
    return f"; after an event begins no other one does for {span}"


def limit_of(item: ContractItem) -> str:
    """Such as `≥ 0.8500` or `≤ 24,576 B`."""
    return f"{'≥' if item.at_least else '≤'} {amount(item.limit, item.unit)}"


def measured_of(item: ContractItem) -> str:
    """What was measured, or that nothing was."""
    return "not measured" if item.measured is None else amount(item.measured, item.unit)


def outcome_of(item: ContractItem) -> str:
    """`met`, `not met` with the distance, or `not measured`."""
    if item.met is None or item.measured is None:
        return "not measured"
    if item.met:
        return "met"
    way = "short" if item.at_least else "over"
    return f"not met: {amount(abs(item.measured - item.limit), item.unit)} {way}"


def describe_front_end(front_end: FrontEnd) -> str:
    """A feature front-end in a few words."""
    match front_end:
        case RawFrontEnd():
            averaged = "" if front_end.decimate == 1 else f", averaged by {front_end.decimate}"
            return f"raw samples{averaged}{_own_scale(front_end)}"
        case StatisticsFrontEnd():
            return f"{len(front_end.statistics)} statistics of each channel over {front_end.frame} samples"
        case MotionFrontEnd():
            return f"{', '.join(front_end.parts)} of {len(front_end.triples)} accelerometer(s), lag {front_end.lag}"
        case LogMelFrontEnd() | MfccFrontEnd() | PcenFrontEnd():
            return _describe_mel(front_end)
        case SpectrumFrontEnd():
            bands = f"{front_end.bands} {front_end.scale} bands of each channel"
            return f"{bands}, {front_end.compression} of energy, frame {front_end.frame}, hop {front_end.hop}"
        case WaveletFrontEnd():
            octaves = f"{front_end.levels} wavelet octaves of each channel, {front_end.measure}, hop {front_end.hop}"
            return octaves + _own_scale(front_end)
        case ImageFrontEnd():
            part = "" if front_end.crop is None else " of a part"
            return f"{front_end.width}×{front_end.height} {'gray' if front_end.gray else 'color'} picture{part}"
        case ChainFrontEnd():
            return "; then ".join(describe_front_end(stage) for stage in front_end.stages)
        case BesideFrontEnd():
            return "; beside ".join(describe_front_end(part) for part in front_end.parts)
        case _:
            assert_never(front_end)


def _own_scale(front_end: FrontEnd) -> str:
    return ", each window in its own deviations" if is_standardized(front_end) else ""


def _describe_mel(front_end: MelFrontEnd) -> str:
    what = f"{front_end.bands} log-mel bands"
    if isinstance(front_end, MfccFrontEnd):
        what = f"{front_end.coefficients} MFCC of {front_end.bands} bands"
    elif isinstance(front_end, PcenFrontEnd):
        what = f"{front_end.bands} mel bands normalized by their past (PCEN)"
    elif front_end.range is not None:
        what += f" up to {_DB * front_end.range:.0f} dB below the window's loudest,"
    return f"{what} {front_end.low_hz:g}–{front_end.high_hz:g} Hz, frame {front_end.frame}, hop {front_end.hop}"
