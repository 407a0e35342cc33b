"""Who answers when a run waits for its user: somebody at a terminal, or nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from click import edit as open_editor
from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from nanosmith.graphs.asking import ApprovalSought, QuestionsAsked, Reply, Waiting
from nanosmith.graphs.events import Event, Note
from nanosmith.graphs.trace_text import block, indented, line
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import RunStopped, UsageError
from nanosmith.tools.specs.question import Question

_SHOWN_CHARACTERS = 12_000
_SUFFIX = {"plan": ".json", "firmware": ".c"}
_TITLES = {"plan": "the contract", "firmware": "the application (src/app.c)"}


class Responder(Protocol):
    """Answers what a run waits for."""

    def respond(self, asked: Waiting, say: Callable[[Event], None]) -> Reply:
        """The user's reply; `say` puts an event into the trace.

        Raises:
            RunStopped: The run must not go on without its user, or the user did not approve; it stays resumable.

        """
        ...


@dataclass(frozen=True)
class Nobody:
    """No terminal: questions take their stated defaults, and nothing is approved unless it was said to be."""

    approves: bool = False
    """`nanosmith resume --yes`: what waits for approval is approved as it stands."""

    def respond(self, asked: Waiting, say: Callable[[Event], None]) -> Reply:
        """See `Responder`."""
        match asked:
            case QuestionsAsked():
                say(Note(message="nobody is at a terminal: the stated defaults are taken (as with --yes)"))
                return Reply()
            case ApprovalSought(subject=subject):
                if not self.approves:
                    raise RunStopped(f"the {subject} waits for approval; in a terminal, or with --yes")
                say(Note(message=f"{subject} approved by --yes"))
                return Reply(approved=True)


@dataclass(frozen=True)
class Terminal:
    """Asks at the terminal; the live view is put aside meanwhile."""

    console: Console
    aside: Callable[[], AbstractContextManager[None]]
    approves: bool = False

    def respond(self, asked: Waiting, say: Callable[[Event], None]) -> Reply:
        """See `Responder`."""
        if self.approves:
            return Nobody(approves=True).respond(asked, say)
        with self.aside():
            try:
                match asked:
                    case QuestionsAsked():
                        return Reply(answers=tuple(self._ask(question) for question in asked.questions))
                    case ApprovalSought():
                        return self._approve(asked)
            except EOFError:
                raise RunStopped("the terminal was closed while the run waited for an answer") from None

    def _ask(self, question: Question) -> str | None:
        self.console.print(line(("question: ", "cyan"), question.text))
        if question.options:
            options = ", ".join(clean_line(option) for option in question.options)
            self.console.print(indented(line(f"one of: {options}")))
        allowed = {clean_line(option): option for option in question.options}
        while True:
            prompt = Text(f"    Enter for {clean_line(question.default_answer)}: ")
            given = Prompt.ask(prompt, console=self.console, default="", show_default=False).strip()
            if not given:
                return None
            if not allowed or given in allowed:
                return allowed.get(given, given)
            self.console.print(indented(line((f"{given!r} is none of them", "yellow"))))

    def _approve(self, asked: ApprovalSought) -> Reply:
        text = asked.text
        self.console.print(line(("approve ", "bold"), _TITLES[asked.subject], "?"))
        self.console.print(indented(block(text, limit=_SHOWN_CHARACTERS)))
        if asked.fault:
            self.console.print(indented(line(("that can't be used: " + asked.fault, "bold yellow"))))
        chosen = Prompt.ask(
            Text("    yes, edit, or no (the run pauses)"), console=self.console, choices=["yes", "edit", "no"],
            default="edit" if asked.fault else "yes",
        )  # fmt: skip
        if chosen == "no":
            raise RunStopped(f"{_TITLES[asked.subject]} was not approved")
        if chosen == "yes":
            return Reply(approved=True)
        try:
            edited = open_editor(text, extension=_SUFFIX[asked.subject])
        except OSError as error:
            raise UsageError(f"no editor could be started: {error}; set VISUAL or EDITOR") from None
        return Reply(approved=True, text=text if edited is None else edited)
