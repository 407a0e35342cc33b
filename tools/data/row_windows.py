"""Ready-made windows, one a row of a table; an index, or the first column, says what each row is."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import SourceFile
from nanosmith.tools.data.index_file import Entry, Index
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.recordings import DataSet, Recording, as_samples
from nanosmith.tools.data.table import Table, read_table
from nanosmith.tools.errors import DataError

_LEAST_SAMPLES = 16
_MOST_LABELS = 64
_SMOOTHER = 0.7
"""Steps along a row, as a share of those down a column, below which a row is a stretch of time."""


def read_row_windows(index: Index, findings: Findings) -> DataSet:
    """Windows of one channel named `signal`.

    Raises:
        DataError: The index names rows that there are not, or a row holds a gap or text.

    """
    source = index.entries[0].file
    table = read_table(source.path, source.name)
    values = as_samples(np.stack([table.numbers(column) for column in range(len(table.columns))], axis=1))
    counts = Counter(entry.label for entry in index.entries if entry.label is not None)
    classes, numbers = class_names(counts, findings, source=index.file.name)
    bad = np.flatnonzero(np.isnan(values).any(axis=1))
    recordings = []
    for position, entry in enumerate(index.entries):
        row = entry.row or 0
        if row >= len(values):
            raise DataError(
                f"names row {row}, and {source.name} has rows 0 to {len(values) - 1}",
                file=index.file.name,
                line=position + 2,
            )
        if row in bad:
            raise DataError(
                "holds an empty cell or a value that is no number", file=source.name, line=int(table.lines[row])
            )
        recordings.append(
            Recording(
                name=f"row {row}", samples=values[row][:, None], labels=None,
                label=-1 if entry.label is None else numbers[entry.label], group=entry.group or f"row {row}",
                split=entry.split,
            )
        )  # fmt: skip
    findings.info("each row is a window that was cut before; its sampling rate is not stated")
    return DataSet("windows", tuple(recordings), classes, ("signal",), None, index.group_kind, findings.notes())


def has_labels_first(files: Sequence[SourceFile]) -> bool:
    """Whether these tables are the UCR archive's kind: no header, a row a window, its class in the first column.

    They are where all have one width, the first column holds few different whole numbers or words, and neighbors in a
    row are more alike than neighbors in a column, which in a recording of many channels is the other way round.
    """
    tables = [read_table(file.path, file.name, peek=True) for file in files]
    return len({len(table.columns) for table in tables}) == 1 and all(_has_labels_first(table) for table in tables)


def _has_labels_first(table: Table) -> bool:
    width = len(table.columns)
    if table.names or width <= _LEAST_SAMPLES or table.rows < 4:
        return False
    if not all(table.is_number(column) for column in range(1, width)):
        return False
    labels = table.texts(0)
    if "." in "".join(labels) or not 2 <= len(set(labels)) <= min(_MOST_LABELS, table.rows // 2):
        return False
    values = _values(table)
    along, down = (np.nanmedian(np.abs(np.diff(values, axis=axis))) for axis in (1, 0))
    return bool(along < _SMOOTHER * down)


def _values(table: Table) -> NDArray[np.float32]:
    return as_samples(np.stack([table.numbers(column) for column in range(1, len(table.columns))], axis=1))


def read_labelled_rows(entries: Sequence[Entry], group_kind: str | None, findings: Findings) -> DataSet:
    """Windows of one channel named `signal`, each row's class in its first column.

    Raises:
        DataError: A row holds a gap or text.

    """
    tables = [(entry, read_table(entry.file.path, entry.file.name)) for entry in entries]
    counts = Counter(label for _, table in tables for label in table.texts(0))
    classes, numbers = class_names(counts, findings, source="first column of each row")
    recordings: list[Recording] = []
    for entry, table in tables:
        values = _values(table)
        bad = np.flatnonzero(np.isnan(values).any(axis=1))
        if len(bad):
            raise DataError(
                "holds an empty cell or a value that is no number; windows of unequal length want a file each",
                file=entry.file.name, line=int(table.lines[bad[0]]),
            )  # fmt: skip
        for row, label in enumerate(table.texts(0)):
            name = f"{entry.file.name} row {row}"
            recordings.append(
                Recording(
                    name=name, samples=values[row][:, None], labels=None, label=numbers[label],
                    group=entry.group or name, split=entry.split,
                )
            )  # fmt: skip
    findings.warning(
        "each row was taken for a window and its first column for the class: there is no header, and neighbors in a "
        "row are more alike than neighbors in a column",
        effect="if the rows are samples of many channels instead, give the file a header",
    )
    return DataSet("windows", tuple(recordings), classes, ("signal",), None, group_kind, findings.notes())
