"""A limit of a number at which a device alarms."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Record


class Threshold(Record):
    """A limit of the number: the device alarms beyond it, and until the number is back by a margin."""

    side: Literal["above", "below"]
    value: float
    """In the target's unit; the alarm begins strictly beyond it."""

    margin: Annotated[float, Field(ge=0)]
    """The alarm ends once the number is back by so much, in the target's unit."""

    answers: Annotated[int, Field(ge=1, le=32)] = 1
    """In a row beyond the limit before the alarm begins."""
