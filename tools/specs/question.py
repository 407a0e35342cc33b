"""What a run asks its user, and what came back."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Record

Short = Annotated[str, Field(min_length=1, max_length=300)]


class Question(Record):
    """One thing that the goal and the data leave open and that changes the contract."""

    text: Short
    """The question, in a sentence."""

    default_answer: Short
    """The answer that is taken where nobody gives one; the contract as it stands follows it."""

    options: Annotated[tuple[Short, ...], Field(max_length=8)] = ()
    """Answers to choose from; empty: any text."""


class UserAnswer(Record):
    """What a question was answered with."""

    question: Short
    answer: Short
    source: Literal["user", "default"]
