"""One endpoint that speaks Chat Completions, through `langchain-openai`; its faults become three kinds of outcome.

An answer (`Answered`), a fault that is worth asking again (`CallFault`), a way of asking that the endpoint does not
know (`MethodUnsupported`), or an error for the user (`LanguageModelError`). Nothing else comes out. The client itself
retries rate limits, server errors, time-outs and dropped connections with back-off.
"""

import json
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from nanosmith.agents import llm_errors
from nanosmith.agents.llm_journal import Answered, Message
from nanosmith.agents.llm_settings import LlmSettings
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import LanguageModelError

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI
    from openai import APIError

Method = Literal["json_schema", "tool", "prompt"]
LADDER: tuple[Method, ...] = ("json_schema", "tool", "prompt")
"""Ways to ask for a structured answer, the strictest first; the last one needs nothing of the endpoint."""

_TOOL = "answer"
_CONTEXT = re.compile(
    r"context_length|context.{0,24}(?:length|window|size)|maximum context|prompt is too long|too many tokens|"
    r"exceeds?.{0,40}(?:context|token)",
    re.IGNORECASE,
)


class CallFault(Exception):
    """A call that brought no answer and is worth repeating; `kind` says how."""

    def __init__(self, kind: Literal["cut", "garbled", "empty", "slow"], detail: str) -> None:
        """Keep the kind."""
        self.kind = kind
        super().__init__(detail)


class MethodUnsupported(Exception):
    """The endpoint does not take this way of asking for structure."""


@dataclass
class Endpoint:
    """Calls to one base URL; a chat client a model, made when first needed, since importing it takes a second."""

    settings: LlmSettings
    _clients: "dict[str, ChatOpenAI]" = field(default_factory=dict, init=False)

    def ask(
        self,
        messages: Sequence[Message],
        *,
        model: str,
        method: Method,
        schema: dict[str, Any],
        whole: bool = False,
        on_text: Callable[[str], None] | None = None,
    ) -> Answered:
        """Ask once (retries of the transport apart) and give what came back, refusals included.

        `whole` asks without streaming, whatever the settings say.

        Raises:
            CallFault: Nothing usable came back.
            MethodUnsupported: The endpoint rejects `method`.
            LanguageModelError: The endpoint can't be used.

        """
        import openai

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # advice for the author of a chat chain
                client, chat = self._client(model), list(messages)
                if whole or not self.settings.streaming:
                    answered = _whole(client.invoke(chat, **_asked(method, schema)))
                    if on_text is not None:
                        on_text(answered.text)
                else:
                    answered = self._streamed(client.stream(chat, **_asked(method, schema)), on_text)
        except openai.APIError as error:
            raise self._typed(error, model, method) from None
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # what the client makes of HTML, of a body without choices, of an empty stream
            raise CallFault("garbled", self._clean(f"{type(error).__name__}: {error}")) from None
        if not answered.text.strip() and answered.refusal is None:
            raise CallFault("empty", "the answer has no content")
        return answered

    def _streamed(self, chunks: "Iterator[AIMessage]", on_text: Callable[[str], None] | None) -> Answered:
        import openai

        broken: tuple[type[Exception], ...] = (openai.APIConnectionError, *_transport_errors())
        gathered, deadline = _Gathered(), time.monotonic() + self.settings.answer_s
        try:
            for chunk in chunks:
                piece = gathered.add(chunk)
                if piece and on_text is not None:
                    on_text(piece)
                if time.monotonic() > deadline:
                    raise CallFault("slow", f"the answer was not complete after {self.settings.answer_s:g} s")
        except broken as error:
            if not gathered.chunks and isinstance(error, openai.APIConnectionError):
                raise  # the client has tried again already, which it does not once an answer began
            raise CallFault("cut", self._clean(f"the answer broke off: {type(error).__name__}: {error}")) from None
        return gathered.answered()

    def _client(self, model: str) -> "ChatOpenAI":
        if model not in self._clients:
            from langchain_openai import ChatOpenAI

            settings = self.settings
            more: dict[str, Any] = {}
            if settings.temperature is not None:
                more["temperature"] = settings.temperature
            if settings.max_output_tokens is not None:
                more["max_tokens"] = settings.max_output_tokens
            key = settings.api_key.get_secret_value() if settings.api_key is not None else "none"
            self._clients[model] = ChatOpenAI(
                model=model, base_url=settings.base_url, api_key=lambda: key, use_responses_api=False,
                timeout=settings.timeout_s, max_retries=settings.retries, stream_usage=True, **more,
            )  # fmt: skip
        return self._clients[model]

    def _typed(self, error: "APIError", model: str, method: Method) -> Exception:
        """The outcome that an error of the client stands for."""
        import openai

        detail = self._clean(str(error.message))
        host = self._host()
        match error:
            case openai.APITimeoutError():
                tries = self.settings.retries + 1
                text = f"{host} did not answer within {self.settings.timeout_s:g} s, {tries} times"
                return llm_errors.EndpointUnreachable(f"{text}; is the server busy, or the model still loading?")
            case openai.APIConnectionError():
                return llm_errors.EndpointUnreachable(f"no connection to {host}: {detail} Is the server running?")
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return llm_errors.KeyInvalid(f"{host} does not accept the key: {detail} Set NANOSMITH_LLM_API_KEY.")
            case openai.NotFoundError():
                return llm_errors.ModelUnknown(f"{host} has no model {model!r} (or the base URL lacks /v1): {detail}")
            case openai.RateLimitError():
                return llm_errors.RateLimited(f"{host} limits the rate or the quota is used up: {detail}")
            case openai.InternalServerError():
                return llm_errors.EndpointFailing(f"{host} fails, {self.settings.retries + 1} times: {detail}")
            case openai.APIStatusError():
                return self._rejected(error, detail, method)
        if _is_too_long(error):
            return _too_long(detail)
        return CallFault("cut", f"an error within the answer: {detail}")

    def _rejected(self, error: "APIError", detail: str, method: Method) -> Exception:
        if _is_too_long(error) or getattr(error, "status_code", None) == 413:
            return _too_long(detail)
        if method != LADDER[-1]:
            return MethodUnsupported(detail)
        return llm_errors.EndpointRefused(f"{self._host()} rejects the request: {detail}")

    def _host(self) -> str:
        parts = urlsplit(self.settings.base_url)
        return clean_line(parts.netloc.rpartition("@")[2] or self.settings.base_url, limit=120)

    def _clean(self, text: str) -> str:
        """An endpoint's own words, bounded and without our key, which some echo."""
        key = self.settings.api_key.get_secret_value() if self.settings.api_key is not None else ""
        return clean_line(text.replace(key, "•••") if len(key) > 3 else text, limit=300)


