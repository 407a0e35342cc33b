"""Tables in files called `.txt` or `.dat`: read where nothing else in the folder is a recording."""

from dataclasses import replace

from nanosmith.tools.data.events import is_event_table
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import ARCHIVES, PICTURES, SOUNDS, TABLES, TEXTS, SourceFile, of_kind
from nanosmith.tools.data.index_file import find_index
from nanosmith.tools.data.table import holds_columns


def with_text_tables(files: tuple[SourceFile, ...], findings: Findings) -> tuple[SourceFile, ...]:
    """The same files; texts that hold numbers in columns are marked as tables.

    Beside recordings of another kind they are notes or annotations, and stay what they are.
    """
    texts = of_kind(files, TEXTS)
    columns = {file.key for file in texts if holds_columns(file.path, file.name)}
    if not columns:
        return files
    others = of_kind(files, (*TABLES, *SOUNDS, *PICTURES, *ARCHIVES))
    index = find_index(files)
    if any(other != index and not (of_kind((other,), TABLES) and is_event_table(other)) for other in others):
        return files
    for file in texts:
        if file.key not in columns and file != index:
            findings.info("texts that do not hold numbers in columns were left out", file=file.name)
    return tuple(replace(file, holds_columns=True) if file.key in columns else file for file in files)
