"""What folder and file names say where there is no index: class, group, split."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nanosmith.tools.data.columns import GROUP_NAMES
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.folder import SourceFile
from nanosmith.tools.data.index_file import Entry
from nanosmith.tools.data.recordings import GUESSED, Split
from nanosmith.tools.specs.normal_class import is_normal

_SPLIT_FOLDERS: dict[str, Split] = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "val": "train", "validation": "train",
    "valid": "train",
}  # fmt: skip
_PREFIXES = {"s": "subject", "sub": "subject", "subj": "subject", "p": "subject", "u": "subject", "spk": "speaker"}
_GROUP_TOKEN = re.compile(r"([a-z]+)[ _-]?(\d{1,6})")
_CONTAINERS = frozenset({"data", "dataset", "raw", "recordings", "audio", "images", "csv", "wav", "files"})


@dataclass(frozen=True)
class Layout:
    """Entries of all recordings, and what their groups are."""

    entries: tuple[Entry, ...]
    group_kind: str | None


def by_folder(files: Sequence[SourceFile], findings: Findings, *, labels_inside: bool) -> Layout:
    """Read class, group and split off the names.

    Args:
        files: The recordings.
        findings: Gets what was guessed.
        labels_inside: Each recording has a label column; folders then are groups, not classes.

    """
    levels = [tuple(f for f in file.folders if f.casefold() not in _CONTAINERS) for file in files]
    splits = [
        next((_SPLIT_FOLDERS[f.casefold()] for f in path if f.casefold() in _SPLIT_FOLDERS), None) for path in levels
    ]
    paths = [tuple(folder for folder in path if folder.casefold() not in _SPLIT_FOLDERS) for path in levels]
    if not any(splits):
        splits = _splits_by_name(files, findings)
    labels: list[str | None] = [None] * len(files)
    if not labels_inside:
        labels, paths = _classes(files, paths, findings)
    groups, kind = _groups(files, paths, labels, findings)
    entries = tuple(
        Entry(file, label, group, split)
        for file, label, group, split in zip(files, labels, groups, splits, strict=True)
    )
    return Layout(entries, kind)


def _splits_by_name(files: Sequence[SourceFile], findings: Findings) -> list[Split | None]:
    """`GunPoint_TRAIN.csv` beside `GunPoint_TEST.csv`: marks where each name holds one and both sides occur."""
    found = [[_SPLIT_FOLDERS[word] for word in words(file) if word in _SPLIT_FOLDERS] for file in files]
    if any(len(set(marks)) != 1 for marks in found) or len({marks[0] for marks in found}) < 2:
        return [None] * len(files)
    findings.info("the test part is marked by a word in the file names")
    return [marks[0] for marks in found]


def split_of(file: SourceFile) -> Split | None:
    """What its folders, or else a word of its name, say; None where nothing does."""
    marks = [*(folder.casefold() for folder in file.folders), *words(file)]
    return next((_SPLIT_FOLDERS[mark] for mark in marks if mark in _SPLIT_FOLDERS), None)


def words(file: SourceFile) -> list[str]:
    """Parts of a file's name, lower case."""
    return re.split(r"[_\-. ]+", file.stem.casefold())


def with_guessed_groups(entries: Sequence[Entry], findings: Findings) -> Layout:
    """Entries of an index that names no group, with groups read off the file names where those tell."""
    files = [entry.file for entry in entries]
    groups, kind = _by_tokens(files, [entry.label for entry in entries], findings)
    grouped = tuple(replace(entry, group=group) for entry, group in zip(entries, groups, strict=True))
    return Layout(grouped, kind)


