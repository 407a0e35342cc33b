"""Which tables of a folder are recordings, and what their columns are; decided from the first rows of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nanosmith.tools.data.columns import Roles, assign_roles
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import SourceFile
from nanosmith.tools.data.table import Table, read_table
from nanosmith.tools.errors import DataError

_SIDE_SHARE = 10
"""Tables of another shape are side files when there are this many times fewer of them than recordings."""


@dataclass(frozen=True)
class Family:
    """Recordings of one shape."""

    files: tuple[SourceFile, ...]
    roles: Roles
    has_header: bool


def named(table: Table) -> Table:
    """The table with names for its columns where its file has no header: text is the label, the rest channels."""
    if table.names:
        return table
    texts = [column for column in range(len(table.columns)) if not table.is_mostly_number(column)]
    names = ["label" if [column] == texts else f"channel {column + 1}" for column in range(len(table.columns))]
    return Table(table.file, tuple(names), table.columns, table.lines, table.repairs)


def choose_recordings(files: Sequence[SourceFile], findings: Findings, *, listed: bool) -> Family:
    """The recordings among tables, and the roles of their columns.

    Args:
        files: Tables that may be recordings.
        findings: Gets side files and dropped columns.
        listed: The user's index names all of them, so none may be left out.

    Raises:
        DataError: Recordings with different channels, or events where samples were expected.

    """
    peeked = {file: named(read_table(file.path, file.name, peek=True)) for file in files}
    shapes = {file: frozenset(_roles([table]).channels) for file, table in peeked.items()}
    counts = Counter(shapes.values())
    main = max(counts, key=lambda shape: (bool(shape), counts[shape]))  # of equals the first one met
    if not main:
        raise DataError("no column holds a signal: only times, labels and names were found", file=files[0].name)
    chosen = tuple(file for file in files if shapes[file] == main)
    for file in files:
        other = shapes[file]
        if other == main:
            continue
        if listed or (other and counts[other] * _SIDE_SHARE > counts[main]):
            raise _mixed(file, other, chosen[0], main)
        if not other and counts[other] * 2 >= counts[main]:
            raise DataError(
                "looks like a list of events (times and labels, no signal) beside the recordings; labels must be a "
                "column of each recording, one a row", file=file.name,
            )  # fmt: skip
        findings.info("tables that fit no recording were left out", file=file.name)
    roles = _roles([peeked[file] for file in chosen])
    for name, reason in roles.dropped:
        findings.add("info" if "counts rows" in reason else "repair", f"column {name!r} was left out: {reason}")
    first = read_table(chosen[0].path, chosen[0].name, peek=True)
    if not first.names:
        findings.info("the files have no header; channels were numbered")
    return Family(chosen, roles, bool(first.names))


def _roles(tables: Sequence[Table]) -> Roles:
    kinds: dict[str, bool] = {}
    for table in tables:
        for column, name in enumerate(table.names):
            kinds[name] = kinds.get(name, False) or not table.is_mostly_number(column)
    return assign_roles(kinds)


def _mixed(file: SourceFile, found: frozenset[str], other: SourceFile, expected: frozenset[str]) -> DataError:
    lacks, extra = sorted(expected - found), sorted(found - expected)
    parts = [f"lacks {', '.join(map(repr, lacks[:5]))}"] if lacks else []
    parts += [f"has {', '.join(map(repr, extra[:5]))} besides"] if extra else []
    return DataError(
        f"its channels differ from those of {other.name}: it {' and '.join(parts)}; all need the same "
        "channels",
        file=file.name, line=1,
    )  # fmt: skip
