"""From a folder (or one .npz, or one CSV) to a data set."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nanosmith.tools.data.annotated_sounds import read_annotated_sounds
from nanosmith.tools.data.audio import read_sounds
from nanosmith.tools.data.channel_files import find_channel_files, read_channel_files
from nanosmith.tools.data.columns import SURE_LABEL_NAMES, plain
from nanosmith.tools.data.events import pair_events
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import (
    ARCHIVES,
    PICTURES,
    SOUNDS,
    TABLES,
    TEXTS,
    SourceFile,
    list_files,
    of_kind,
    refuse_unread,
)
from nanosmith.tools.data.index_file import Index, find_index, read_index
from nanosmith.tools.data.layout import Layout, by_folder, with_guessed_groups
from nanosmith.tools.data.npz import read_npz
from nanosmith.tools.data.number_sources import (
    is_measured,
    with_listed,
    without_classes,
    without_numeric_labels,
)
from nanosmith.tools.data.pictures import read_pictures
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.data.row_windows import has_labels_first, read_labelled_rows, read_row_windows
from nanosmith.tools.data.series import read_series
from nanosmith.tools.data.tables import choose_recordings
from nanosmith.tools.data.text_tables import with_text_tables
from nanosmith.tools.errors import DataError


def read_folder(path: Path, *, number_wanted: bool = False) -> DataSet:
    """Read every recording under `path`, cleaned and labelled; what was found and done is in the notes.

    Args:
        path: A folder of CSV, WAV or picture files (with or without an index.csv), one .npz, or one table.
        number_wanted: The goal asks for a number: recordings need no class, and columns of numbers are kept.

    Raises:
        DataError: It can't be used as it is; names file and line where there are any.

    """
    if path.is_file() and path.name.lower().endswith(ARCHIVES):
        return read_npz(path, number_wanted=number_wanted)
    findings = Findings()
    files, events, index = _survey(path, findings, number_wanted=number_wanted)
    if number_wanted and index is not None:
        index = without_numeric_labels(index)
    if index is not None and index.by_row:
        return with_listed(read_row_windows(index, findings), index)
    media = _media(files, index, path)
    if media == ARCHIVES:
        return _one_archive(of_kind(files, ARCHIVES), number_wanted=number_wanted)
    if media == TABLES and index is None and not events and (parts := find_channel_files(of_kind(files, TABLES))):
        return read_channel_files(parts, files, findings)
    recordings = _listed(index, media, findings, files) if index is not None else of_kind(files, media)
    if media == TABLES and index is None and not events and not number_wanted and has_labels_first(recordings):
        layout = _layout(recordings, index, findings, labels_inside=True)
        return read_labelled_rows(layout.entries, layout.group_kind, findings)
    if media == TABLES:
        return with_listed(_tables(recordings, index, events, findings, number_wanted=number_wanted), index)
    annotated = {file.key for file in recordings} & events.keys() if media == SOUNDS else set()
    layout = _layout(recordings, index, findings, labels_inside=bool(annotated))
    if number_wanted and not annotated:
        layout = without_classes(layout)
    if annotated:
        entries = tuple(replace(entry, events=events.get(entry.file.key)) for entry in layout.entries)
        data = read_annotated_sounds(entries, layout.group_kind, findings)
    else:
        reader = read_sounds if media == SOUNDS else read_pictures
        data = reader(layout.entries, layout.group_kind, findings)
    return with_listed(data, index)


def _survey(
    path: Path, findings: Findings, *, number_wanted: bool
) -> tuple[tuple[SourceFile, ...], dict[str, SourceFile], Index | None]:
    """The files without those of events, the events of each recording, and the index."""
    if path.is_file() and path.name.lower().endswith((*TABLES, *TEXTS)):
        return with_text_tables((SourceFile(path, path.name, path.name),), findings), {}, None
    files = with_text_tables(list_files(path), findings)
    events = pair_events(files)
    sides = {side.key for side in events.values()}
    files = tuple(file for file in files if file.key not in sides)
    found = find_index(files)
    index = None if found is None else read_index(found, files, findings, numbers_wanted=number_wanted)
    return files, events, index


def _media(files: tuple[SourceFile, ...], index: Index | None, root: Path) -> tuple[str, ...]:
    """What most of the files (those of the index, where there is one) are."""
    considered = tuple(entry.file for entry in index.entries) if index is not None else files
    counts: dict[tuple[str, ...], int] = {
        kind: len(of_kind(considered, kind)) for kind in (TABLES, SOUNDS, PICTURES, ARCHIVES)
    }
    best = max(counts, key=lambda kind: counts[kind])
    if counts[SOUNDS] or counts[PICTURES]:  # tables beside sounds or pictures describe them
        best = max((SOUNDS, PICTURES), key=lambda kind: counts[kind])
        if counts[TABLES] > counts[best]:
            best = TABLES
    if counts[best] == 0:
        raise refuse_unread(files, root)
    return best


def _listed(
    index: Index, media: tuple[str, ...], findings: Findings, files: tuple[SourceFile, ...]
) -> tuple[SourceFile, ...]:
    listed = {entry.file.key for entry in index.entries}
    recordings = of_kind(tuple(entry.file for entry in index.entries), media)
    if len(recordings) < len(listed):
        other = next(entry.file for entry in index.entries if entry.file not in recordings)
        raise DataError(f"lists files of different kinds, such as {other.name}", file=index.file.name)
    unlisted = [file for file in of_kind(files, media) if file.key not in listed and file.key != index.file.key]
    for file in unlisted:
        findings.info(f"files that {index.file.name} does not list were left out", file=file.name)
    return recordings


def _tables(
    recordings: tuple[SourceFile, ...], index: Index | None, events: dict[str, SourceFile], findings: Findings, *,
    number_wanted: bool,
) -> DataSet:  # fmt: skip
    family = choose_recordings(recordings, findings, listed=index is not None)
    roles = family.roles
    if number_wanted and roles.label is not None and is_measured(family.files, roles.label):
        findings.info(f"column {roles.label!r} holds measurements and was read as a channel, not as classes")
        roles = replace(roles, label=None, channels=(*roles.channels, roles.label))
    if index is not None and index.has_labels and roles.label is not None:
        if plain(roles.label) in SURE_LABEL_NAMES:
            findings.info(f"labels of each row (column {roles.label!r}) were used, not those of {index.file.name}")
        else:
            findings.repair(f"column {roles.label!r} was left out: {index.file.name} has the labels")
            roles = replace(roles, label=None)
    if events and roles.label is not None:
        findings.repair(f"column {roles.label!r} was left out: the labels are in files of events beside the recordings")
        roles = replace(roles, label=None)
    inside = roles.label is not None or bool(events)
    layout = _layout(family.files, index, findings, labels_inside=inside)
    if number_wanted and not inside:
        layout = without_classes(layout)
    entries = tuple(replace(entry, events=events.get(entry.file.key)) for entry in layout.entries)
    return read_series(entries, roles, layout.group_kind, findings)


def _layout(
    recordings: Sequence[SourceFile], index: Index | None, findings: Findings, *, labels_inside: bool
) -> Layout:
    if index is None:
        return by_folder(recordings, findings, labels_inside=labels_inside)
    wanted = {file.key for file in recordings}
    entries = tuple(entry for entry in index.entries if entry.file.key in wanted)
    if not index.has_labels and not labels_inside:
        folders = by_folder(recordings, findings, labels_inside=False)
        labels = {entry.file.key: entry.label for entry in folders.entries}
        entries = tuple(replace(entry, label=labels[entry.file.key]) for entry in entries)
    if index.group_kind is not None:
        return Layout(entries, index.group_kind)
    return with_guessed_groups(entries, findings)


def _one_archive(archives: Sequence[SourceFile], *, number_wanted: bool) -> DataSet:
    if len(archives) > 1:
        names = ", ".join(file.name for file in archives[:4])
        raise DataError(f"{len(archives)} archives ({names}); name the one to read", file=archives[0].name)
    return read_npz(archives[0].path, number_wanted=number_wanted)
