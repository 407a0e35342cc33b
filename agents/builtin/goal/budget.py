"""Memory budgets in a goal: `at most 24 kB of RAM`, `flash under 40 kB`, `20k RAM`.

A kilobyte is 1,000 bytes and a kibibyte 1,024 (IEC 80000-13). People who write `kB` often mean 1,024; whoever meets
1,000 meets both.
"""

import re
from dataclasses import dataclass

from nanosmith.tools.specs.device_spec import Assumption

_UNITS = {"b": 1, "k": 1000, "m": 1_000_000, "ki": 1024, "mi": 1024 * 1024}
_QUANTITY = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)\s*-?\s*"
    r"(kib|mib|kb|mb|kbytes?|mbytes?|kilobytes?|kibibytes?|megabytes?|mebibytes?|bytes?|k|b|ki|mi)(?![\w])"
)
_RAM = r"(?:s?ram|d?ram|working memory|arena)"
_FLASH = r"(?:flash(?: memory)?|rom|program memory|program space|code space|code size|code|storage|image size|binary)"
_KEYWORD = re.compile(rf"\b(?:(?P<ram>{_RAM})|(?P<flash>{_FLASH})|(?P<memory>memory)|(?P<model>model(?: size)?))\b")
_BEFORE = re.compile(
    r"(?:\s|[:=<≤(]|\b(?:under|below|at most|of|budget|limit|is|must|be|stay|stays|to|within|up|no more than|"
    r"not more than|less than|usage|use|size|should|has|only|about|max|maximum|limited|fit|in)\b)*"
)
_AFTER = re.compile(r"(?:\s|\b(?:of|for|in|the|free|available|on-chip|total|or less|max|maximum|its|as)\b)*")
_FITS = re.compile(r"\bfit(?:s|ting)?\s+(?:in|into|within|under|inside)\s+(?:just |only |about |at most )?$")
_AT_LEAST = re.compile(r"(?:at least|more than|minimum(?: of)?|>=?)\s*$")


@dataclass(frozen=True)
class BudgetWish:
    """Bytes of each memory, None where the goal says nothing, and how ambiguous words were read."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    assumptions: tuple[Assumption, ...] = ()


def read_budget(text: str) -> BudgetWish:
    """Flash and RAM limits in a lowered text with digits; the smaller one where one is named twice."""
    found: dict[str, int] = {}
    assumptions: list[Assumption] = []
    keywords = list(_KEYWORD.finditer(text))
    taken: set[int] = set()
    for quantity in _QUANTITY.finditer(text):
        if _AT_LEAST.search(text[: quantity.start()]):
            continue  # says what the board has, not what may be used
        keyword = _keyword_of(text, quantity, keywords, taken)
        kind = keyword.lastgroup if keyword is not None else None
        if keyword is not None:
            taken.add(keyword.start())
        elif _FITS.search(text[: quantity.start()]):
            kind = "fits"
        if kind is None:
            continue
        memory = "ram" if kind in ("ram", "memory") else "flash"
        size = size_bytes(quantity.group(1), quantity.group(2))
        found[memory] = min(size, found.get(memory, size))
        if kind in ("memory", "fits", "model"):
            words = "memory without a kind" if kind == "memory" else "a size without a kind of memory"
            name = "RAM" if memory == "ram" else "flash for the whole image"
            assumptions.append(Assumption(what=f"{quantity.group()}: {words}, read as {name}", source="default"))
    return BudgetWish(found.get("flash"), found.get("ram"), tuple(assumptions))


def size_bytes(number: str, unit: str) -> int:
    """Bytes of a number and its unit, in lower case."""
    binary = unit.startswith(("kib", "mib", "ki", "mi")) and not unit.startswith("kilo")
    return round(float(number) * _UNITS[unit[0] + "i" if binary else unit[0]])


def _keyword_of(
    text: str, quantity: re.Match[str], keywords: list[re.Match[str]], taken: set[int]
) -> re.Match[str] | None:
    """The memory word that a size belongs to: right before it, joined by filler words only, else right after it."""
    before = [k for k in keywords if k.end() <= quantity.start() and k.start() not in taken]
    if before and _BEFORE.fullmatch(text[before[-1].end() : quantity.start()]):
        return before[-1]
    after = [k for k in keywords if k.start() >= quantity.end() and _AFTER.fullmatch(text[quantity.end() : k.start()])]
    return after[0] if after else None
