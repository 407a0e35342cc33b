"""What the compiler lowers a graph to: a list of kernel calls with constants and parameter structs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Constant:
    """One array in flash."""

    role: str
    """Last part of its C name: weights, bias, …"""

    ctype: str
    values: NDArray[np.generic]
    """In the order of memory, any shape."""

    layout: str
    """Said beside the array, such as `[out=8][in=16]`."""


@dataclass(frozen=True)
class Struct:
    """Parameters of a kernel: designated initializers in this order."""

    ctype: str
    fields: Mapping[str, "int | Constant | Struct | tuple[int, ...]"]


@dataclass(frozen=True)
class Overlap:
    """How a kernel's output may share memory with an input that nobody needs afterwards.

    Allowed where the output starts at least `behind` bytes below the input's start; `step` > 1 asks that the distance
    is a multiple of it (a kernel that buffers one channel at a time may then also write at or above the input).
    """

    behind: int = 0
    step: int = 1
    either_side: bool = False


@dataclass(frozen=True)
class Step:
    """One call of a kernel."""

    operator: str
    """TFLite operator, as the report names it."""

    kernel: str
    """C function; takes parameters, inputs, output and, where it has any, scratch memory."""

    sources: tuple[str, ...]
    """Kernel files that it needs."""

    params: Struct
    inputs: tuple[int, ...]
    """Tensors; constants are emitted as arrays."""

    output: int
    scratch_bytes: int = 0
    """Needed only during the call; aligned to 4."""

    states: tuple[int, ...] = ()
    """Tensors kept from one run to the next, which the call reads and writes; arguments behind the output."""

    macs: int = 0
    overlaps: Mapping[int, Overlap] = field(default_factory=dict)
    """By tensor."""

    output_offset: int = 0
    """Bytes into the output where this call begins (concatenation writes one part a call)."""

    input_offset: int = 0
    """Bytes into the first input where this call begins to read."""

    weights: int = 0
    """Trained numbers in the constants."""


@dataclass(frozen=True)
class Alias:
    """A tensor that is another one under a new shape: no code, no memory."""

    operator: str
    source: int
    output: int
