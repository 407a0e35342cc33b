"""How the device turns the model's answers into reports: parameters of `firmware_templates/decision/ns_decision.h`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from nanosmith.tools.specs.base import Count, Record

Level = Annotated[int, Field(ge=0, le=256)]
"""Of a score from -128 to 127: the score + 128; a share of belief times 256 where the model ends in a softmax."""


class Decision(Record):
    """Smoothing, hysteresis, minimum duration and refractory time, in answers of the device."""

    weight: Annotated[int, Field(ge=1, le=256)] = 256
    """Of the newest answer in an exponential moving average of the levels, of 256; 256: no smoothing."""

    enter: Level = 0
    """A class comes into force when its smoothed level reaches this and no other event's is higher."""

    leave: Level = 0
    """An event is over when its smoothed level is below this."""

    shortest: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Answers in a row that a change takes."""

    refractory: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    """Answers after the beginning of an event in which no other one begins."""

    resting: Count | None = None
    """Position of the class that is no event, in force when none is; None: every class is one."""

    @model_validator(mode="after")
    def _leaves_below_enter(self) -> Self:
        if self.leave > self.enter:
            raise ValueError(f"an event that begins at level {self.enter} can't end below {self.leave}")
        return self

    @classmethod
    def debounced(cls, answers: int) -> "Decision":
        """The plainest: a class comes into force once it won so many answers in a row."""
        return cls(shortest=answers)
