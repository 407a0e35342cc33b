"""Time columns: reading them, finding the rate, and putting samples on a uniform grid."""

import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data.columns import time_unit
from nanosmith.tools.data.table import Table
from nanosmith.tools.errors import DataError

Seconds1D = NDArray[np.float64]
_ISO = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}([T ]\d|\s*$)")
_PARTED = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})(\D.*)?$")
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}:\d{2}([.,]\d+)?\s*$")
_EPOCHS = (
    (1e17, 1e-9, "nanoseconds"),
    (1e14, 1e-6, "microseconds"),
    (1e11, 1e-3, "milliseconds"),
    (1e8, 1.0, "seconds"),
)
_NICE = 0.015


@dataclass(frozen=True)
class Times:
    """One file's time column in seconds since its first row; NaN where a cell was empty."""

    seconds: Seconds1D
    origin_s: float = 0.0
    """Time of the first row on the file's own clock; 0 where that is a date."""

    assumption: str = ""
    """What had to be guessed, a sentence; empty where the data says it."""


def read_times(table: Table, column: int) -> Times | None:
    """Seconds since the first row, float64 [rows]; None where the column only counts rows.

    Raises:
        DataError: A cell that is no time; names its line.

    """
    if table.is_mostly_number(column):
        return _from_numbers(table.numbers(column), table.names[column])
    values = table.columns[column].astype("string")
    form, assumption = _form(values, table, column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        parsed = pd.to_datetime(values, format=form, errors="coerce", utc=True)
    bad = np.flatnonzero(parsed.isna() & values.notna())
    if len(bad):
        cell = clean_line(str(values.iloc[int(bad[0])]), limit=40)
        raise DataError(
            f"column {table.names[column]!r}: {cell!r} is not a time like the others",
            file=table.file, line=int(table.lines[bad[0]]),
        )  # fmt: skip
    first = parsed.dropna().iloc[0]
    return Times(np.asarray((parsed - first).dt.total_seconds(), dtype=np.float64), assumption=assumption)


def _from_numbers(numbers: NDArray[np.float64], name: str) -> Times | None:
    present = numbers[np.isfinite(numbers)]
    if len(present) < 2:
        return None
    relative = numbers - present[0]
    unit = time_unit(name)
    if unit is not None:
        return Times(relative * unit, present[0] * unit)
    for limit, scale, _ in _EPOCHS:
        if abs(present[0]) >= limit:
            return Times(relative * scale, present[0] * scale)
    step = float(np.median(np.diff(present)))
    if step == 1.0 and bool((present == np.round(present)).all()) and present[0] in (0.0, 1.0):
        return None
    if step < 1.0 or step != round(step):
        return Times(relative, present[0])
    scale, word = (1e-3, "milliseconds") if step < 1_000 else (1e-6, "microseconds")
    return Times(
        relative * scale,
        present[0] * scale,
        f"column {name!r} has no unit; its steps of {step:g} were taken for {word}",
    )


def _form(values: "pd.Series[str]", table: Table, column: int) -> tuple[str, str]:
    present = values.dropna()
    if present.empty:
        raise DataError(f"column {table.names[column]!r} holds no time at all", file=table.file)
    first = str(present.iloc[0])
    if _ISO.match(first):
        return "ISO8601", ""
    if clock := _CLOCK.match(first):
        return ("%H:%M:%S.%f" if clock.group(1) else "%H:%M:%S"), ""
    parted = _PARTED.match(first)
    if parted is None:
        raise DataError(
            f"column {table.names[column]!r}: {clean_line(first, limit=40)!r} is no time that can be read "
            "(ISO 8601, day/month/year, clock or numbers)", file=table.file, line=int(table.lines[0]),
        )  # fmt: skip
    dates = [match for cell in {str(cell)[:10] for cell in present} if (match := _PARTED.match(cell))]
    leading = max(int(match.group(1)) for match in dates)
    second = max(int(match.group(3)) for match in dates)
    month_first = second > 12 >= leading
    ambiguous = second <= 12 and leading <= 12
    separator = parted.group(2)
    day = f"%m{separator}%d" if month_first else f"%d{separator}%m"
    year = "%Y" if len(parted.group(4)) == 4 else "%y"
    assumption = "dates that could be read both ways were read day first" if ambiguous else ""
    return f"{day}{separator}{year}{_clock_form(parted.group(5) or '')}", assumption


def _clock_form(rest: str) -> str:
    form = re.sub(r"\d{1,2}:\d{2}:\d{2}", "%H:%M:%S", rest, count=1)
    form = re.sub(r"(?<![:%\w])\d{1,2}:\d{2}", "%H:%M", form, count=1) if form == rest else form
    form = re.sub(r"(?<=%S)([.,])\d+", r"\1%f", form)
    if re.search(r"\b[AaPp][Mm]\b", form):
        form = re.sub(r"\b[AaPp][Mm]\b", "%p", form).replace("%H", "%I")
    return form


def median_step(seconds: Seconds1D) -> float | None:
    """Median distance of two samples in seconds; None where there are no two, or clocks too coarse to tell."""
    steps = np.diff(seconds[np.isfinite(seconds)])
    if len(steps) == 0:
        return None
    step = float(np.median(np.abs(steps)))
    if step > 0:
        return step
    span = float(seconds[np.isfinite(seconds)].max() - seconds[np.isfinite(seconds)].min())
    return span / len(steps) if span > 0 else None


def nice_rate(step: float) -> float:
    """The rate in Hz that a step in seconds stands for: whole hertz, or whole seconds, where those are near."""
    rate = 1.0 / step
    if rate >= 2 and abs(rate - round(rate)) <= _NICE * rate:
        return float(round(rate))
    if rate < 2 and abs(step - round(step)) <= _NICE * step and round(step) > 0:
        return 1.0 / round(step)
    return float(f"{rate:.6g}")


def is_uniform(seconds: Seconds1D, rate_hz: float) -> bool:
    """Whether samples stand where a uniform grid of this rate would have them, give or take a quarter step."""
    steps = np.diff(seconds) * rate_hz
    drift = abs(float(seconds[-1] - seconds[0]) * rate_hz - len(steps))
    return bool(
        len(steps) == 0 or (np.mean(np.abs(steps - 1) > 0.25) < 0.005 and drift <= max(1.0, 0.002 * len(steps)))
    )


def resample(
    seconds: Seconds1D, values: NDArray[np.floating[Any]], labels: NDArray[np.int32] | None, rate_hz: float
) -> tuple[NDArray[np.floating[Any]], NDArray[np.int32] | None]:
    """Samples [n, channels] at `rate_hz` from the first time on: linear between neighbors, labels the nearest.

    Where the grid is much coarser than the samples, those of one step are averaged first. For recordings that were
    sampled evenly at another rate than the device will; where the device resamples, see `on_grid.py`.
    """
    grid = seconds[0] + np.arange(int((seconds[-1] - seconds[0]) * rate_hz + 1e-6) + 1) / rate_hz
    values = averaged(values, len(grid))
    resampled = np.stack([np.interp(grid, seconds, column) for column in values.T], axis=1)
    if labels is None:
        return resampled, None
    right = np.clip(np.searchsorted(seconds, grid), 1, max(1, len(seconds) - 1))
    left = right - 1
    right = np.minimum(right, len(seconds) - 1)
    nearest = np.where(grid - seconds[left] <= seconds[right] - grid, left, right)
    return resampled, labels[nearest]


def averaged(values: NDArray[np.floating[Any]], made: int) -> NDArray[np.floating[Any]]:
    """Samples [n, channels], each the mean of those about it where far fewer than n will be made of them."""
    if len(values) <= 1.5 * made:
        return values
    width = max(1, round(len(values) / made))
    kernel = np.ones(width) / width
    padded = np.pad(values, ((width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
