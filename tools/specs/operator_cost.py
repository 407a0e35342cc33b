"""What an operator's kernel was measured to cost."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Record


class OperatorCost(Record):
    """Instructions of one operator on one core, the median over layers of real models."""

    operator: str
    """TFLite's name."""

    instructions: Annotated[float, Field(ge=0)]
    per: Literal["mac", "output"]
    """For each multiply-accumulate, or for each element of the output where there are none."""
