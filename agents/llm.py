"""The mind behind an endpoint: a brief becomes a prompt, its answer is validated, an invalid one goes back.

One budget of calls covers everything that can go wrong with one brief: garbled and cut answers, ways of asking that
the endpoint does not take, repairs. Every answered call is kept in the run's journal before it is used.
"""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from nanosmith.agents import llm_errors
from nanosmith.agents.brief import Brief, Role
from nanosmith.agents.llm_client import LADDER, CallFault, Endpoint, Method, MethodUnsupported
from nanosmith.agents.llm_exchanges import Recorder, Replayer
from nanosmith.agents.llm_extract import NoJson, extract_object
from nanosmith.agents.llm_journal import Answered, CallJournal, CallRecord, Message, call_key
from nanosmith.agents.llm_prompts import quoted_answer, render_form, render_prompt, render_repair
from nanosmith.agents.llm_roles import FORMS, RoleForm
from nanosmith.agents.llm_settings import LlmSettings, load_settings
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import AgentOutputInvalid
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.run import Usage

__all__ = ["LlmMind", "LlmSettings", "load_settings"]

A = TypeVar("A", bound=Record)
_REFUSALS = 2
_TELLING = re.compile(r'"(idea|reason|advice|notes|title)"\s*:\s*"((?:[^"\\]|\\.){1,600})"')
"""Strings of an answer that people may read while it streams in."""

_TELLING_CHARACTERS = 1_300
"""Longest match of it, each character escaped."""


class LlmMind:
    """Answers briefs through a language model; may be used from several threads."""

    def __init__(
        self,
        settings: LlmSettings,
        *,
        journal: CallJournal | Path,
        on_text: Callable[[Role, str], None] | None = None,
        on_call: Callable[[Usage], None] | None = None,
        recorder: Recorder | None = None,
        replayer: Replayer | None = None,
    ) -> None:
        """Prepare; nothing is imported or asked yet.

        Args:
            settings: Endpoint, models, patience.
            journal: Where answered calls are kept and found again; a folder of the run.
            on_text: Told the readable parts of an answer (an idea, a reason) as they arrive.
            on_call: Told the usage so far after each call, so that it can be stored before anything else happens.
            recorder: Keeps every exchange in one file besides.
            replayer: Answers instead of the endpoint, which is never asked then.

        """
        self.settings = settings
        self.journal = journal if isinstance(journal, CallJournal) else CallJournal(journal)
        self.on_text = on_text
        self.on_call = on_call
        self.recorder, self.replayer = recorder, replayer
        self.cap: Callable[[], str | None] | None = None
        """Asked before each real call: what is used up (`tokens`), or None; set by whoever keeps the run's bill."""

        self.replayed = 0
        """Answers taken from the journal or a recording instead of the endpoint."""

        self._endpoint = Endpoint(settings)
        self._usage = Usage(cost_usd=0.0)
        self._rung: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """For the trace's first line."""
        name = f"language model {self.settings.model}"
        return name if self.replayer is None else f"{name}, replayed"

    @property
    def usage(self) -> Usage:
        """Real calls since this mind was made; what came from the journal was paid for before."""
        return self._usage

    def think(self, brief: Brief[A]) -> A:
        """Answer one brief.

        Raises:
            AgentOutputInvalid: Still invalid after every repair.
            LanguageModelError: The endpoint can't be used; `llm_errors` has the kinds.
            GoalUnclear, UnknownBoard: The planner could make nothing of the goal.

        """
        return cast(A, _Conversation(self, brief).run())

    def call(
        self, role: Role, messages: tuple[Message, ...], schema: dict[str, Any], ordinal: int, *, whole: bool = False
    ) -> Answered:
        """One answer, from the journal or the endpoint; `whole` asks without streaming.

        Raises:
            CallFault, MethodUnsupported, LanguageModelError: See `Endpoint.ask`.
            ReplayMismatch, SpendingCapReached: Nothing recorded for it; nothing left to pay it with.

        """
        model = self.settings.model_of(role)
        key = call_key(role, model, messages, schema, ordinal)
        found = self.journal.find(key)
        is_new = found is None
        if found is None and self.replayer is not None:
            found = self.replayer.find(key, role, messages)
        if found is not None:
            kept = CallRecord(role=role, model=model, ordinal=ordinal, messages=messages, answered=found)
            self._keep(key, kept, is_new=is_new)
            with self._lock:
                self.replayed += 1
            return found
        self._check_cap()
        method = self.method(model)
        asked = messages if method != "prompt" else (*messages, ("user", render_form(schema)))
        self._count(calls=1)
        told = None if self.on_text is None else _Teller(role, self.on_text)
        answered = self._endpoint.ask(asked, model=model, method=method, schema=schema, whole=whole, on_text=told)
        if answered.finish_reason is None and answered.refusal is None:
            _require_object(answered.text)
        kept = CallRecord(role=role, model=model, ordinal=ordinal, messages=messages, answered=answered)
        self._keep(key, kept, is_new=True)
        self._count_tokens(model, answered)
        return answered

    def _keep(self, key: str, call: CallRecord, *, is_new: bool) -> None:
        """Into the run's journal, unless it came from there, and into the recording, which holds each once."""
        if is_new:
            self.journal.keep(key, call)
        if self.recorder is not None:
            self.recorder.keep(key, call)

    def _check_cap(self) -> None:
        spent = None if self.cap is None else self.cap()
        if spent is not None:
            raise llm_errors.SpendingCapReached(f"the {spent} for this run are used up")

    def method(self, model: str) -> Method:
        """How this model is asked for structure, as far as is known of it."""
        return LADDER[self._rung.get(model, 0)]

    def step_down(self, model: str) -> bool:
        """Ask this model in a less strict way from now on; False where there is none."""
        with self._lock:
            rung = self._rung.get(model, 0)
            self._rung[model] = min(rung + 1, len(LADDER) - 1)
            return rung + 1 < len(LADDER)

    def _count(self, *, calls: int = 0, tokens: tuple[int, int] = (0, 0), cost: float | None = 0.0) -> None:
        with self._lock:
            before = self._usage
            self._usage = before.model_copy(
                update={
                    "calls": before.calls + calls,
                    "input_tokens": before.input_tokens + tokens[0],
                    "output_tokens": before.output_tokens + tokens[1],
                    "cost_usd": None if cost is None or before.cost_usd is None else before.cost_usd + cost,
                }
            )
        if self.on_call is not None:
            self.on_call(self._usage)

    def _count_tokens(self, model: str, answered: Answered) -> None:
        if answered.input_tokens is None or answered.output_tokens is None:
            self._count(cost=None)
            return
        tokens, price = (answered.input_tokens, answered.output_tokens), self.settings.prices.get(model)
        cost = None if price is None else (tokens[0] * price.input + tokens[1] * price.output) / 1e6
        self._count(tokens=tokens, cost=cost)


