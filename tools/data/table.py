"""One delimited text file as a table: delimiter, decimal sign, header and encoding found, faults named by line."""

import csv
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data import limits
from nanosmith.tools.errors import DataError

_DELIMITERS = ("\t", ";", "|", ",")
_SPACES = " "
"""Stands for runs of spaces and tabs, also in front of a line."""

_DATE_AND_TIME = re.compile(r"^(\s*\d{1,4}[-./]\d\d?[-./]\d{1,4})[ \t]+(?=\d\d?:\d\d)")
_DATE_AND_TIME_NAMES = re.compile(r"^(\s*date)[ \t]+(?=time\b)", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_COMMA_NUMBER = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
MISSING = ("", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "null", "NULL", "#N/A", "-nan", "-", "--")
_SEPARATOR_LINE = re.compile(r'"?sep=.{1,2}"?', re.IGNORECASE)
"""What spreadsheets write above the header."""

_PEEK_BYTES = 256 * 1024
_PEEK_LINES = 200
_LEAST_ROWS = 4
_MOST = 0.8
"""Share of lines with as many cells as the rest from which the others are faults."""


@dataclass(frozen=True)
class Table:
    """Columns by position; numbers as float64, everything else as text."""

    file: str
    names: tuple[str, ...]
    """Cleaned header; empty where the file has none."""

    columns: tuple["pd.Series[float] | pd.Series[str]", ...]
    lines: NDArray[np.int64]
    """Line of each row, counted from 1."""

    repairs: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of data, without the header."""
        return len(self.lines)

    def is_number(self, column: int) -> bool:
        """Whether the column holds numbers only (or nothing)."""
        return bool(pd.api.types.is_numeric_dtype(self.columns[column]))

    def is_mostly_number(self, column: int) -> bool:
        """Whether at least four in five of its cells are numbers; text in such a column is a fault."""
        values = self.columns[column]
        if self.is_number(column):
            return True
        first = values.dropna().iloc[:500]
        return len(first) > 0 and bool(pd.to_numeric(first, errors="coerce").notna().mean() >= 0.8)

    def numbers(self, column: int) -> NDArray[np.float64]:
        """The column as float64 [rows], NaN where a cell is empty or infinite.

        Raises:
            DataError: A cell is something else; names its line.

        """
        values = self.columns[column]
        if not self.is_number(column):
            parsed = pd.to_numeric(values, errors="coerce")
            bad = np.flatnonzero(parsed.isna() & values.notna())
            if len(bad):
                cell = clean_line(str(values.iloc[int(bad[0])]), limit=40)
                name = self.names[column] if self.names else str(column + 1)
                raise DataError(
                    f"column {name!r}: {cell!r} is not a number", file=self.file, line=int(self.lines[bad[0]])
                )
            values = parsed
        numbers = np.array(values, dtype=np.float64)
        numbers[~np.isfinite(numbers)] = np.nan
        return numbers

    def texts(self, column: int) -> list[str]:
        """The column as cleaned text; whole numbers without a decimal point, empty cells as ''."""
        values = self.columns[column]
        if self.is_number(column):
            return ["" if np.isnan(v) else f"{v:g}" if v != int(v) else str(int(v)) for v in self.numbers(column)]
        known = {raw: clean_line(str(raw), limit=120) for raw in values.dropna().unique()}
        return [known.get(raw, "") for raw in values]

    def column(self, name: str) -> int:
        """Position of a column; ValueError where there is none of that name."""
        return self.names.index(name)


def read_table(path: Path, file: str, *, peek: bool = False) -> Table:
    """Read a delimited text file, plain or gzipped; `peek` reads its first rows only.

    Raises:
        DataError: Empty, too large, binary, ragged or without rows; names file and line.

    """
    numbered, cut_short = _numbered_lines(path, file, peek=peek)
    if not numbered:
        raise DataError("holds no rows", file=file)
    delimiter = _delimiter([line for _, line in numbered[:50]])
    if delimiter == _SPACES:
        numbered, delimiter = [(number, _without_runs(line)) for number, line in numbered], "\t"
    numbered, repairs = _check_widths(numbered, delimiter, file, cut_short=cut_short)
    names = _header([_cells(line, delimiter) for _, line in numbered[:2]], file)
    body = numbered[1:] if names else numbered
    if not body:
        raise DataError("has a header and no rows", file=file)
    try:
        columns = _parse([line for _, line in body], delimiter)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise DataError(f"is no table that can be read: {error}", file=file) from error
    names, columns = _drop_trailing(names, columns)
    return Table(file, names, columns, np.array([number for number, _ in body], dtype=np.int64), repairs)


def holds_columns(path: Path, file: str) -> bool:
    """Whether a text of any name is a table: most of its first lines hold as many cells, and most of those are numbers.

    A fault in one line does not make it something else: whoever reads it is told of the fault.
    """
    try:
        numbered, _ = _numbered_lines(path, file, peek=True)
    except DataError:
        return False
    lines = [line for _, line in numbered[:50]]
    delimiter = _delimiter(lines) if lines else ","
    if delimiter == _SPACES:
        lines, delimiter = [_without_runs(line) for line in lines], "\t"
    rows = [line.split(delimiter) for line in lines]
    has_header = bool(rows) and not any(_is_number(cell) for cell in rows[0])
    body = rows[1:] if has_header else rows
    if len(body) < _LEAST_ROWS:
        return False
    width, count = Counter(len(row) for row in body).most_common(1)[0]
    cells = [cell for row in body if len(row) == width for cell in row]
    share = sum(_is_number(cell) or cell.strip() in MISSING for cell in cells) / len(cells)
    # without a header, `1 WALKING` in each line is a list of names
    return count >= _MOST * len(body) and (share > 0.5 or (has_header and share == 0.5))


def _numbered_lines(path: Path, file: str, *, peek: bool) -> tuple[list[tuple[int, str]], bool]:
    """Lines that hold something, below comments at the top, and whether the last one lacks its end."""
    raw, whole = _read_bytes(path, file, peek=peek)
    lines = _decode(raw, file).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not whole:
        lines = lines[: max(1, min(_PEEK_LINES, len(lines) - 1))]
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    while numbered and (numbered[0][1].lstrip().startswith("#") or _SEPARATOR_LINE.fullmatch(numbered[0][1].strip())):
        numbered.pop(0)
    return numbered, whole and bool(lines[-1])


def _read_bytes(path: Path, file: str, *, peek: bool) -> tuple[bytes, bool]:
    size = limits.check_file_size(path, file, limits.TABLE_BYTES)
    bound = _PEEK_BYTES if peek else limits.TABLE_BYTES
    try:
        with path.open("rb") as stream:
            raw = stream.read(min(bound, size + 1)) if path.suffix != ".gz" else _gunzip(stream, bound, file, peek=peek)
    except OSError as error:
        raise DataError(f"can't be read: {error.strerror}", file=file) from error
    return raw, len(raw) < bound


def _gunzip(stream: io.BufferedReader, bound: int, file: str, *, peek: bool) -> bytes:
    # zlib itself, so that a bomb is stopped at the bound and never unpacked
    unpacker = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = 0
    try:
        while size < bound and not unpacker.eof:
            chunk = unpacker.unconsumed_tail or stream.read(1 << 16)
            if not chunk:
                raise DataError("is cut short: the gzip stream does not end", file=file)
            parts.append(unpacker.decompress(chunk, bound - size))
            size += len(parts[-1])
    except zlib.error as error:
        raise DataError(f"is damaged: {error}", file=file) from error
    if size >= bound and not peek:
        raise DataError(f"unpacks to more than {limits.gigabytes(bound)}, which is the limit for one file", file=file)
    return b"".join(parts)


def _decode(raw: bytes, file: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw[: 1 << 16]:
        raise DataError("is not text: a CSV was expected, and it holds binary data", file=file)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")  # µ and ° in headers of older Windows loggers


def _delimiter(lines: list[str]) -> str:
    spaced = _is_spaced(lines)
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines[:-1] or lines]
        if min(counts) > 0:
            # tabs in runs, and decimal commas among spaces
            return _SPACES if spaced and (delimiter == "," or len(set(counts)) > 1) else delimiter
    if spaced:
        return _SPACES
    counts_by = {delimiter: lines[0].count(delimiter) for delimiter in _DELIMITERS}
    return max(counts_by, key=lambda delimiter: counts_by[delimiter]) if any(counts_by.values()) else ","


def _is_spaced(lines: list[str]) -> bool:
    """Whether runs of spaces or tabs part most lines below the first into as many cells, most of them numbers."""
    rows = [_without_runs(line).split("\t") for line in lines]
    body = rows[1:-1] or rows[:1]  # the last one may be cut off
    width, count = Counter(len(row) for row in body).most_common(1)[0]
    if width < 2 or count < _MOST * len(body) or any('"' in line for line in lines):
        return False
    cells = [cell for row in body if len(row) == width for cell in row]
    return 2 * sum(_is_number(cell) for cell in cells) > len(cells)


def _without_runs(line: str) -> str:
    """A tab for each run of spaces and tabs, none around; a date and the time of day behind it stay one cell."""
    line = _DATE_AND_TIME_NAMES.sub(r"\1_", _DATE_AND_TIME.sub(r"\1T", line))
    return "\t".join(line.split())


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter), [""])


def _check_widths(
    numbered: list[tuple[int, str]], delimiter: str, file: str, *, cut_short: bool
) -> tuple[list[tuple[int, str]], tuple[str, ...]]:
    width = len(_cells(numbered[0][1], delimiter))
    if width > limits.COLUMNS:
        raise DataError(f"has {width:,} columns; the limit is {limits.COLUMNS:,}", file=file, line=numbered[0][0])
    for position, (number, line) in enumerate(numbered):
        if line.count('"') % 2:
            raise DataError("a quotation mark is not closed", file=file, line=number)
        found = line.count(delimiter) + 1 if '"' not in line else len(_cells(line, delimiter))
        if found == width:
            continue
        if cut_short and position == len(numbered) - 1 and found < width:
            return numbered[:-1], ("the last line is cut off; it was left out",)
        raise DataError(f"{found} values where the first line has {width}", file=file, line=number)
    return numbered, ()


def _header(first: list[list[str]], file: str) -> tuple[str, ...]:
    cells = [cell.strip() for cell in first[0]]
    textual = [bool(cell) and not _is_number(cell) and cell not in MISSING for cell in cells]
    below = (
        [_is_number(cell) or cell.strip() in MISSING for cell in first[1]] if len(first) > 1 else [True] * len(cells)
    )
    all_text = all(text or not cell for text, cell in zip(textual, cells, strict=True)) and any(textual)
    if not all_text and not any(text and number for text, number in zip(textual, below, strict=True)):
        return ()
    names = [clean_line(cell, limit=60) or f"column {position}" for position, cell in enumerate(cells, 1)]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"two columns are called {name!r}", file=file, line=1)
    return tuple(names)


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _COMMA_NUMBER.fullmatch(cell))


def _parse(lines: list[str], delimiter: str) -> tuple["pd.Series[float] | pd.Series[str]", ...]:
    sample = [cell for line in lines[:100] for cell in _cells(line, delimiter)]
    decimal = "," if delimiter != "," and any(_COMMA_NUMBER.fullmatch(cell) for cell in sample) else "."
    frame = pd.read_csv(
        io.StringIO("\n".join(lines)), sep=delimiter, header=None, decimal=decimal, na_values=list(MISSING),
        keep_default_na=False, skipinitialspace=True, engine="c", low_memory=False, index_col=False,
    )  # fmt: skip
    return tuple(frame[position] for position in frame.columns)


def _drop_trailing(
    names: tuple[str, ...], columns: tuple["pd.Series[float] | pd.Series[str]", ...]
) -> tuple[tuple[str, ...], tuple["pd.Series[float] | pd.Series[str]", ...]]:
    # a delimiter at the end of every line makes an empty, nameless column
    last = len(columns)
    if last > 1 and (not names or names[-1] == f"column {last}") and bool(columns[-1].isna().all()):
        return names[:-1], columns[:-1]
    return names, columns
