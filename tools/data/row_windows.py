"""Ready-made windows, one a row of a table; an index says what each row is."""

from collections import Counter

import numpy as np

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.index_file import Index
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.recordings import DataSet, Recording, as_samples
from nanosmith.tools.data.table import read_table
from nanosmith.tools.errors import DataError


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
