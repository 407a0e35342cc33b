"""Which channels are x, y, z of one sensor, read off their names."""

import re
from collections.abc import Sequence

_UNIT = re.compile(r"[(\[].*?[)\]]")
_WORDS = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[XYZ])")
_LETTERS = re.compile(r"^([a-z]*?)([xyz])$")


def axis_of(name: str) -> tuple[str, str] | None:
    """The sensor's name and `x`, `y` or `z`; None where the name has no axis.

    `acc_x`, `x_acc`, `Accel X (g)`, `gyroX`, `ax` and a plain `x` are understood.
    """
    words = [word for word in _WORDS.split(_CAMEL.sub(" ", _UNIT.sub(" ", name)).lower()) if word]
    axes = [word for word in words if word in {"x", "y", "z"}]
    if len(axes) == 1:
        return " ".join(word for word in words if word != axes[0]), axes[0]
    if axes or not words:
        return None
    match = _LETTERS.match(words[-1])
    return None if match is None else (" ".join([*words[:-1], match[1]]), match[2])


def channel_triples(names: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Positions of complete x, y, z triples in `names`, in the order of their first channel."""
    sensors: dict[str, dict[str, int]] = {}
    for position, name in enumerate(names):
        found = axis_of(name)
        if found is not None:
            sensors.setdefault(found[0], {}).setdefault(found[1], position)
    return tuple((axes["x"], axes["y"], axes["z"]) for axes in sensors.values() if len(axes) == 3)
