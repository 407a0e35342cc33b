"""Where a run waits for its user: questions and approvals as LangGraph interrupts, and the records that travel in them.

Code before an interrupt runs again when the run goes on; what was answered already is handed back at once.
"""

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import Field, TypeAdapter

from nanosmith.graphs.events import Note
from nanosmith.graphs.services import Services
from nanosmith.graphs.telling import tell
from nanosmith.tools.errors import RunStopped, UsageError
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.question import Question, UserAnswer

R = TypeVar("R")
Subject = Literal["plan", "firmware"]
"""What a user may want to approve: the contract before anything is trained, the application before it is built."""

_MOST_EDITS = 20


class QuestionsAsked(Record):
    """The planner wants to know something."""

    kind: Literal["questions"] = "questions"
    questions: tuple[Question, ...]


class ApprovalSought(Record):
    """The user wants to see something before the run goes on."""

    kind: Literal["approval"] = "approval"
    subject: Subject
    text: str
    """JSON of the contract, or C."""

    fault: str = ""
    """What was wrong with the text that the user gave back last; empty at first."""


class Reply(Record):
    """What the user said: an answer a question, or approval, perhaps of an edited text."""

    answers: tuple[str | None, ...] = ()
    """None: the default."""

    approved: bool = False
    text: str | None = None
    """The edited text; None: as it was."""


Waiting = Annotated[QuestionsAsked | ApprovalSought, Field(discriminator="kind")]
WAITING: TypeAdapter[Waiting] = TypeAdapter(Waiting)
"""Parses what an interrupt carries."""


def ask_questions(runtime: Runtime[Services], questions: tuple[Question, ...]) -> tuple[UserAnswer, ...]:
    """The user's answers; the stated defaults where nobody is to be asked (`--yes`)."""
    given: tuple[str | None, ...] = ()
    if runtime.context.asks:
        payload = QuestionsAsked(questions=questions).model_dump(mode="json")
        given = Reply.model_validate(interrupt(payload)).answers
    padded = [*given, *[None] * len(questions)]
    answers = [_answered(question, text) for question, text in zip(questions, padded, strict=False)]
    for answer in answers:
        who = "by default" if answer.source == "default" else "you answered"
        tell(runtime, Note(message=f"{answer.question} {who}: {answer.answer}"))
    return tuple(answers)


def seek_approval(subject: Subject, text: str, parse: Callable[[str], R]) -> R:
    """What the user approved, parsed; asks again where an edit can't be used.

    Args:
        subject: What it is.
        text: What is to be approved.
        parse: Raises UsageError, with the fault, for a text that can't be used.

    Raises:
        RunStopped: The user did not approve; the run stays resumable and asks again.

    """
    shown, fault = text, ""
    for _ in range(_MOST_EDITS):
        payload = ApprovalSought(subject=subject, text=shown, fault=fault).model_dump(mode="json")
        reply = Reply.model_validate(interrupt(payload))
        if not reply.approved:
            break
        shown = shown if reply.text is None else reply.text
        try:
            return parse(shown)
        except UsageError as error:
            fault = str(error)
    raise RunStopped(f"the {subject} was not approved")


def _answered(question: Question, text: str | None) -> UserAnswer:
    if text is None or text.strip() in ("", question.default_answer):
        return UserAnswer(question=question.text, answer=question.default_answer, source="default")
    return UserAnswer(question=question.text, answer=text.strip()[:300], source="user")
