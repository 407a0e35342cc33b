"""What every brief shares."""

from abc import abstractmethod
from typing import ClassVar, Generic, Literal, TypeVar

from nanosmith.tools.specs.base import Record

Role = Literal["planner", "coder", "trainer_critic", "embedded_engineer"]
A = TypeVar("A", bound=Record)


class Brief(Record, Generic[A]):
    """A question to an agent; `A` is the record that answers it."""

    role: ClassVar[Role]
    answer_type: ClassVar[type[Record]]

    @abstractmethod
    def faults(self, answer: A) -> tuple[str, ...]:
        """What is wrong with a schema-valid answer, a sentence each; empty when it can be used."""
