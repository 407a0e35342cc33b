"""Label tracks: annotations of a recording without a header, a line each: start, end, label.

What Audacity exports (https://manual.audacityteam.org/man/importing_and_exporting_labels.html): seconds, separated by
tabs; lines that begin with a backslash hold the frequencies of the label before them, and are passed over.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data import limits
from nanosmith.tools.data.folder import SourceFile
from nanosmith.tools.errors import DataError

_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")
_PEEK_BYTES = 64 * 1024


@dataclass(frozen=True)
class LabelTrack:
    """Labels of one recording, in the order of the file; seconds from its start."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    words: tuple[str, ...]
    """'' where a label has no text."""


def is_label_track(file: SourceFile) -> bool:
    """Whether the file begins with a label: two numbers and a text behind them, which may be missing after tabs."""
    try:
        with file.path.open("rb") as stream:
            text = _decode(stream.read(_PEEK_BYTES))
    except OSError:
        return False
    first = next((line for _, line in _labels(text)), "")
    return _delimiter(first) is not None


def read_label_track(file: SourceFile) -> LabelTrack:
    """All labels of a track.

    Raises:
        DataError: A line is no label, or one ends before it starts; names the line.

    """
    limits.check_file_size(file.path, file.name, limits.TABLE_BYTES)
    starts, ends, words = [], [], []
    delimiter: str | None = None
    for number, line in _labels(_decode(file.path.read_bytes())):
        delimiter = delimiter or _delimiter(line)
        cells = line.split(delimiter, 2)
        if len(cells) < 2 or not all(_NUMBER.fullmatch(cell) for cell in cells[:2]):
            raise DataError("a label is start and end in seconds and a text, as Audacity exports it; this is none",
                            file=file.name, line=number)  # fmt: skip
        start, end = (float(cell.replace(",", ".")) for cell in cells[:2])
        if not start <= end < np.inf:
            raise DataError("an event ends before it starts", file=file.name, line=number)
        starts.append(start)
        ends.append(end)
        words.append(clean_line(cells[2].strip().strip('"'), limit=120) if len(cells) > 2 else "")
    return LabelTrack(np.array(starts, np.float64), np.array(ends, np.float64), tuple(words))


def _decode(raw: bytes) -> str:
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return raw.decode(encoding, errors="replace")


def _labels(text: str) -> list[tuple[int, str]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("\\")]


def _delimiter(line: str) -> str | None:
    """What stands between the cells of a label; None where the line is none."""
    for delimiter in ("\t", ";", ","):
        cells = line.split(delimiter)
        if len(cells) < 2 or not all(_NUMBER.fullmatch(cell) for cell in cells[:2]):
            continue
        if delimiter == "\t" or (len(cells) >= 3 and not _NUMBER.fullmatch(cells[2])):
            return delimiter
    return None
