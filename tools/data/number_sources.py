"""Reading for a goal that asks for a number: recordings need no class, and columns of numbers are kept."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nanosmith.tools.data.folder import SourceFile
from nanosmith.tools.data.index_file import Index
from nanosmith.tools.data.layout import Layout
from nanosmith.tools.data.recordings import GUESSED, NO_CLASS, DataSet
from nanosmith.tools.data.table import read_table
from nanosmith.tools.data.tables import named

_MOST_CODES = 20
"""Different whole numbers in a column from which it counts or measures rather than names classes."""

_NUMERIC = re.compile(r"(?P<before>\D*?)(?P<number>-?\d+(?:[.,]\d+)?)(?P<after>[^\d]*)")


def numeric_names(names: Sequence[str]) -> tuple[str, tuple[float, ...], str] | None:
    """What names such as `5kg`, `10kg` count: the words before, the numbers, the unit after; None where they don't.

    All must be alike but for the number, and there must be two or more.
    """
    matches = [_NUMERIC.fullmatch(name.strip()) for name in names]
    found = [match for match in matches if match is not None]
    if len(found) < 2 or len(found) < len(names) or len({(m["before"], m["after"]) for m in found}) > 1:
        return None
    numbers = tuple(float(match["number"].replace(",", ".")) for match in found)
    return found[0]["before"].strip(" _-"), numbers, found[0]["after"].strip(" _-")


def is_measured(files: Sequence[SourceFile], column: str) -> bool:
    """Whether a column that is named like a label holds measurements: fractions, or many different numbers."""
    table = named(read_table(files[0].path, files[0].name))
    if column not in table.names or not table.is_number(table.column(column)):
        return False
    values = table.numbers(table.column(column))
    values = values[~np.isnan(values)]
    return bool((values != np.rint(values)).any() or len(np.unique(values)) > _MOST_CODES)


def without_numeric_labels(index: Index) -> Index:
    """The index with no labels where its label column is one of its columns of numbers."""
    if not index.label_is_number:
        return index
    entries = tuple(replace(entry, label=NO_CLASS) for entry in index.entries)
    return replace(index, entries=entries)


def without_classes(layout: Layout) -> Layout:
    """Entries without any label are all of one class, which says so; labels are groups where nothing else is one.

    A folder for each subject or session looks like a folder for each class; only those that are numbers are none.
    """
    labels = {entry.label for entry in layout.entries}
    if not any(labels):
        return replace(layout, entries=tuple(replace(entry, label=NO_CLASS) for entry in layout.entries))
    shared = 1 < len(labels) < len(layout.entries)
    is_known = layout.group_kind not in (None, GUESSED)
    if is_known or not shared or numeric_names(sorted(map(str, labels))) is not None:
        return layout
    return replace(layout, entries=tuple(replace(entry, group=entry.label) for entry in layout.entries),
                   group_kind="folder")  # fmt: skip


def with_listed(data: DataSet, index: Index | None) -> DataSet:
    """The data set with the index's numbers for each recording."""
    if index is None or not index.numbers:
        return data
    nothing = (float("nan"),) * len(index.numbers)
    by_name = {f"row {entry.row}" if index.by_row else entry.file.name: entry.numbers for entry in index.entries}
    recordings = tuple(
        replace(recording, listed=by_name.get(re.sub(r"#\d+$", "", recording.file), nothing))
        for recording in data.recordings
    )
    return replace(data, recordings=recordings, listed=index.numbers)