class _Conversation:
    """One brief until it is answered or its budget is used up."""

    def __init__(self, mind: LlmMind, brief: Brief[Any]) -> None:
        self.mind, self.brief = mind, brief
        self.form: RoleForm = FORMS[brief.role]
        self.schema = self.form.schema(brief)
        self.base = render_prompt(brief)
        self.messages = self.base
        self.ordinal = 0
        self.refusals = 0
        self.whole = False
        self.repairs = 0
        self.last = ""

    def run(self) -> Record:
        """The answer; errors as `LlmMind.think`."""
        settings = self.mind.settings
        model = settings.model_of(self.brief.role)
        for _ in range(settings.calls):
            try:
                answered = self.mind.call(self.brief.role, self.messages, self.schema, self.ordinal, whole=self.whole)
            except MethodUnsupported as reason:
                self.mind.step_down(model)
                self.last = str(reason)
                continue
            except CallFault as fault:
                self.last = str(fault)
                if fault.kind == "garbled":
                    self.mind.step_down(model)
                self.whole |= fault.kind == "empty"  # a streamed refusal looks empty: the client drops it
                continue
            self.ordinal += 1
            answer = self._take(answered, model)
            if answer is not None:
                return answer
        role = self.brief.role.replace("_", " ")
        if self.repairs:
            raise AgentOutputInvalid(f"the {role}'s answer was still invalid after {self.repairs} repairs: {self.last}")
        raise llm_errors.AnswerUnusable(
            f"{model} gave the {role} no usable answer in {settings.calls} calls: {self.last}"
        )

    def _take(self, answered: Answered, model: str) -> Record | None:
        """The valid answer, or None and a message that asks for a better one."""
        if answered.refusal is not None:
            self.refusals += 1
            self.last = clean_line(answered.refusal, limit=300)
            if self.refusals >= _REFUSALS:
                raise llm_errors.AnswerRefused(f"{model} declines the {self.brief.role} brief: {self.last}")
            return None
        try:
            found = extract_object(answered.text, wrap=self.form.wrap)
        except NoJson as reason:
            self.mind.step_down(model)
            self._repair(answered, [_cut_short(answered) or str(reason)])
            return None
        try:
            answer = self.brief.answer_type.model_validate(self.form.complete(self.brief, found))
        except ValidationError as error:
            self._repair(answered, _sentences(error))
            return None
        faults = self.brief.faults(answer)
        if faults:
            self._repair(answered, list(faults))
            return None
        return answer

    def _repair(self, answered: Answered, faults: list[str]) -> None:
        """Put the answer and its faults behind the prompt; only the latest one, so that the prompt stays bounded."""
        self.last = clean_line("; ".join(faults), limit=600)
        if self.repairs >= self.mind.settings.repairs:
            role = self.brief.role.replace("_", " ")
            raise AgentOutputInvalid(f"the {role}'s answer was invalid after {self.repairs} repairs: {self.last}")
        self.repairs += 1
        request = render_repair(faults, self.schema)
        self.messages = (*self.base, ("assistant", quoted_answer(answered.text)), ("user", request))


class _Teller:
    """Finds readable strings in an answer as it streams, and tells each once."""

    def __init__(self, role: Role, on_text: Callable[[Role, str], None]) -> None:
        self.role, self.on_text, self.seen, self.read = role, on_text, "", 0

    def __call__(self, piece: str) -> None:
        self.seen += piece
        if '"' not in piece:
            return
        start = max(self.read, len(self.seen) - len(piece) - _TELLING_CHARACTERS)
        for match in _TELLING.finditer(self.seen, start):
            self.read = match.end()
            text = match.group(2).replace("\\n", " ").replace('\\"', '"')
            self.on_text(self.role, clean_line(text, limit=400))


def _require_object(text: str) -> None:
    """An answer without an end is good only if it is whole all the same.

    Raises:
        CallFault: It is not.

    """
    try:
        extract_object(text)
    except NoJson as reason:
        raise CallFault("cut", f"the answer broke off: {reason}") from None


def _cut_short(answered: Answered) -> str | None:
    if answered.finish_reason != "length":
        return None
    return "the answer was cut off at the endpoint's length limit; give a much shorter one"


def _sentences(error: ValidationError) -> list[str]:
    """Validation faults as a model can use them: where, what, and what stood there."""
    found = []
    for fault in error.errors(include_url=False, include_context=False):
        where = ".".join(str(part) for part in fault["loc"]) or "answer"
        given = clean_line(repr(fault["input"]), limit=80)
        found.append(f"{where}: {fault['msg']} (given: {given})")
    return found
