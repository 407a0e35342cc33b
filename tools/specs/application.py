"""What the embedded engineer writes."""

from typing import Annotated

from pydantic import Field

from nanosmith.tools.specs.base import Record


class Application(Record):
    """Application C: what the device does with each prediction."""

    source: Annotated[str, Field(min_length=1, max_length=40_000)]
    """Contents of `src/app.c`; implements the functions that `app.h` declares."""

    notes: Annotated[str, Field(max_length=1_000)] = ""
    """What it does, in a few sentences for the report."""
