"""Targets of an archive that are numbers to estimate rather than classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data.recordings import LARGEST
from nanosmith.tools.errors import DataError

_MOST_CODES = 20
"""Different whole numbers from which they count or measure, where the goal asks for a number."""

_MOST_TARGETS = 24
_NAMES = ("y_names", "y_name", "target_names", "target_name", "label_names", "label_name")
_UNITS = ("y_units", "y_unit", "target_units", "target_unit", "units", "unit")


def are_numbers(targets: Sequence[NDArray[Any]], *, number_wanted: bool) -> bool:
    """Whether the arrays y of all parts, [n] or [n, k], hold measurements and no classes.

    Fractions always do, but for one-hot rows and shares that add up to 1; whole numbers only where the goal asks for a
    number and there are more than 20 of them.
    """
    if any(part.dtype.kind not in "fiu" or part.ndim > 2 for part in targets):
        return False
    if any(part.ndim == 2 and part.shape[1] > 1 for part in targets):
        return not all(_are_shares(part) for part in targets)
    values = np.concatenate([part.reshape(-1).astype(np.float64) for part in targets])
    values = values[np.isfinite(values)]
    is_whole = bool((values == np.rint(values)).all())
    return not is_whole or (number_wanted and len(np.unique(values)) > _MOST_CODES)


def _are_shares(rows: NDArray[Any]) -> bool:
    """One-hot rows, or how much of each class there is."""
    return bool(rows.ndim == 2 and (rows >= 0).all() and np.allclose(rows.sum(axis=1), 1.0, atol=1e-3))


def columns_of(targets: Sequence[NDArray[Any]], file: str) -> list[NDArray[np.float64]]:
    """Each part's numbers, float64 [n, k]; NaN where one is missing, infinite or beyond any measurement.

    Raises:
        DataError: Parts with different numbers of targets, too many of them, or nothing but gaps.

    """
    found = [part.reshape(len(part), -1).astype(np.float64) for part in targets]
    widths = {part.shape[1] for part in found}
    if len(widths) > 1 or max(widths) > _MOST_TARGETS:
        shown = " and ".join(str(width) for width in sorted(widths))
        raise DataError(f"y holds {shown} numbers a window; as many in each part are needed, {_MOST_TARGETS} at most",
                        file=file)  # fmt: skip
    found = [np.where(np.isfinite(part) & (np.abs(part) <= LARGEST), part, np.nan) for part in found]
    if all(np.isnan(part).all() for part in found):
        raise DataError("y holds no finite number", file=file)
    return found


def names_of(arrays: Mapping[str, NDArray[Any]], key: str, count: int) -> tuple[str, ...]:
    """What the numbers are called, with their units in brackets; by the array's own name where nothing says it."""
    names = _texts(arrays, _NAMES)
    if len(names) != count or len(set(names)) < count:
        names = (key,) if count == 1 else tuple(f"{key} {position}" for position in range(1, count + 1))
    units = _texts(arrays, _UNITS)
    units = units * count if len(units) == 1 else units
    return tuple(f"{name} [{unit}]" for name, unit in zip(names, units, strict=True)) if len(units) == count else names


def _texts(arrays: Mapping[str, NDArray[Any]], keys: Sequence[str]) -> tuple[str, ...]:
    for key in keys:
        if key in arrays and arrays[key].ndim <= 1 and arrays[key].dtype.kind in "US":
            items = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)
                     for item in arrays[key].reshape(-1).tolist()]  # fmt: skip
            return tuple(clean_line(item, limit=60) for item in items)
    return ()