@dataclass
class _Gathered:
    """A streamed answer as it grows."""

    chunks: int = 0
    text: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    usage: tuple[int, int] | None = None

    def add(self, chunk: "AIMessage") -> str:
        """Take one chunk; returns the text that it brought."""
        self.chunks += 1
        piece = str(chunk.text)
        self.text.append(piece)
        for call in getattr(chunk, "tool_call_chunks", []):
            self.arguments.append(call.get("args") or "")
            piece += call.get("args") or ""
        if reason := chunk.response_metadata.get("finish_reason"):
            self.finish_reason = str(reason)
        if chunk.usage_metadata:
            self.usage = (chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"])
        return piece

    def answered(self) -> Answered:
        """The whole of it; arguments of a tool call outrank text."""
        text = "".join(self.arguments) or "".join(self.text)
        return _answered(text, self.finish_reason, None, self.usage)


def _transport_errors() -> tuple[type[Exception], ...]:
    """What may come through unwrapped from the client's HTTP library: `httpx`, in its newer versions `httpx2`."""
    return tuple(import_module(name).TransportError for name in ("httpx", "httpx2") if find_spec(name) is not None)


def _whole(message: "AIMessage") -> Answered:
    """An answer that came in one piece."""
    text = str(message.text)
    if message.tool_calls:
        text = json.dumps(message.tool_calls[0]["args"])
    elif message.invalid_tool_calls:
        text = message.invalid_tool_calls[0]["args"] or text
    usage = message.usage_metadata
    counted = None if usage is None else (usage["input_tokens"], usage["output_tokens"])
    reason = message.response_metadata.get("finish_reason")
    return _answered(text, reason, message.additional_kwargs.get("refusal"), counted)


def _answered(text: str, reason: str | None, refusal: str | None, usage: tuple[int, int] | None) -> Answered:
    if refusal is None and reason == "content_filter":
        refusal = "the endpoint's content filter stopped the answer"
    return Answered(
        text=text, finish_reason=reason, refusal=refusal,
        input_tokens=None if usage is None else usage[0], output_tokens=None if usage is None else usage[1],
    )  # fmt: skip


def _asked(method: Method, schema: dict[str, Any]) -> dict[str, Any]:
    """What a request says of its answer's form."""
    match method:
        case "json_schema":
            # in `extra_body`, so that the client hands the text over as it is and does not parse it itself
            form = {"type": "json_schema", "json_schema": {"name": _TOOL, "schema": schema, "strict": True}}
            return {"extra_body": {"response_format": form}}
        case "tool":
            function = {"name": _TOOL, "description": "Give the answer.", "parameters": schema}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": _TOOL}},
            }
        case "prompt":
            return {}


def _is_too_long(error: "APIError") -> bool:
    return str(error.code) == "context_length_exceeded" or _CONTEXT.search(str(error.message)) is not None


def _too_long(detail: str) -> LanguageModelError:
    return llm_errors.ContextTooLong(f"the prompt is longer than the model takes; use one with more context: {detail}")
