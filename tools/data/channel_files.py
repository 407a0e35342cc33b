"""Ready-made windows kept as a file for each channel, with classes and groups of the rows in files beside them.

The layout of "Human Activity Recognition Using Smartphones" (UCI): `train/Inertial Signals/body_acc_x_train.txt` has a
window in each row, `train/y_train.txt` its class, `train/subject_train.txt` who it was.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nanosmith.tools.data.columns import LABEL_NAMES, group_kind
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import SourceFile
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.layout import split_of, words
from nanosmith.tools.data.recordings import DataSet, Recording, Samples, Split, as_samples
from nanosmith.tools.data.table import Table, read_table
from nanosmith.tools.errors import DataError

_LEAST_SAMPLES = 16
_CODES_BYTES = 64 * 1024


@dataclass(frozen=True)
class ChannelFiles:
    """One folder of such files: one part of the set."""

    channels: tuple[tuple[str, SourceFile], ...]
    """Name of each channel (its file's, without marks of a split) and its file, by name."""

    labels: SourceFile
    groups: SourceFile | None
    split: Split | None


def find_channel_files(files: Sequence[SourceFile]) -> tuple[ChannelFiles, ...]:
    """The parts of such a set; empty where the folder holds none.

    There is one where two or more tables of one folder have equally many columns (16 at least) and no header, and a
    table of a single column beside them, or in the folder above, is named like a label.

    Args:
        files: Tables, and nothing else.

    """
    if all(set(words(file)).isdisjoint(LABEL_NAMES) for file in files):
        return ()
    peeked: dict[SourceFile, Table] = {}
    for file in files:
        try:
            peeked[file] = read_table(file.path, file.name, peek=True)
        except DataError:
            continue  # told where the file is read, if it is
    narrow = [file for file, table in peeked.items() if len(table.columns) == 1]
    wide = [file for file, table in peeked.items() if len(table.columns) >= _LEAST_SAMPLES and not table.names]
    parts = [_part(folders, wide, narrow, peeked) for folders in sorted({file.folders for file in wide})]
    found = tuple(part for part in parts if part is not None)
    names = {tuple(name for name, _ in part.channels) for part in found}
    return found if len(names) == 1 else ()


def _part(
    folders: tuple[str, ...], wide: Sequence[SourceFile], narrow: Sequence[SourceFile], peeked: dict[SourceFile, Table]
) -> ChannelFiles | None:
    here = [file for file in wide if file.folders == folders]
    width = Counter(len(peeked[file].columns) for file in here).most_common(1)[0][0]
    channels = sorted(
        ((_name(file), file) for file in here if len(peeked[file].columns) == width), key=lambda pair: pair[0]
    )
    if len(channels) < 2 or len({name for name, _ in channels}) < len(channels):
        return None
    beside = [file for file in narrow if file.folders == folders]
    above = [file for file in narrow if folders and file.folders == folders[:-1]]
    labels, groups = _named_like(beside or above)
    return None if labels is None else ChannelFiles(tuple(channels), labels, groups, split_of(here[0]))


def _name(file: SourceFile) -> str:
    return "_".join(word for word in words(file) if word not in ("train", "test"))


def _named_like(files: Sequence[SourceFile]) -> tuple[SourceFile | None, SourceFile | None]:
    """The files of labels and of groups among tables of one column."""
    labels = [file for file in files if not set(words(file)).isdisjoint(LABEL_NAMES)]
    groups = [file for file in files if file not in labels and any(group_kind(word) for word in words(file))]
    return labels[0] if len(labels) == 1 else None, groups[0] if len(groups) == 1 else None


def read_channel_files(parts: Sequence[ChannelFiles], files: Sequence[SourceFile], findings: Findings) -> DataSet:
    """All windows, [samples, channels] each.

    Args:
        parts: What `find_channel_files` found.
        files: Everything in the folder: one of them may say what the numbers of classes mean (`1 WALKING`).
        findings: Gets what was taken for what.

    Raises:
        DataError: Files of one part with unequal numbers of rows, a cell that is no number, or labels that are none.

    """
    read = [(part, _windows(part)) for part in parts]
    texts = [_column(part.labels, len(windows)) for part, windows in read]
    meaning = _meaning({text for column in texts for text in column}, files)
    texts = [[meaning.get(text, text) for text in column] for column in texts]
    counts = Counter(text for column in texts for text in column)
    classes, numbers = class_names(counts, findings, source=parts[0].labels.name)
    recordings: list[Recording] = []
    kind: str | None = None
    for (part, windows), labels in zip(read, texts, strict=True):
        groups = None if part.groups is None else _column(part.groups, len(windows))
        kind = kind or (None if part.groups is None else _kind(part.groups))
        for row, (window, label) in enumerate(zip(windows, labels, strict=True)):
            name = f"{part.labels.name} row {row}"
            recordings.append(
                Recording(
                    name=name, samples=window, labels=None, label=numbers[label],
                    group=name if groups is None else groups[row], split=part.split,
                )
            )  # fmt: skip
    findings.info(
        f"each row is a window that was cut before, and each of {len(parts[0].channels)} files a channel of it; its "
        "sampling rate is not stated"
    )
    channels = tuple(name for name, _ in parts[0].channels)
    return DataSet("windows", tuple(recordings), classes, channels, None, kind, findings.notes())


def _kind(file: SourceFile) -> str | None:
    return next((kind for word in words(file) if (kind := group_kind(word))), None)


def _windows(part: ChannelFiles) -> Samples:
    """float32 [rows, samples, channels]."""
    channels: list[Samples] = []
    for _, file in part.channels:
        table = read_table(file.path, file.name)
        values = as_samples(np.stack([table.numbers(column) for column in range(len(table.columns))], axis=1))
        bad = np.flatnonzero(np.isnan(values).any(axis=1))
        if len(bad):
            raise DataError("holds an empty cell or a value that is no number", file=file.name,
                            line=int(table.lines[bad[0]]))  # fmt: skip
        if channels and values.shape != channels[0].shape:
            raise DataError(
                f"has {len(values):,} rows of {values.shape[1]} and {part.channels[0][1].name} "
                f"{len(channels[0]):,} of {channels[0].shape[1]}; each row of each file is one window", file=file.name,
            )  # fmt: skip
        channels.append(values)
    return np.stack(channels, axis=2)


def _column(file: SourceFile, rows: int) -> list[str]:
    table = read_table(file.path, file.name)
    if table.rows != rows:
        raise DataError(f"has {table.rows:,} rows for {rows:,} windows", file=file.name)
    return table.texts(0)


def _meaning(labels: set[str], files: Sequence[SourceFile]) -> dict[str, str]:
    """What a list such as `1 WALKING` says of labels that are numbers; empty where no file says it of all of them."""
    if not all(label.isdecimal() for label in labels):
        return {}
    for file in files:
        if set(words(file)).isdisjoint((*LABEL_NAMES, "classes")) or file.path.stat().st_size > _CODES_BYTES:
            continue
        lines = file.path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
        pairs = [line.replace(",", " ").replace(";", " ").split(maxsplit=1) for line in lines if line.strip()]
        said = {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}
        if labels <= said.keys() and len(said) == len(pairs) and len(set(said.values())) == len(said):
            return said
    return {}
