"""A loopback server that speaks OpenAI's Chat Completions over real HTTP, for tests: scripted answers, faults on order.

    with OpenAiServer(scripted_engineer) as server:
        LlmSettings(base_url=server.url, model="tiny-test")

`server.faults` is a queue: each request takes the next entry, `None` (or an empty queue) means a good answer.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal[
    "rate_limit", "rate_limit_long", "quota", "server_error", "hang", "drop", "html", "no_choices", "cut_stream",
    "error_in_stream", "drop_stream", "hang_stream", "malformed_json", "wrong_schema", "refusal", "empty", "length",
    "key_invalid", "no_model", "context_too_long", "no_json_schema", "no_tools", "think", "fenced", "prose",
    "content_filter",
]  # fmt: skip
BROKEN_STREAMS = {"cut_stream", "error_in_stream", "drop_stream", "hang_stream"}
PERSISTENT_REJECTIONS = {"no_json_schema": "response_format", "no_tools": "tools"}


@dataclass(frozen=True)
class Request:
    """One chat completion as the server saw it."""

    body: dict[str, Any]
    key: str

    @property
    def role(self) -> str:
        """Which agent asks, from the system prompt."""
        match = re.search(r"You are the ([a-z -]+) of Nanosmith", self.body["messages"][0]["content"])
        assert match, "a prompt without a role"
        return match.group(1).replace(" ", "_").replace("-", "_")

    @property
    def prompt(self) -> str:
        """The user's first message."""
        return str(self.body["messages"][1]["content"])

    @property
    def method(self) -> str:
        """How the answer's form was asked for."""
        if "response_format" in self.body:
            return "json_schema"
        return "tool" if "tools" in self.body else "prompt"

    @property
    def is_stream(self) -> bool:
        return bool(self.body.get("stream"))


@dataclass
class OpenAiServer:
    """Serves until the `with` block ends; every request is kept."""

    answer: Callable[[Request], str]
    faults: deque[Fault | None] = field(default_factory=deque)
    rejects: set[str] = field(default_factory=set)
    """`no_json_schema`, `no_tools`: what this endpoint never takes."""

    key: str | None = None
    requests: list[Request] = field(default_factory=list)
    answered: int = 0
    crashes: list[Exception] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def order(self, faults: Iterable[Fault | None]) -> None:
        """Answer the next requests with these faults."""
        self.faults.extend(faults)

    def __enter__(self) -> "OpenAiServer":
        owner = self

        class Handler(_Handler):
            server_state = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if self.crashes:
            raise self.crashes[0]


