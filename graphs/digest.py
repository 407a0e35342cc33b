"""A trial in short: what coder and critic read, and what the trace shows."""

from nanosmith.agents.briefs import TrialDigest
from nanosmith.tools.contract import check_contract
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import Candidate, CandidateCheck
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.trial import CurvePoint, DeviceReport, Evaluation, Metric, Trial

_CURVE_POINTS = 12
_CONFUSIONS = 5


def trial_metric(spec: Spec, evaluation: Evaluation | None) -> Metric | None:
    """The spec's metric of an evaluation; None where there was none."""
    return None if evaluation is None else evaluation.metric(spec.metric)


def digest_trial(
    spec: Spec, board: Board, candidate: Candidate, check: CandidateCheck, trial: Trial, device: DeviceReport | None
) -> TrialDigest:
    """Everything about one trial that an agent may reason with."""
    metric = trial_metric(spec, trial.int8)
    float_metric = trial_metric(spec, trial.float32)
    fits = None
    if device is not None:
        items = check_contract(spec, board, score=None, device=device)
        fits = all(item.met is not False for item in items if not item.at_least)
    return TrialDigest(
        candidate=candidate.id,
        round=candidate.round,
        idea=candidate.idea,
        parameters=candidate.parameters,
        front_end=candidate.front_end,
        training=candidate.training,
        status=trial.status,
        reason=trial.reason,
        score=None if metric is None else metric.value,
        score_low=None if metric is None or metric.interval is None else metric.interval.low,
        score_high=None if metric is None or metric.interval is None else metric.interval.high,
        plain_error=None if spec.target is None else spec.target.plain_error,
        rates=_rates(trial.int8) if spec.task == "anomaly" else {},
        float_score=None if float_metric is None else float_metric.value,
        train_accuracy=trial.train_accuracy,
        recall={} if trial.int8 is None else {c.name: c.recall for c in trial.int8.classes},
        confused=_confused(trial.int8),
        curve=_thinned(trial.curves[0] if trial.curves else ()),
        weights=check.weights,
        macs=check.macs,
        device=device,
        fits_budget=fits,
    )


def _rates(evaluation: Evaluation | None) -> dict[str, float]:
    metrics = () if evaluation is None else evaluation.metrics
    return {metric.name: metric.value for metric in metrics if metric.name.endswith("_alarm_rate")}


def _confused(evaluation: Evaluation | None) -> tuple[tuple[str, str, int], ...]:
    if evaluation is None:
        return ()
    names = [c.name for c in evaluation.classes]
    mistakes = [
        (names[true], names[predicted], count)
        for true, row in enumerate(evaluation.confusion)
        for predicted, count in enumerate(row)
        if true != predicted and count
    ]
    return tuple(sorted(mistakes, key=lambda m: (-m[2], m[0], m[1]))[:_CONFUSIONS])


def _thinned(curve: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
    if len(curve) <= _CURVE_POINTS:
        return curve
    last = len(curve) - 1
    return tuple(curve[round(i * last / (_CURVE_POINTS - 1))] for i in range(_CURVE_POINTS))
