"""What every record shares."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Bytes = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Hertz = Annotated[float, Field(gt=0)]
Milliseconds = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""Lower-case name that is also a C and a file name."""

Direction = Literal["maximize", "minimize"]


class Record(BaseModel):
    """A small frozen value that crosses a boundary: unknown fields, NaN and infinity are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, ser_json_inf_nan="null"
    )


class Artifact(Record):
    """A file of a run: where it is and what it holds."""

    path: str
    """Relative to the run folder, with forward slashes."""

    sha256: Sha256
    size_bytes: Bytes


class Status(StrEnum):
    """How a run ended, or that it has not."""

    RUNNING = "running"
    MET = "met"
    NOT_MET = "not_met"
    STOPPED = "stopped"
    FAILED = "failed"
