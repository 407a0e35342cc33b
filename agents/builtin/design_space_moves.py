"""From the critic's advice to moves in the design space."""

import re
from collections.abc import Iterator

from nanosmith.agents.builtin.design_space import Point, Space, step

Move = tuple[tuple[str, int], ...]
"""Axes and steps along them, taken together."""

_MOVES: dict[str, tuple[Move, ...]] = {
    "flash": (
        (("width", -1),),
        (("depth", -1),),
        (("kernel", -1), ("width", -1)),
        (("width", -2),),
    ),
    "ram": (
        (("stem_stride", 1),),
        (("width", -1),),
        (("size", -1), ("decimate", 1), ("frames", -1)),
        (("width", -2),),
    ),
    "latency": (
        (("stem_stride", 1),),
        (("width", -1), ("kernel", -1)),
        (("size", -1), ("decimate", 1), ("frames", -1)),
        (("width", -2),),
    ),
    "failed": ((("width", -1), ("learning_rate", -1)), (("depth", -1), ("learning_rate", -1)), (("effort", -1),)),
    "overfitting": (
        (("augment", 1), ("dropout", 1), ("mounting", 1)),
        (("members", 2),),
        (("augment", 1), ("weight_decay", 1), ("mixup", 1)),
        (("width", -1), ("augment", 1)),
        (("width", -1), ("dropout", 1), ("label_smoothing", 1)),
    ),
    "underfitting": (
        (("width", 1), ("effort", 1)),
        (("effort", 1), ("augment", -1)),
        (("depth", 1), ("width", 1)),
        (("learning_rate", 1), ("dropout", -1)),
    ),
    "quantization": (
        (("activation", 1), ("weight_decay", 1)),
        (("activation", 1), ("width", 1)),
        (("weight_decay", 1), ("effort", 1)),
    ),
    "weak class": ((("class_weights", 1), ("effort", 1)), (("class_weights", 1), ("width", 1))),
    "headroom": (
        (("width", 1), ("effort", 1)),
        (("members", 2),),
        (("kernel", 1), ("width", 1)),
        (("depth", 1), ("width", 1)),
    ),
    "plateau": (
        (("members", 2),),
        (("family", 1), ("effort", 1)),
        (("family", -1), ("width", 1)),
        (("decimate", -1), ("size", 1), ("bands", 1)),
        (("front_end", 1),),
    ),
    "confusion": ((("kernel", 1), ("effort", 1)), (("decimate", -1), ("size", 1), ("frames", 1)), (("depth", 1),)),
}
"""In the order of urgency: what does not fit comes before what could be better."""

_WORDS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in {
    "flash": r"\bflash\b", "ram": r"\bRAM\b", "latency": r"\blatency\b|\btoo slow\b", "failed": r"\bfailed\b|\bNaN\b",
    "overfitting": r"\boverfit", "underfitting": r"\bunderfit", "quantization": r"\bquantiz|\bint8 costs\b",
    "weak class": r"\bweak class|\brecall of\b|\bimbalance", "headroom": r"\bheadroom\b|\blarger network\b",
    "plateau": r"\bplateau\b", "confusion": r"\bconfus|\btaken for\b",
}.items()}  # fmt: skip

_LINE = re.compile(r"^\s*(?:[-*•]\s*)?([a-z][a-z ]+?)\s*:", re.IGNORECASE)


def hints(advice: str) -> tuple[str, ...]:
    """What an advice speaks of, most urgent first: the words that its lines begin with, else any word in it."""
    openings = {match[1].lower() for line in advice.splitlines() if (match := _LINE.match(line))}
    found = [kind for kind in _MOVES if kind in openings]
    return tuple(found or (kind for kind in _MOVES if _WORDS[kind].search(advice)))


def moved(point: Point, space: Space, advice: str) -> Iterator[tuple[str, Point]]:
    """Points that follow the advice, with its hint: the first move for each hint, then the second, and so on."""
    asked = hints(advice)
    for turn in range(max((len(_MOVES[hint]) for hint in asked), default=0)):
        for hint in asked:
            if turn < len(_MOVES[hint]):
                target = point
                for axis, by in _MOVES[hint][turn]:
                    target = step(target, space, axis, by)
                yield hint, target
