"""Cross-validation parts: no person, machine or recording is on both sides of a fold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

_FOLDS = 3
_FEW_WINDOWS = 600
_FOLDS_OF_FEW = 5
_GROUPS_FOR_K_FOLD = 6

Integers = NDArray[np.integer]


@dataclass(frozen=True)
class Fold:
    """Positions in the open windows, ascending."""

    training: NDArray[np.int64]
    validation: NDArray[np.int64]


def make_folds(labels: Integers, groups: Integers, recordings: Integers, *, seed: int) -> tuple[Fold, ...]:
    """Cut labelled windows [n] into folds that keep groups whole and classes balanced.

    Three folds from six groups on (five where windows are so few that trainings are cheap and scores coarse); with
    two to five groups, each is left out once. With one group, recordings are kept whole instead, and where those are
    too few as well, stretches of them.

    Raises:
        ValueError: Fewer than two windows, so nothing can be held out.

    """
    if len(labels) < 2:
        raise ValueError(f"{len(labels)} labelled windows can't be split into training and validation")
    units, count = _units(groups, recordings, len(labels))
    splitter = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
    parts = splitter.split(np.zeros(len(labels)), _strata(labels, count), units)
    folds = (Fold(np.sort(training), np.sort(validation)) for training, validation in parts)
    return tuple(fold for fold in folds if len(fold.training) and len(fold.validation))


def _units(groups: Integers, recordings: Integers, windows: int) -> tuple[NDArray[np.int64], int]:
    wanted = _FOLDS_OF_FEW if windows < _FEW_WINDOWS else _FOLDS
    found, position = np.unique(groups, return_inverse=True)
    if len(found) >= _GROUPS_FOR_K_FOLD:
        return position, wanted
    if len(found) >= 2:
        return position, len(found)
    found, position = np.unique(recordings, return_inverse=True)
    if len(found) >= 2 * wanted:
        return position, wanted
    wanted = min(wanted, windows)
    stretch = np.concatenate([_stretches(int((position == unit).sum()), wanted) for unit in range(len(found))])
    order = np.argsort(position, kind="stable")
    units = np.empty(windows, np.int64)
    units[order] = np.sort(position) * wanted + stretch
    return units, min(wanted, len(np.unique(units)))


def _stretches(length: int, count: int) -> NDArray[np.int64]:
    return np.arange(length) * count // max(length, 1)


def _strata(labels: Integers, folds: int) -> NDArray[np.int64]:
    """Labels for stratifying; a class rarer than the folds is too rare to spread and counts as the most common one."""
    counts = np.bincount(labels)
    rare = np.flatnonzero(counts < folds)
    return np.where(np.isin(labels, rare), int(counts.argmax()), labels).astype(np.int64)
