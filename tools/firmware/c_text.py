"""Names and labels that come from users, made harmless in C."""

import re

from nanosmith.tools.clean_text import clean_line

_PLAIN = frozenset(" !#$%&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~")

_IN_ASCII = str.maketrans(
    {"…": "...", "–": "-", "—": "-", "’": "'", "°": "deg ", "µ": "u", "μ": "u", "²": "2", "³": "3", "≤": "<=",
     "≥": ">=", "×": "x", "±": "+-"}
)  # fmt: skip
"""What goals are full of; anything else that is not ASCII becomes a question mark."""


def comment_text(raw: str, *, limit: int = 200) -> str:
    """`raw` as part of a comment: printable ASCII on one line, nothing that could end the comment or open another."""
    text = clean_line(raw, limit=limit).translate(_IN_ASCII).encode("ascii", "replace").decode()
    text = re.sub(r"[^\x20-\x7e]|\\", " ", text).replace("*/", "* ").replace("/*", " *").replace("//", "/ ")
    return re.sub(r"\?(?=\?)", "? ", text)  # "??/" is a backslash in C11


def string_literal(raw: str, *, limit: int = 60) -> str:
    """`raw` as a C string literal: UTF-8, everything but plain ASCII as three octal digits."""
    escaped = "".join(chr(b) if chr(b) in _PLAIN else f"\\{b:03o}" for b in clean_line(raw, limit=limit).encode())
    return f'"{escaped}"'


def enumerators(labels: tuple[str, ...], *, prefix: str = "CLASS_") -> tuple[str, ...]:
    """One C name a label, each different: `CLASS_STANDING_UP`."""
    names: list[str] = []
    for index, label in enumerate(labels):
        name = prefix + (re.sub(r"[^A-Z0-9]+", "_", label.upper()).strip("_")[:40] or str(index))
        names.append(name if name not in names else f"{name}_{index}")
    return tuple(names)