def _classes(
    files: Sequence[SourceFile], paths: list[tuple[str, ...]], findings: Findings
) -> tuple[list[str | None], list[tuple[str, ...]]]:
    if paths and all(paths) and len({path[-1] for path in paths} | {path[0] for path in paths}) > 1:
        level = _class_level(paths)
        labels: list[str | None] = [path[min(level, len(path) - 1) if level >= 0 else -1] for path in paths]
        rest = [tuple(f for f in path if f != label) for path, label in zip(paths, labels, strict=True)]
        findings.info("classes are the names of the folders")
        return labels, rest
    innermost = {path[-1] if path else "" for path in paths}
    if len(innermost) == 1 and is_normal(only := next(iter(innermost))):
        findings.info(f"all recordings are of class {only!r}, the name of their folder")
        return [only] * len(files), [path[:-1] for path in paths]
    leading = [re.match(r"[^\W\d_]+", file.stem) for file in files]
    first = [match.group(0).casefold() if match else "" for match in leading]
    counts = Counter(first)
    shared = 2 <= len(counts) <= 50 and (min(counts.values()) >= 2 or len(counts) == len(files))
    if shared and "" not in counts and (_PREFIXES.keys() | _SPLIT_FOLDERS.keys()).isdisjoint(counts):
        findings.warning("classes were guessed from the first word of the file names; an index.csv would say it")
        return list(first), paths
    return [None] * len(files), paths


def _class_level(paths: list[tuple[str, ...]]) -> int:
    """0: the outermost folder is the class; -1: the innermost."""
    if all(len(path) == 1 for path in paths):
        return -1
    outer, inner = {path[0] for path in paths}, {path[-1] for path in paths}
    if len(outer) < 2 or _token_kind(next(iter(sorted(outer)))):
        return -1
    if _token_kind(next(iter(sorted(inner)))):
        return 0
    parents = {name: {path[0] for path in paths if path[-1] == name} for name in inner}
    return -1 if sum(len(found) for found in parents.values()) > 1.5 * len(inner) else 0


def _groups(
    files: Sequence[SourceFile], paths: list[tuple[str, ...]], labels: list[str | None], findings: Findings
) -> tuple[list[str | None], str | None]:
    folders = ["/".join(path) for path in paths]
    if all(folders) and 1 < len(set(folders)) < len(files):
        kind = _token_kind(paths[0][0]) or "folder"
        findings.info(f"groups are the names of the folders, taken for one {kind} each")
        return [path[0] if len({p[0] for p in paths}) > 1 else path[-1] for path in paths], kind
    return _by_tokens(files, labels, findings)


def _by_tokens(
    files: Sequence[SourceFile], labels: Sequence[str | None], findings: Findings
) -> tuple[list[str | None], str | None]:
    """Groups by a part of the file names: one like `s03` or `user7`, or a word that recurs in several classes."""
    split = [[word for word in words(file) if word not in _SPLIT_FOLDERS] for file in files]
    for position in range(min((len(tokens) for tokens in split), default=0)):
        tokens = [parts[position] for parts in split]
        kind = _token_kind(tokens[0])
        if kind and all(_token_kind(token) == kind for token in tokens) and 1 < len(set(tokens)) < len(tokens):
            findings.info(f"groups were read off the file names: one {kind} for each of {_some(tokens)}")
            return list(tokens), kind
    for position in range(min((len(tokens) for tokens in split), default=0)):
        tokens = [parts[position] for parts in split]
        if _recurs(tokens, labels):
            findings.warning(
                f"groups were guessed from a word in the file names: {_some(tokens)}; an index.csv would say it"
            )
            return list(tokens), GUESSED
    return [None] * len(files), None


def _recurs(words: list[str], labels: Sequence[str | None]) -> bool:
    names = set(words)
    if not all(word.isalpha() for word in names) or not 3 <= len(names) <= len(words) / 3:
        return False
    known = {(label or "").casefold() for label in labels}
    classes = [{label for word, label in zip(words, labels, strict=True) if word == name} for name in names]
    return not names & known and min(len(found) for found in classes) >= min(2, len(known))


def _token_kind(token: str) -> str | None:
    match = _GROUP_TOKEN.fullmatch(token.casefold())
    if match is None:
        return None
    return _PREFIXES.get(match.group(1)) or GROUP_NAMES.get(match.group(1))


def _some(tokens: list[str]) -> str:
    names = sorted(set(tokens))
    return ", ".join(names[:4]) + (f", … ({len(names)})" if len(names) > 4 else "")
