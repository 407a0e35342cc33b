"""The files of a folder, by what they are; what is no recording is named, not silently passed over."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data import limits
from nanosmith.tools.errors import DataError

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
SOUNDS = (".wav", ".wave")
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".gif", ".webp", ".tif", ".tiff")
ARCHIVES = (".npz",)
TRACKS = (".txt",)
"""Read as annotations beside a recording, where they are no tables themselves."""

TEXTS = (".txt", ".dat", ".asc", ".txt.gz", ".dat.gz")
"""Tables where they hold numbers in columns and nothing else of the folder is a recording (`text_tables.py`)."""

_UNREAD = {
    (".mp3", ".flac", ".ogg", ".m4a", ".opus", ".aac", ".aif", ".aiff"): "convert them to WAV",
    (".mat", ".h5", ".hdf5", ".parquet", ".feather", ".npy", ".edf", ".bdf", ".hea"): "export CSV or .npz",
    (".xlsx", ".xls", ".ods", ".json", ".jsonl", ".arff", ".xml"): "export CSV",
    (".pkl", ".pickle", ".joblib", ".pt"): "pickles can run code and are never loaded: export .npz",
    TEXTS: "text is read where most lines hold as many numbers, with tabs, spaces, commas or semicolons between them; "
    "this is not: export CSV",
    (".zip", ".tar", ".tgz", ".gz", ".7z", ".rar", ".xz", ".bz2"): "unpack it first",
}


@dataclass(frozen=True)
class SourceFile:
    """One file of the folder."""

    path: Path
    name: str
    """Relative to the folder, forward slashes, safe to show."""

    key: str
    """Relative to the folder, forward slashes, as it is."""

    holds_columns: bool = False
    """A text that is read as a table, whatever it is called."""

    @property
    def stem(self) -> str:
        """File name without folders and extensions."""
        base = self.key.rsplit("/", 1)[-1]
        for extension in (*TABLES, *SOUNDS, *PICTURES, *TEXTS):
            if base.lower().endswith(extension):
                return base[: -len(extension)]
        return base

    @property
    def first_word(self) -> str:
        """The stem up to its first space, dot, dash or underscore, in lower case."""
        return re.split(r"[_\-. ]", self.stem.casefold(), maxsplit=1)[0]

    @property
    def folders(self) -> tuple[str, ...]:
        """Names of the folders it lies in, outermost first."""
        return tuple(self.key.split("/")[:-1])


def list_files(root: Path) -> tuple[SourceFile, ...]:
    """All files under `root` in a fixed order, without hidden ones and without links that lead out of it.

    Raises:
        DataError: No such folder, it can't be read, it is empty, or it holds too many files.

    """
    if not root.is_dir():
        raise DataError(
            "no such folder" if not root.exists() else "is not a folder, a table or an .npz", file=root.name
        )
    real_root = root.resolve()
    found: list[SourceFile] = []
    for folder, folders, names in os.walk(root, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            path = Path(folder) / name
            if name.startswith(".") or not path.resolve().is_relative_to(real_root) or not path.is_file():
                continue
            key = path.relative_to(root).as_posix()
            found.append(SourceFile(path, clean_line(key, limit=200), key))
        if len(found) > limits.FILES:
            raise DataError(f"holds more than {limits.FILES:,} files, which is the limit", file=root.name)
    if not found:
        raise DataError("the folder holds no files", file=root.name)
    return tuple(found)


def of_kind(files: tuple[SourceFile, ...], extensions: tuple[str, ...]) -> tuple[SourceFile, ...]:
    """Those whose name ends in one of `extensions`; texts that hold columns are tables as well."""
    tables_too = not set(extensions).isdisjoint(TABLES)
    return tuple(file for file in files if file.key.lower().endswith(extensions) or (tables_too and file.holds_columns))


def refuse_unread(files: tuple[SourceFile, ...], root: Path) -> DataError:
    """The error for a folder in which nothing can be read; says what would have to be done to its files."""
    for extensions, remedy in _UNREAD.items():
        matching = of_kind(files, extensions)
        if matching:
            return DataError(
                f"{len(matching)} such files and nothing that can be read: {remedy}", file=matching[0].name
            )
    return DataError(
        f"none of its {len(files)} files is a recording that can be read: CSV, WAV, pictures (PNG, JPEG, …) or .npz",
        file=root.name,
    )


def _refuse(error: OSError) -> None:
    raise DataError(f"can't be read: {error.strerror}", file=Path(error.filename).name)
