"""Rows of results.csv and of a file of peers' figures: the same columns."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PEER = "nanosmith"
NUMBERS = (
    "instructions", "flash_bytes", "constant_bytes", "flash_minus_constants_bytes", "ram_bytes", "stack_bytes",
    "init_instructions", "max_abs_diff",
)  # fmt: skip
COLUMNS = ("model", "peer", "core", "preset", *NUMBERS)
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Row:
    """One model, built by one peer for one core at one preset."""

    model: str
    peer: str
    core: str
    preset: str
    numbers: dict[str, int]
    """By column; empty where the peer refuses the model."""

    @property
    def key(self) -> Key:
        """What makes it the only one of its kind."""
        return (self.model, self.peer, self.core, self.preset)


def read_rows(path: Path) -> dict[Key, Row]:
    """Rows by key; none where there is no file."""
    if not path.is_file():
        return {}
    with path.open(newline="") as stream:
        rows = [
            Row(r["model"], r["peer"], r["core"], r["preset"], {n: int(r[n]) for n in NUMBERS if r[n]})
            for r in csv.DictReader(stream)
        ]
    return {row.key: row for row in rows}


def merge_rows(path: Path, measured: Iterable[Row]) -> dict[Key, Row]:
    """Write `measured` into the file, in place of older rows of the same key; gives all that it holds then."""
    rows = read_rows(path) | {row.key: row for row in measured}
    kept = dict(sorted(rows.items()))
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*row.key, *(row.numbers.get(n, "") for n in NUMBERS)) for row in kept.values())
    return kept
