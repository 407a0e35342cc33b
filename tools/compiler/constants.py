"""Constant arrays as C text; equal arrays are emitted once."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.step import Constant

_PER_LINE = {1: 16, 2: 16, 4: 8}
"""Numbers a line by bytes of each, the same on every line, so that an element is found by its index."""


class ConstantPool:
    """Collects the arrays of a model in the order in which they are first used."""

    def __init__(self, placement: str) -> None:
        """`placement` is the macro that says where the arrays go."""
        self._placement = placement
        self._names: dict[tuple[str, bytes], str] = {}
        self._taken: set[str] = set()
        self._text: list[str] = []
        self.total_bytes = 0

    def add(self, owner: str, constant: Constant) -> str:
        """The C name that holds the constant."""
        raw = np.ascontiguousarray(constant.values)
        key = (constant.ctype, raw.tobytes())
        if key in self._names:
            return self._names[key]
        name = f"{owner}_{constant.role}"
        if name in self._taken:
            name = f"{name}_{len(self._taken)}"
        self._taken.add(name)
        self._names[key] = name
        self._text.append(_array(name, constant.ctype, raw, constant.layout, self._placement))
        self.total_bytes += raw.nbytes
        return name

    def take_text(self) -> str:
        """Definitions of the arrays that were added since the last call."""
        text, self._text = "".join(self._text), []
        return text


def _array(name: str, ctype: str, values: NDArray[np.generic], layout: str, placement: str) -> str:
    numbers = ["INT32_MIN" if v == -(2**31) else str(v) for v in values.reshape(-1).tolist()]
    per_line = _PER_LINE[values.itemsize]
    body = ",\n".join(f"    {', '.join(numbers[i : i + per_line])}" for i in range(0, len(numbers), per_line))
    aligned = "_Alignas(4) " if ctype in ("int8_t", "int16_t") else ""
    return f"/* {layout} */\n{placement} static {aligned}const {ctype} {name}[{values.size}] = {{\n{body}\n}};\n"
