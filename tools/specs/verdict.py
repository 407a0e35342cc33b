"""What follows a round of trials."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Record


class Review(Record):
    """A critic's answer: judgement and advice. Whether limits are met is not its to say."""

    action: Literal["accept", "revise", "stop"]
    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    advice: Annotated[str, Field(max_length=2_000)] = ""
    """What the next candidates should change; handed to the coder whole."""


class Verdict(Record):
    """The critic's review after code has checked it against the contract and the run's limits."""

    action: Literal["accept", "revise", "stop"]
    reason: str
    advice: str = ""
    best: str | None
    """Id of the best deployable candidate so far; None where none could be deployed."""

    stop: Literal["accepted", "rounds", "time", "calls", "tokens", "cost", "user", "critic", "plateau"] | None = None
    """Why the search ended; None while it goes on."""
