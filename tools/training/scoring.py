"""Predictions against labels, counted by the parent process: metrics with bootstrap intervals."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.bootstrap import interval_of
from nanosmith.tools.specs.device_spec import MetricName
from nanosmith.tools.specs.trial import ClassScore, Evaluation, Metric

_REPEATS = 1_000
METRICS: tuple[MetricName, ...] = ("accuracy", "macro_f1", "balanced_accuracy")
"""Those that need no class of their own."""

_LESS_IS_BETTER = ("false_alarms_per_hour", "false_alarm_rate", "missed_alarm_rate")

Integers = NDArray[np.integer]


def evaluate(
    labels: Integers, predictions: Integers, classes: Sequence[str], groups: Integers | None = None, seed: int = 1,
    *, focus: int | None = None, hours: float | None = None, alarms: bool = False,
) -> Evaluation:  # fmt: skip
    """Count predictions against labels.

    Args:
        labels: True class indices [n], n > 0; in 0 … len(classes) - 1.
        predictions: Predicted class indices [n].
        classes: Their names.
        groups: Subject, machine or session of each window [n]; the bootstrap resamples them whole, since windows of
            one person are not independent. With fewer than two groups, windows are resampled.
        seed: Of the bootstrap.
        focus: Class that matters most: `class_f1` and `class_recall` are its.
        hours: Length of the recordings in which each event is one window: gives `false_alarms_per_hour`, answers of the
            class in focus that are wrong.

        alarms: The first class is normal operation and every other one an alarm: gives `false_alarm_rate`, and where
            there is an abnormal window `missed_alarm_rate`.

    Raises:
        ValueError: The arrays don't fit each other, or are empty.

    """
    if not len(labels) or len(labels) != len(predictions):
        raise ValueError(f"{len(labels)} labels and {len(predictions)} predictions can't be compared")
    tables = _by_group(labels, predictions, len(classes), groups)
    total = tables.sum(axis=0)
    drawn = _resample(tables, np.random.default_rng(seed))
    values = scores(np.concatenate([total[None], drawn]))
    if focus is not None:
        values |= _focused(np.concatenate([total[None], drawn]), focus, hours)
    if alarms:
        values |= _alarm_rates(np.concatenate([total[None], drawn]))
    metrics = tuple(_metric(name, found[0], found[1:], len(labels)) for name, found in values.items())
    return Evaluation(
        metrics=metrics,
        classes=tuple(_class_score(name, total, position) for position, name in enumerate(classes)),
        confusion=tuple(tuple(int(count) for count in row) for row in total),
    )


def _metric(name: str, value: float, drawn: NDArray[np.float64], count: int) -> Metric:
    return Metric(
        name=name,
        value=float(value),
        direction="minimize" if name in _LESS_IS_BETTER else "maximize",
        interval=interval_of(drawn),
        n=count,
    )


def _focused(tables: NDArray[np.int64], focus: int, hours: float | None) -> dict[str, NDArray[np.float64]]:
    """F1 and recall of one class, and its false alarms an hour, for each table of [n, classes, classes]."""
    hits = tables[:, focus, focus].astype(np.float64)
    support, predicted = tables[:, focus, :].sum(axis=1), tables[:, :, focus].sum(axis=1)
    found = {
        "class_f1": 2 * hits / np.maximum(support + predicted, 1),
        "class_recall": hits / np.maximum(support, 1),
    }
    if hours:
        found["false_alarms_per_hour"] = (predicted - hits) / hours
    return found


def _alarm_rates(tables: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Share of the normal windows that raise an alarm and of the others that raise none, for each table."""
    normal, faults = tables[:, 0, :].sum(axis=1), tables[:, 1:, :].sum(axis=(1, 2))
    found = {}
    if normal[0]:
        found["false_alarm_rate"] = tables[:, 0, 1:].sum(axis=1) / np.maximum(normal, 1)
    if faults[0]:
        found["missed_alarm_rate"] = tables[:, 1:, 0].sum(axis=1) / np.maximum(faults, 1)
    return found


def scores(tables: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Each metric for each confusion table of [n, classes, classes].

    Macro-F1 is over the classes that occur or were predicted, balanced accuracy over those that occur (as
    scikit-learn has it).
    """
    hits = np.diagonal(tables, axis1=1, axis2=2).astype(np.float64)
    support, predicted = tables.sum(axis=2), tables.sum(axis=1)
    present = (support + predicted) > 0
    f1 = 2 * hits / np.maximum(support + predicted, 1)
    recall = hits / np.maximum(support, 1)
    return {
        "accuracy": hits.sum(axis=1) / np.maximum(support.sum(axis=1), 1),
        "macro_f1": f1.sum(axis=1) / np.maximum(present.sum(axis=1), 1),
        "balanced_accuracy": recall.sum(axis=1) / np.maximum((support > 0).sum(axis=1), 1),
    }


def _by_group(labels: Integers, predictions: Integers, classes: int, groups: Integers | None) -> NDArray[np.int64]:
    if groups is None:
        groups = np.zeros(len(labels), np.int64)
    _, position = np.unique(groups, return_inverse=True)
    tables = np.zeros((int(position.max()) + 1, classes, classes), np.int64)
    np.add.at(tables, (position, labels, predictions), 1)
    return tables


def _resample(tables: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    count, classes, _ = tables.shape
    if count > 1:
        times = random.multinomial(count, np.full(count, 1 / count), size=_REPEATS)
        return np.tensordot(times, tables, axes=1)
    flat = tables[0].ravel()
    drawn = random.multinomial(int(flat.sum()), flat / flat.sum(), size=_REPEATS)
    return drawn.reshape(_REPEATS, classes, classes)


def _class_score(name: str, table: NDArray[np.int64], position: int) -> ClassScore:
    hits, support, predicted = table[position, position], table[position].sum(), table[:, position].sum()
    return ClassScore(
        name=name,
        precision=float(hits / max(predicted, 1)),
        recall=float(hits / max(support, 1)),
        f1=float(2 * hits / max(support + predicted, 1)),
        support=int(support),
    )
