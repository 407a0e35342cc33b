"""Text from a model, a log or a file, made safe to show: no control sequences, bounded length."""

import re
import unicodedata

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_KEPT = {"\n", "\t"}
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_text(raw: str, *, limit: int = 4_000) -> str:
    """`raw` without terminal escapes, control and direction-changing characters; cut to `limit` characters."""
    text = _ESCAPE.sub("", raw[: limit * 4])
    kept = "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in _DROPPED)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def clean_line(raw: str, *, limit: int = 400) -> str:
    """`clean_text` on one line: runs of white space become one space."""
    return " ".join(clean_text(raw, limit=limit).split())
