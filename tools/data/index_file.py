"""The user's own list of recordings: which file or row, which class, whose, and in which split."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data.columns import LABEL_NAMES, group_kind, plain
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import TABLES, TEXTS, SourceFile, of_kind
from nanosmith.tools.data.recordings import LARGEST, Split
from nanosmith.tools.data.table import Table, read_table
from nanosmith.tools.errors import DataError

_FILE_NAMES = (
    "file", "filename", "file_name", "filepath", "file_path", "path", "recording", "recording_file", "wav", "audio",
    "image", "image_file", "slice_file_name", "fname", "name", "clip", "sample_file",
)  # fmt: skip
_INDEX_STEMS = {
    "index",
    "labels",
    "label",
    "metadata",
    "meta",
    "files",
    "manifest",
    "recordings",
    "list",
    "annotations",
}
_KEY_NAMES = ("record", "recording_id", "id", "session", "patient", "subject")
"""Columns that may name recordings by the first words of their files, such as `100` for `100_ecg.csv`."""

_SPLIT_NAMES = ("split", "official_split", "set", "subset", "partition", "usage", "train_test", "fold_split")
_FOLD_NAMES = ("fold", "folds", "cv_fold", "official_fold")
_RATE_NAMES = ("rate", "rate_hz", "sample_rate", "sampling_rate", "sample_rate_hz", "sampling_rate_hz", "fs", "fs_hz")
_TRAIN = {"train", "training", "tr", "fit", "learn"}
_TEST = {"test", "testing", "te", "eval", "evaluation", "holdout", "hold_out"}
_VALIDATION = {"val", "valid", "validation", "dev"}


@dataclass(frozen=True)
class Entry:
    """What the index, or the folder layout, says of one recording."""

    file: SourceFile
    label: str | None
    group: str | None
    split: Split | None
    rate_hz: float | None = None
    row: int | None = None
    """Position in a file whose rows are windows."""

    events: SourceFile | None = None
    """Its annotations, in a file of their own."""

    numbers: tuple[float, ...] = ()
    """In the index's columns of numbers, NaN where a cell is empty or holds something else."""


@dataclass(frozen=True)
class Index:
    """An index read: one entry a recording."""

    file: SourceFile
    entries: tuple[Entry, ...]
    group_kind: str | None
    has_labels: bool
    by_row: bool
    numbers: tuple[str, ...] = ()
    """Names of its columns of numbers that are nothing else: no group, split, rate or row."""

    label_is_number: bool = False


def find_index(files: Sequence[SourceFile]) -> SourceFile | None:
    """The index file among `files`: by its name, or by a column that names other files; None where there is none."""
    keys = {file.key for file in files}
    names = {PurePosixPath(key).name for key in keys} | {PurePosixPath(key).stem for key in keys}
    texts = tuple(file for file in of_kind(tuple(files), TEXTS) if file.stem.casefold() in _INDEX_STEMS)
    tables = dict.fromkeys((*of_kind(tuple(files), TABLES), *texts))
    ordered = sorted(tables, key=lambda file: (file.stem.casefold() != "index", file.key))
    for file in ordered:
        if len(file.folders) > 1 or (len(file.folders) == 1 and file.stem.casefold() not in _INDEX_STEMS):
            continue
        try:
            table = read_table(file.path, file.name, peek=True)
        except DataError:
            if file.stem.casefold() == "index":
                raise
            continue
        column = _named(table, _FILE_NAMES)
        if column is not None and not table.is_number(column):
            cells = table.texts(column)
            hits = sum(cell in keys or PurePosixPath(cell).name in names for cell in cells)
            if hits * 2 >= len(cells) or file.stem.casefold() == "index":
                return file
        if file.stem.casefold() == "index" and table.names:
            return file
        if column is None and _key_column(table, [other for other in files if other.key != file.key]) is not None:
            return file
    return None


