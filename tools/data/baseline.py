"""A plain method's score on the open part: the yardstick where a goal names none."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nanosmith.tools.data.pictures import resize
from nanosmith.tools.data.window_set import WindowSet
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.data_profile import Baseline
from nanosmith.tools.training.scoring import evaluate

_MOST_WINDOWS = 2_000
_FOLDS = 4
_BANDS = 16
_FRAMES = 8
_SIDE = 16


def baseline(windows: WindowSet, metric: str, seed: int) -> Baseline:
    """Logistic regression on plain statistics, scored out of fold on groups that it did not see.

    Args:
        windows: The open part; at most 2,000, evenly picked, are used.
        metric: `accuracy`, `macro_f1`, `balanced_accuracy`, or `class_f1` of the rarest class.
        seed: Of the folds.

    Raises:
        DataError: Fewer than two classes or groups to tell apart.

    """
    picked = np.unique(np.linspace(0, len(windows) - 1, min(len(windows), _MOST_WINDOWS)).astype(np.int64))
    labels, groups = windows.labels[picked], windows.groups[picked]
    count = len(np.unique(groups))
    if len(np.unique(labels)) < 2 or count < 2:
        raise DataError("fewer than two classes or two groups in the open part; nothing can be compared")
    features = plain_features(np.asarray(windows.windows[picked]))
    predicted = _out_of_fold(features, labels, groups, seed)
    done = predicted >= 0
    rarest = int(np.bincount(labels, minlength=len(windows.classes)).argmin())
    found = evaluate(labels[done], predicted[done], windows.classes, groups[done], seed, focus=rarest)
    return Baseline(
        method="logistic regression on plain statistics, by group",
        metric=metric,
        value=found.metric(metric).value,
        groups=count,
        metrics=found.metrics,
    )


def plain_features(windows: NDArray[Any]) -> NDArray[np.float32]:
    """Features [n, f]: small gray pixels of pictures; statistics and band energies of each channel otherwise."""
    if windows.ndim == 4:
        return np.stack([resize(window, _SIDE, _SIDE).astype(np.float32).mean(axis=2).ravel() for window in windows])
    return np.stack([_series_features(window) for window in windows])


def _series_features(window: NDArray[np.float32]) -> NDArray[np.float32]:
    steps = np.abs(np.diff(window, axis=0)).mean(axis=0) if len(window) > 1 else np.zeros(window.shape[1], np.float32)
    plain = [window.mean(axis=0), window.std(axis=0), window.min(axis=0), window.max(axis=0), steps]
    return np.concatenate([*plain, _bands(window).ravel()]).astype(np.float32)


def _bands(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log energies of bands, spaced by the logarithm: of the window; of a long one, of its frames and their spread."""
    frames = _FRAMES if len(window) >= 1024 else 1
    energies = []
    for frame in np.array_split(window - window.mean(axis=0), frames):
        spectrum = np.square(np.abs(np.fft.rfft(frame, axis=0)))[1:]
        edges = np.unique(np.geomspace(1, len(spectrum) + 1, _BANDS + 1).astype(int)) - 1
        sums = np.add.reduceat(spectrum, edges[:-1], axis=0) if len(edges) > 1 else spectrum
        energies.append(np.log(sums + 1e-6))
    if frames == 1:
        return np.asarray(energies[0], dtype=np.float32)
    widths = min(len(energy) for energy in energies)
    together = np.stack([energy[:widths] for energy in energies])
    return np.concatenate([together.mean(axis=0), together.std(axis=0), *together]).astype(np.float32)


def _out_of_fold(
    features: NDArray[np.float32], labels: NDArray[np.int32], groups: NDArray[np.int32], seed: int
) -> NDArray[np.int32]:
    """Class predicted for each window by a model that saw none of its group; -1 where a fold had one class."""
    count = len(np.unique(groups))
    folds = min(_FOLDS, count)
    smallest = int(np.bincount(labels)[np.unique(labels)].min())
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed) if smallest >= folds else GroupKFold(folds)
    predicted = np.full(len(labels), -1, dtype=np.int32)
    for train, test in splitter.split(features, labels, groups):
        if len(test) == 0 or len(np.unique(labels[train])) < 2:
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=60, tol=1e-2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a yardstick
            model.fit(features[train], labels[train])
        predicted[test] = model.predict(features[test])
    return predicted
