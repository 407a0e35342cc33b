"""Class names from whatever people wrote: trimmed, spellings merged, near-misses pointed out."""

import difflib
import re
from collections import Counter

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data import limits
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.recordings import NO_CLASS, UNLABELLED
from nanosmith.tools.errors import DataError

_NO_LABEL = frozenset({"", "nan", "null", "n/a", "na", "?", "unlabelled", "unlabeled", "not labeled", "no label"})


def class_names(counts: Counter[str], findings: Findings, *, source: str) -> tuple[tuple[str, ...], dict[str, int]]:
    """Classes in natural order, and the class index of every raw label (-1: not labelled).

    Args:
        counts: How often each raw label occurs.
        findings: Gets merged spellings and suspicious pairs.
        source: Where labels come from, for messages.

    Raises:
        DataError: No label, or more classes than any device goal has.

    """
    spellings: dict[str, Counter[str]] = {}
    for raw, count in sorted(counts.items()):
        if (key := _key(raw)) not in _NO_LABEL:
            spellings.setdefault(key, Counter())[clean_line(raw, limit=60)] += count
    if not spellings:
        raise DataError(
            f"no labels were found ({source}); give each recording a column 'label', sort the files into one folder a "
            "class, or add an index.csv with the columns 'file' and 'label'"
        )
    if len(spellings) == 1 and NO_CLASS not in counts:
        only = next(iter(spellings.values())).most_common(1)[0][0]
        findings.warning(
            f"there is only one class, {only!r} ({source}): nothing can be told apart, only what is unlike it"
        )
    if len(spellings) > limits.CLASSES:
        raise DataError(
            f"{len(spellings):,} different labels ({source}), e.g. {', '.join(sorted(spellings)[:3])}: that is no set "
            f"of classes; the limit is {limits.CLASSES}"
        )
    names = {key: forms.most_common(1)[0][0] for key, forms in spellings.items()}
    for key, forms in spellings.items():
        if len(forms) > 1:
            others = ", ".join(repr(form) for form in sorted(forms) if form != names[key])
            findings.repair(f"labels written differently were merged into {names[key]!r}: {others}")
    _point_out_typos({names[key]: forms.total() for key, forms in spellings.items()}, findings)
    order = sorted(names, key=lambda key: _natural(names[key]))
    position = {key: index for index, key in enumerate(order)}
    return tuple(names[key] for key in order), {raw: position.get(_key(raw), UNLABELLED) for raw in counts}


def _key(raw: str) -> str:
    text = re.sub(r"[\s_-]+", "_", clean_line(raw, limit=60).casefold()).strip("_") or clean_line(raw, limit=60)
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", text)


def _natural(name: str) -> tuple[tuple[int, float, str], ...]:
    parts = re.split(r"(\d+(?:\.\d+)?)", name.casefold())
    return tuple((0, float(part), "") if part[:1].isdecimal() else (1, 0.0, part) for part in parts if part)


def _point_out_typos(totals: dict[str, int], findings: Findings) -> None:
    everything = sum(totals.values())
    for name, count in totals.items():
        near = difflib.get_close_matches(name, [other for other in totals if other != name], n=1, cutoff=0.85)
        if near and count < 0.01 * everything and count * 10 < totals[near[0]] and not any(c.isdigit() for c in name):
            findings.warning(f"class {name!r} is rare and spelled almost like {near[0]!r}: a typing error?")
