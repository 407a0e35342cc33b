"""What the C of a kind takes: one record, which the host binding passes on and the emitter prints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32] | NDArray[np.uint16]


@dataclass(frozen=True)
class Field:
    """One member of a kind's parameter struct."""

    name: str
    value: int | np.float32 | Array
    comment: str = ""


@dataclass(frozen=True)
class StepParameters:
    """Parameters of one kind's step function, and the memory that it needs."""

    kind: str
    """`raw`: struct `ns_raw`, function `ns_raw_step`, files `ns_raw.c` and `ns_raw.h`."""

    fields: tuple[Field, ...]
    memory_floats: int
    sources: tuple[str, ...] = ()
    """C files beside the kind's own."""