def read_index(
    index: SourceFile, files: Sequence[SourceFile], findings: Findings, *, numbers_wanted: bool = False
) -> Index:
    """All entries of the index; with its columns of numbers only where those are wanted.

    Raises:
        DataError: It names a file that does not exist, or one twice, or rows without a file to hold them.

    """
    table = read_table(index.path, index.name)
    file_column = _named(table, _FILE_NAMES)
    if file_column is None:
        file_column = _key_column(table, [file for file in files if file.key != index.key])
    row_column = _named(table, ("row",)) if file_column is None else None
    if file_column is None and row_column is None:
        raise DataError("has neither a column 'file' nor a column 'row': which recording is which?", file=index.name)
    sources = _sources(table, file_column, index, files)
    label_column = _label_column(table, sources)
    labels = None if label_column is None else table.texts(label_column)
    group_column, kind = _group_column(table)
    splits, folds = _splits(table, findings)
    groups = None if group_column is None else table.texts(group_column)
    if groups is None and folds is not None:
        groups, kind = folds, "fold"
    rate_column = _named(table, _RATE_NAMES)
    rates = None if rate_column is None or not table.is_number(rate_column) else table.numbers(rate_column)
    rows = None if row_column is None else _rows(table, row_column)
    taken = {file_column, row_column, group_column, rate_column}
    columns = [
        column
        for column in range(len(table.names) if numbers_wanted else 0)
        if column not in taken and _holds_numbers(table, column)
    ]
    numbers = [_lenient(table, column, findings) for column in columns]
    entries = tuple(
        Entry(
            file=source,
            label=None if labels is None else labels[position],
            group=None if groups is None or not groups[position] else groups[position],
            split=splits[position],
            rate_hz=None if rates is None or not rates[position] > 0 else float(rates[position]),
            row=None if rows is None else rows[position],
            numbers=tuple(float(column[position]) for column in numbers),
        )
        for position, source in enumerate(sources)
    )
    return Index(
        index, entries, kind, labels is not None, rows is not None, tuple(table.names[column] for column in columns),
        label_is_number=label_column in columns,
    )  # fmt: skip


def _holds_numbers(table: Table, column: int) -> bool:
    """Whether a column may be a number to estimate: mostly numbers, and no mark of a split or group."""
    name = plain(table.names[column])
    if name in (*_SPLIT_NAMES, *_FOLD_NAMES, *_RATE_NAMES, *_FILE_NAMES, "row") or group_kind(name) is not None:
        return False
    return table.is_mostly_number(column)