class _Handler(BaseHTTPRequestHandler):
    server_state: OpenAiServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return

    def do_POST(self) -> None:
        state = self.server_state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = Request(body, self.headers.get("Authorization", "").removeprefix("Bearer "))
        state.requests.append(request)
        fault = state.faults.popleft() if state.faults else None
        if state.key is not None and request.key != state.key:
            fault = "key_invalid"
        for name in state.rejects:
            if PERSISTENT_REJECTIONS[name] in body:
                fault = name  # type: ignore[assignment]
        try:
            self._respond(request, fault)
        except (AssertionError, LookupError, ValueError, AttributeError) as error:
            state.crashes.append(error)  # a fault of the script, raised at the end of the test
            raise
        except (BrokenPipeError, ConnectionResetError):
            return  # the client gave up first

    def _respond(self, request: Request, fault: Fault | None) -> None:
        state = self.server_state
        errors: dict[str, tuple[int, str, str]] = {
            "rate_limit": (429, "rate_limit_exceeded", "Rate limit reached"),
            "rate_limit_long": (429, "rate_limit_exceeded", "Rate limit reached, come back later"),
            "quota": (429, "insufficient_quota", "You exceeded your current quota"),
            "server_error": (500, "server_error", "The server had an error"),
            "key_invalid": (401, "invalid_api_key", f"Incorrect API key provided: {request.key}"),
            "no_model": (404, "model_not_found", f"The model {request.body['model']} does not exist"),
            "context_too_long": (400, "context_length_exceeded", "This model's maximum context length is 4096 tokens"),
            "no_json_schema": (400, "invalid_request_error", "response_format is not supported"),
            "no_tools": (400, "invalid_request_error", "tools are not supported by this model"),
        }
        if fault in errors:
            wait = {"rate_limit": "0", "rate_limit_long": "600"}.get(fault)
            self._error(*errors[fault], retry_after=wait)
        elif fault == "hang":
            state.released.wait(30)
        elif fault == "drop":
            self.close_connection = True
            self.connection.shutdown(2)
        elif fault == "html":
            self._send(200, b"<html><body>Welcome to our proxy</body></html>", "text/html")
        elif fault == "no_choices":
            self._send(200, json.dumps({"id": "x", "object": "chat.completion", "choices": []}).encode())
        else:
            self._complete(request, fault)

    def _complete(self, request: Request, fault: Fault | None) -> None:
        good = self.server_state.answer(request)
        text = {
            "malformed_json": good[: len(good) // 2] + ", oops",
            "wrong_schema": json.dumps({"thoughts": "a network", "confidence": "high"}),
            "empty": "",
            "refusal": "",
            "content_filter": "",
            "length": good[: len(good) // 3],
            "think": f"<think>First {{consider}} the data {{a: 1}}.</think>\n{good}",
            "fenced": f"Here is the answer:\n```json\n{good}\n```\nI hope it helps.",
            "prose": "I would rather describe it in words.",
        }.get(fault or "", good)
        finish = {"length": "length", "content_filter": "content_filter"}.get(fault or "", "stop")
        if fault not in BROKEN_STREAMS:
            self.server_state.answered += 1
        is_tool = request.method == "tool" and fault not in {"think", "fenced", "prose", "refusal", "empty"}
        if request.is_stream:
            self._stream(request, text, finish, fault, is_tool=is_tool)
            return
        message: dict[str, Any] = {"role": "assistant", "content": None if is_tool else text}
        if fault == "refusal":
            message["refusal"] = "I can't help with that."
        if is_tool:
            call = {"id": "c1", "type": "function", "function": {"name": "answer", "arguments": text}}
            message["tool_calls"] = [call]
        choice = {"index": 0, "message": message, "finish_reason": finish}
        self._send(200, json.dumps(self._envelope(request, "chat.completion", [choice], usage=True)).encode())

    def _stream(self, request: Request, text: str, finish: str, fault: Fault | None, *, is_tool: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        pieces = [text[at : at + 64] for at in range(0, len(text), 64)] or [""]
        if fault in BROKEN_STREAMS:
            pieces = pieces[: max(1, len(pieces) // 2)]
        for number, piece in enumerate(pieces):
            delta: dict[str, Any] = {"role": "assistant", "content": piece}
            if is_tool:
                call = {"index": 0, "function": {"arguments": piece}}
                if number == 0:
                    call = {
                        "index": 0,
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "answer", "arguments": piece},
                    }
                delta = {"role": "assistant", "tool_calls": [call]}
            if fault == "refusal":
                delta = {"role": "assistant", "refusal": "I can't help with that."}
            self._event(
                self._envelope(request, "chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": None}])
            )
        if fault == "cut_stream":
            self._chunk(b"")
            return
        if fault == "hang_stream":
            self.server_state.released.wait(30)
        if fault in {"hang_stream", "drop_stream"}:
            self.close_connection = True
            return  # without the last chunk: the client sees a connection that broke
        if fault == "error_in_stream":
            self._event({"error": {"message": "The model crashed", "type": "server_error"}})
            self._chunk(b"")
            return
        last = {"index": 0, "delta": {}, "finish_reason": finish}
        self._event(self._envelope(request, "chat.completion.chunk", [last]))
        self._event(self._envelope(request, "chat.completion.chunk", [], usage=True))
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _envelope(self, request: Request, kind: str, choices: list[Any], *, usage: bool = False) -> dict[str, Any]:
        envelope: dict[str, Any] = {
            "id": "chatcmpl-1", "object": kind, "created": 1, "model": request.body["model"], "choices": choices,
        }  # fmt: skip
        if usage:
            envelope["usage"] = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
        return envelope

    def _event(self, payload: dict[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(payload).encode() + b"\n\n")

    def _chunk(self, content: bytes) -> None:
        """One piece of a chunked body; an empty one ends it."""
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _error(self, status: int, code: str, message: str, *, retry_after: str | None) -> None:
        body = {"error": {"message": message, "type": code, "code": code, "param": None}}
        self._send(status, json.dumps(body).encode(), retry_after=retry_after)

    def _send(
        self, status: int, body: bytes, kind: str = "application/json", *, retry_after: str | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)
