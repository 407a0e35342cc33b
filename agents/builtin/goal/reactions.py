"""Which class does what: reads the sentences of a contract's behavior into a table of reactions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nanosmith.agents.builtin.goal.names import named
from nanosmith.agents.builtin.goal.words import lowered, name_tokens, stem, tokens

Deed = Literal["light", "count", "alert"]

_DEEDS: tuple[tuple[Deed, re.Pattern[str]], ...] = (
    ("light", re.compile(r"\b(?:leds?|lights?|lamp|blink\w*)\b")),
    ("count", re.compile(r"\b(?:counts?|counting|counter)\b")),
    (
        "alert",
        re.compile(
            r"\b(?:buzz\w*|beeps?|beeping|vibrat\w+|alarms?|alerts?|warns?|warning|notif\w+|wakes?|siren|relay|"
            r"sends?|sending)\b"
        ),
    ),
)
_QUIET = frozenset(map(stem, (
    "normal", "other", "others", "none", "nothing", "background", "unknown", "idle", "silence", "rest", "noise", "ok",
    "healthy", "off", "empty", "negative", "quiet",
)))  # fmt: skip
"""Words of classes in which nothing happens."""


@dataclass(frozen=True)
class Reactions:
    """What each class does, by its index in the contract; a class may do several things."""

    light: frozenset[int] = frozenset()
    """Classes during which the LED is on."""

    count: frozenset[int] = frozenset()
    """Classes whose beginnings are counted."""

    alert: frozenset[int] = frozenset()
    """Classes whose beginning is told by a line of its own."""


def read_reactions(sentences: Sequence[str], classes: Sequence[str]) -> Reactions:
    """Deeds and the classes they belong to.

    A deed belongs to the classes named after it (up to the next deed), else before it in its clause, else before it in
    its sentence; to every class but the quiet ones where none is named.
    """
    found: dict[Deed, set[int]] = {"light": set(), "count": set(), "alert": set()}
    for sentence in sentences:
        text = lowered(sentence)
        for start, end, before, earlier, deed in _deeds(text):
            after, clause, whole = text[start:end], text[before:start], text[earlier:start]
            chosen = next(filter(None, (named(classes, tokens(part)) for part in (after, clause, whole))), {})
            names = set(chosen) if chosen and len(chosen) < len(classes) else _loud(classes)
            found[deed] |= {index for index, name in enumerate(classes) if name in names}
    return Reactions(*(frozenset(found[deed]) for deed in ("light", "count", "alert")))


def _deeds(text: str) -> list[tuple[int, int, int, int, Deed]]:
    """Each deed: where it begins, where the next one does, where its clause begins, where the deed before it ends."""
    hits = sorted((match.start(), match.end(), deed) for deed, pattern in _DEEDS for match in pattern.finditer(text))
    merged: list[tuple[int, int, Deed]] = []
    for start, end, deed in hits:  # `lights an LED` is one deed
        if merged and merged[-1][2] == deed and start - merged[-1][1] <= 12:
            continue
        merged.append((start, end, deed))
    spans = []
    for number, (start, _, deed) in enumerate(merged):
        end = merged[number + 1][0] if number + 1 < len(merged) else len(text)
        clause = max(text.rfind(mark, 0, start) for mark in (",", ":", " then ", " and ")) + 1
        earlier = merged[number - 1][1] if number else 0
        spans.append((start, end, max(clause, earlier), earlier, deed))
    return spans


def _loud(classes: Sequence[str]) -> set[str]:
    """Classes that are not plainly the quiet state; all where none is, or all are."""
    loud = {name for name in classes if not {stem(word) for word in name_tokens(name)} & _QUIET}
    return loud or set(classes)