def _lenient(table: Table, column: int, findings: Findings) -> NDArray[np.float64]:
    """A column as float64 [rows]; NaN, and said, where a cell holds something else."""
    values = pd.to_numeric(table.columns[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    words = np.flatnonzero(np.isnan(values) & np.array([bool(text) for text in table.texts(column)]))
    if len(words):
        shown = clean_line(table.texts(column)[int(words[0])], limit=40)
        findings.repair(
            f"column {table.names[column]!r}: {{n}} cells such as {shown!r} are no numbers and count as missing",
            count=len(words), file=table.file, line=int(table.lines[words[0]]),
            effect="recordings without a number are left out where it is to be estimated",
        )  # fmt: skip
    return np.where(np.isfinite(values) & (np.abs(values) <= LARGEST), values, np.nan)


def _named(table: Table, candidates: Sequence[str]) -> int | None:
    words = [plain(name) for name in table.names]
    return next((words.index(name) for name in candidates if name in words), None)


def _key_column(table: Table, files: Sequence[SourceFile]) -> int | None:
    """A column that names each row's recording by the first word of its file; None where there is none."""
    words = [file.first_word for file in files]
    for name in _KEY_NAMES:
        column = _named(table, (name,))
        if column is None:
            continue
        cells = table.texts(column)
        hits = sum(words.count(cell.casefold()) == 1 for cell in cells)
        if len(cells) >= 2 and hits * 2 > len(cells):
            return column
    return None


def _sources(table: Table, file_column: int | None, index: SourceFile, files: Sequence[SourceFile]) -> list[SourceFile]:
    if file_column is None:
        others = [file for file in of_kind(tuple(files), TABLES) if file.key != index.key]
        if len(others) != 1:
            raise DataError(f"lists rows, so one other CSV must hold them; there are {len(others)}", file=index.name)
        return [others[0]] * table.rows
    by_key = {file.key: file for file in files}
    by_name: dict[str, list[SourceFile]] = {}
    for file in files:
        for name in {PurePosixPath(file.key).name, file.stem}:
            by_name.setdefault(name, []).append(file)
    found: list[SourceFile] = []
    first_line: dict[str, int] = {}
    for position, cell in enumerate(table.texts(file_column)):
        line = int(table.lines[position])
        wanted = cell.replace("\\", "/").removeprefix("./")
        matches = [by_key[wanted]] if wanted in by_key else by_name.get(PurePosixPath(wanted).name, [])
        if not matches:
            matches = [file for file in files if file.key != index.key and file.first_word == wanted.casefold()]
        if len(matches) != 1:
            reason = "which does not exist" if not matches else f"and {len(matches)} files have that name"
            raise DataError(f"names {clean_line(cell, limit=80)!r}, {reason}", file=index.name, line=line)
        key = matches[0].key
        if key in first_line:
            raise DataError(
                f"lists {matches[0].name!r} again, first in line {first_line[key]}", file=index.name, line=line
            )
        first_line[key] = line
        found.append(matches[0])
    return found


def _label_column(table: Table, sources: list[SourceFile]) -> int | None:
    folders = [source.folders[-1].casefold() if source.folders else None for source in sources]
    for column in range(len(table.names)):
        if all(text.casefold() == folder for text, folder in zip(table.texts(column), folders, strict=True)):
            return column if len(set(folders)) > 1 and not group_kind(table.names[column]) else None
    return _named(table, LABEL_NAMES)


def _group_column(table: Table) -> tuple[int | None, str | None]:
    kinds = [(group_kind(name), column) for column, name in enumerate(table.names)]
    named = [(kind, column) for kind, column in kinds if kind is not None]
    order = [
        "subject",
        "patient",
        "speaker",
        "signer",
        "animal",
        "device",
        "machine",
        "unit",
        "meter",
        "plug",
        "record",
    ]
    named.sort(key=lambda item: order.index(item[0]) if item[0] in order else len(order))
    for kind, column in named:
        texts = table.texts(column)
        if 1 < len(set(texts)) < len(texts) or (kind in order and len(set(texts)) > 1):
            return column, kind
    return None, None


def _splits(table: Table, findings: Findings) -> tuple[list[Split | None], list[str] | None]:
    column = _named(table, _SPLIT_NAMES)
    fold_column = _named(table, _FOLD_NAMES)
    folds = None if fold_column is None else [f"fold {text}" for text in table.texts(fold_column)]
    if column is not None:
        return [_split(text, findings) for text in table.texts(column)], folds
    if folds is None or len(set(folds)) < 2:
        return [None] * table.rows, folds
    last = max(set(folds), key=lambda name: (len(name), name))
    findings.info(f"the index marks {len(set(folds))} folds; {last!r} is the sealed test, the others are open")
    return ["test" if fold == last else "train" for fold in folds], folds


def _split(text: str, findings: Findings) -> Split | None:
    word = plain(text)
    if word in _TEST:
        return "test"
    if word in _TRAIN:
        return "train"
    if word in _VALIDATION:
        findings.info("recordings marked for validation belong to the open part")
        return "train"
    if word:
        findings.warning(f"recordings marked {text!r} are in neither split; they were counted as open")
    return "train" if word else None


def _rows(table: Table, column: int) -> list[int]:
    numbers = table.numbers(column)
    for position, number in enumerate(numbers):
        if not number >= 0 or number != int(number):
            raise DataError("column 'row' must count rows from 0", file=table.file, line=int(table.lines[position]))
    return [int(number) for number in numbers]
