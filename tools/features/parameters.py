"""What the C of a kind takes: one record, which the host binding passes on and the emitter prints."""

from dataclasses import dataclass
from math import frexp

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.feature_memory import BESIDE_FLOATS

Array = NDArray[np.float32] | NDArray[np.uint16] | NDArray[np.int16]


@dataclass(frozen=True)
class Field:
    """One member of a kind's parameter struct."""

    name: str
    value: "int | np.float32 | Array | StepParameters"
    """Parameters of another step become two members: `name`, its function, and `name_parameters`."""

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

    finish: "StepParameters | None" = None
    """`ns_<kind>_finish` where rows are changed once more when a window is copied; its memory is what it keeps."""

    surveys: bool = False
    """Of a finish: whether `ns_<kind>_survey` sees all rows of the window before the first is changed."""

    @property
    def parts(self) -> "tuple[StepParameters, ...]":
        """Parameters within these, in the order of their members, and the finish."""
        inner = tuple(field.value for field in self.fields if isinstance(field.value, StepParameters))
        return inner if self.finish is None else (*inner, self.finish)

    @property
    def all_sources(self) -> tuple[str, ...]:
        """C files of this kind and of all that it holds, without repetitions."""
        own = (f"ns_{self.kind}.h", f"ns_{self.kind}.c", *self.sources)
        return tuple(dict.fromkeys((*own, *(name for part in self.parts for name in part.all_sources))))


FLOAT_MATH = ("ns_float_math.h", "ns_float_math.c")
INTEGER_MATH = ("ns_integer_math.h", "ns_integer_math.c")
FIXED = "ns_fixed.h"
SUMS = (FIXED, "ns_sums.h", "ns_sums.c")


def scaled(name: str, value: float, comment: str) -> tuple[Field, Field]:
    """Two members that are a number above 0 as `ns_scaled`: 32 digits and their exponent."""
    mantissa, exponent = frexp(value)
    return Field(f"{name}_mantissa", int(2**32 * mantissa)), Field(f"{name}_exponent", exponent - 32, comment)


def beside(first: StepParameters, first_columns: int, second: StepParameters, second_columns: int) -> StepParameters:
    """What `ns_beside` takes: a row of each makes a row."""
    return StepParameters(
        kind="beside",
        fields=(
            Field("first", first), Field("first_floats", first.memory_floats), Field("first_columns", first_columns),
            Field("second", second), Field("second_columns", second_columns),
        ),
        memory_floats=BESIDE_FLOATS + first_columns + second_columns + first.memory_floats + second.memory_floats,
    )  # fmt: skip


def chain(first: StepParameters, second: StepParameters) -> StepParameters:
    """What `ns_chain` takes: rows of `first` are samples of `second`."""
    return StepParameters(
        kind="chain",
        fields=(Field("first", first), Field("first_floats", first.memory_floats), Field("second", second)),
        memory_floats=1 + first.memory_floats + second.memory_floats,
    )
