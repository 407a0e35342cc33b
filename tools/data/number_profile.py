"""Which numbers could be estimated from a data set, how they are distributed, and what plain methods reach."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nanosmith.tools.data.baseline import plain_features
from nanosmith.tools.data.columns import unit_of
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.number_sources import numeric_names
from nanosmith.tools.data.numbers import number_of
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.shortcuts import steady_traits
from nanosmith.tools.data.window_set import WindowSet
from nanosmith.tools.specs.data_profile import NumberProfile, NumberSource
from nanosmith.tools.specs.trial import Metric
from nanosmith.tools.training.number_scoring import evaluate_numbers

_MOST_NUMBERS = 24
_MOST_WINDOWS = 2_000
_FOLDS = 4
_ALPHAS = (1.0, 10.0, 100.0, 1_000.0)
_TWIN = 0.999
_GIVEN_AWAY = 0.95
"""Correlation of ranks from which how a recording was made tells its number."""

_LEAST_RECORDINGS = 8
_BINS = 16
_FEW = 0.1
"""Share of the windows up to which far values are marks rather than another range."""

_OUTLIER = 20.0
"""Distances from the median, in those that half of the values keep within."""


@dataclass(frozen=True)
class _Number:
    name: str
    source: NumberSource
    unit: str | None


def profile_numbers(data: DataSet, windows: WindowSet, findings: Findings, *, seed: int) -> tuple[NumberProfile, ...]:
    """All numbers that the open part holds and that are not the same everywhere.

    Args:
        data: The open part.
        windows: Cut from it with all channels; at most 2,000, evenly picked, are used.
        findings: Gets what is odd about a number, and under `leak:` what gives one away.
        seed: Of the intervals.

    """
    picked = np.unique(np.linspace(0, len(windows) - 1, min(len(windows), _MOST_WINDOWS)).astype(np.int64))
    recordings = np.asarray(windows.recordings)[picked]
    samples, groups = np.asarray(windows.windows[picked]), np.asarray(windows.groups)[picked]
    if len(np.unique(groups)) < 2:
        groups = recordings
    found = []
    for number in _numbers(data):
        truth = _of_windows(number, data, samples, recordings)
        known = ~np.isnan(truth)
        if known.sum() < 2 or np.ptp(truth[known]) == 0:
            if number.source == "index":
                findings.warning(f"column {number.name!r} of the index is the same everywhere: nothing to estimate")
            continue
        _point_out_outliers(number, truth[known], findings)
        if number.source != "channel":
            _point_out_shortcuts(number, data, findings)
        found.append(_profile(number, data, truth[known], samples[known], groups[known], seed))
    return tuple(found)


def _numbers(data: DataSet) -> Iterator[_Number]:
    for name in data.listed:
        yield _Number(name, "index", unit_of(name))
    counted = numeric_names(data.classes)
    if counted is not None:
        yield _Number(counted[0] or "number", "class", counted[2] or None)
    if data.kind in ("series", "windows") and 1 < len(data.channels) <= _MOST_NUMBERS:
        for name in data.channels:
            yield _Number(name, "channel", unit_of(name))


def _of_windows(
    number: _Number, data: DataSet, samples: NDArray[np.generic], recordings: NDArray[np.int32]
) -> NDArray[np.float64]:
    if number.source == "channel":
        column = data.channels.index(number.name)
        return np.asarray(samples[:, :, column].astype(np.float64).mean(axis=1))
    values = [_whole(number, data, recording) for recording in data.recordings]
    return np.array(values, dtype=np.float64)[recordings]


def _whole(number: _Number, data: DataSet, recording: Recording) -> float:
    """The mean over a recording; NaN where it has none."""
    values = number_of(data, recording, number.name, number.source)
    known = np.empty(0) if values is None else values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _profile(
    number: _Number, data: DataSet, truth: NDArray[np.float64], samples: NDArray[np.generic],
    groups: NDArray[np.int32], seed: int,
) -> NumberProfile:  # fmt: skip
    is_channel = number.source == "channel"
    column = data.channels.index(number.name) if is_channel else -1
    values = np.array([_whole(number, data, recording) for recording in data.recordings])
    missing = (
        sum(r.missing[column] for r in data.recordings if r.missing) if is_channel else int(np.isnan(values).sum())
    )
    inputs = np.delete(samples, column, axis=2) if is_channel else samples
    return NumberProfile(
        name=number.name, source=number.source, unit=number.unit, minimum=float(truth.min()),
        maximum=float(truth.max()), mean=float(truth.mean()), std=float(truth.std()),
        histogram=tuple(int(count) for count in np.histogram(truth, bins=_BINS)[0]),
        recordings=int((~np.isnan(values)).sum()), missing=missing,
        plain=evaluate_numbers(truth, np.full(len(truth), truth.mean()), groups, seed).metrics,
        linear=_linear(inputs, truth, groups, seed),
        twins=_twins(data, column, truth, samples) if is_channel else (),
    )  # fmt: skip


def _linear(
    inputs: NDArray[np.generic], truth: NDArray[np.float64], groups: NDArray[np.int32], seed: int
) -> tuple[Metric, ...]:
    """Errors of a ridge on plain statistics for groups that it did not see; empty where there are fewer than two."""
    count = len(np.unique(groups))
    if count < 2:
        return ()
    features = plain_features(inputs)
    estimates = np.zeros(len(truth))
    for train, test in GroupKFold(min(_FOLDS, count)).split(features, truth, groups):
        model = make_pipeline(StandardScaler(), RidgeCV(_ALPHAS)).fit(features[train], truth[train])
        low, high = truth[train].min(), truth[train].max()  # a line goes on for ever, a number doesn't
        estimates[test] = np.clip(model.predict(features[test]), low - (high - low), high + (high - low))
    return evaluate_numbers(truth, estimates, groups, seed).metrics


def _twins(
    data: DataSet, column: int, truth: NDArray[np.float64], samples: NDArray[np.generic]
) -> tuple[str, ...]:  # fmt: skip
    means = samples.astype(np.float64).mean(axis=1)
    twins = []
    for other, name in enumerate(data.channels):
        if other != column and np.ptp(means[:, other]) > 0 and abs(np.corrcoef(means[:, other], truth)[0, 1]) > _TWIN:
            twins.append(name)
    return tuple(twins)


def _point_out_outliers(number: _Number, truth: NDArray[np.float64], findings: Findings) -> None:
    """Values so far from the rest that they are rather marks of a sensor that failed."""
    middle = float(np.median(truth))
    usual = float(np.median(np.abs(truth - middle)))
    far = np.abs(truth - middle) > _OUTLIER * usual
    if usual > 0 and 0 < far.mean() <= _FEW:
        worst = float(truth[np.abs(truth - middle).argmax()])
        findings.warning(
            f"number {number.name!r}: {{n}} of {len(truth)} windows are far from all others, such as {worst:.4g} where "
            f"half lie within {usual:.3g} of {middle:.4g}; they were kept",
            count=int(far.sum()),
            effect="a mark of a failed sensor (-999 and the like) would be learned as a measurement; leave such out",
        )  # fmt: skip


def _point_out_shortcuts(number: _Number, data: DataSet, findings: Findings) -> None:
    """How a recording was made should not tell its number."""
    values = np.array([_whole(number, data, recording) for recording in data.recordings])
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < _LEAST_RECORDINGS:
        return
    chosen = [data.recordings[at] for at in known]
    for name, effect, rows in steady_traits(data, chosen):
        best = max((_rank_correlation(column, values[known]) for column in rows.T), default=0.0)
        if best >= _GIVEN_AWAY:
            findings.warning(
                f"leak: {number.name!r} follows from {name} alone (correlation of ranks {best:.2f} over {len(known)} "
                "recordings)",
                effect=effect,
            )


def _rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Spearman's, without its sign; 0 where one of both is the same everywhere."""
    ranks = [np.unique(values, return_inverse=True)[1].astype(np.float64) for values in (first, second)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return 0.0
    return abs(float(np.corrcoef(ranks[0], ranks[1])[0, 1]))
