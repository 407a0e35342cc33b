"""Record and replay: every exchange with a language model in one JSONL file, and a run from it without any model.

The first line names the format and the models; each further line is one answered call under the sha256 of what was
asked (`llm_journal.call_key`). The file holds prompts and answers and no key; what endpoints cost is not in it.
"""

import json
import threading
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from nanosmith.agents.brief import Role
from nanosmith.agents.llm_errors import ReplayMismatch
from nanosmith.agents.llm_journal import Answered, CallRecord, Message
from nanosmith.agents.llm_settings import LlmSettings
from nanosmith.tools.append_line import append_line
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import UsageError
from nanosmith.tools.specs.base import Record

_FILE_LIMIT_BYTES = 512 * 2**20
_LINE_LIMIT_BYTES = 8 * 2**20
_SHOWN_CHARACTERS = 80


class RecordingHeader(Record):
    """First line of a recording."""

    nanosmith_recording: Literal[1] = 1
    model: str
    models: dict[Role, str] = Field(default_factory=dict)
    repairs: int
    calls: int

    @classmethod
    def of(cls, settings: LlmSettings) -> "RecordingHeader":
        """What of the settings decides which calls are made."""
        return cls(model=settings.model, models=settings.models, repairs=settings.repairs, calls=settings.calls)

    def settings(self) -> LlmSettings:
        """Settings under which the same calls are made again; no endpoint is behind them."""
        return LlmSettings(
            base_url="replay:", model=self.model, models=self.models, repairs=self.repairs, calls=self.calls
        )


class Exchange(Record):
    """One further line."""

    key: str
    call: CallRecord


class Recorder:
    """Appends exchanges to a file, each once; used from several threads."""

    def __init__(self, path: Path, settings: LlmSettings) -> None:
        """Begin the file, or go on with it.

        Raises:
            UsageError: It holds something else, a recording with other models, or can't be written.

        """
        self._path, self._lock = path, threading.Lock()
        header = RecordingHeader.of(settings)
        self._keys: set[str] = set()
        if path.is_file() and path.stat().st_size:
            found, exchanges = read_recording(path)
            if found != header:
                raise UsageError(f"{path} was recorded with {found.model}; record to another file")
            self._keys = set(exchanges)
            return
        self._append(header)

    def keep(self, key: str, call: CallRecord) -> None:
        """Add one exchange unless the file has it: written and synced before it is used."""
        with self._lock:
            if key in self._keys:
                return
            self._append(Exchange(key=key, call=call))
            self._keys.add(key)

    def _append(self, record: Record) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            append_line(self._path, record.model_dump_json().encode(), synced=True)
        except OSError as error:
            raise UsageError(f"{self._path} can't be written: {error.strerror or error}") from None


class Replayer:
    """Answers calls from a recording; a call that it does not hold is an error that says so."""

    def __init__(self, path: Path) -> None:
        """Read the whole file.

        Raises:
            UsageError: It is missing or no recording.

        """
        self.path = path
        self.header, self._exchanges = read_recording(path)

    def find(self, key: str, role: Role, messages: tuple[Message, ...]) -> Answered:
        """The recorded answer.

        Raises:
            ReplayMismatch: Nothing was recorded for exactly this call; says where it parts from the nearest one.

        """
        found = self._exchanges.get(key)
        if found is None:
            raise ReplayMismatch(self._explain(role, messages))
        return found.answered

    def _explain(self, role: Role, messages: tuple[Message, ...]) -> str:
        asked = "\n".join(text for _, text in messages)
        nearest, shared = None, -1
        for call in self._exchanges.values():
            recorded = "\n".join(text for _, text in call.messages)
            length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(asked, recorded, strict=False)))
            if call.role == role and length > shared:
                nearest, shared = recorded, length
        who = role.replace("_", " ")
        if nearest is None:
            return f"{self.path} holds no call of the {who}; record the run again"
        theirs = clean_line(nearest[shared : shared + _SHOWN_CHARACTERS], limit=_SHOWN_CHARACTERS) or "the end"
        ours = clean_line(asked[shared : shared + _SHOWN_CHARACTERS], limit=_SHOWN_CHARACTERS) or "the end"
        return (
            f"{self.path} does not hold this call of the {who}: the nearest recorded prompt has `{theirs}` where this "
            f"run has `{ours}`. Replay with the goal, data, seed and version of the recording, or record again"
        )


def read_recording(path: Path) -> tuple[RecordingHeader, dict[str, CallRecord]]:
    """Header and calls by key; of two lines with one key the first counts, a line cut short at the end is left out.

    Raises:
        UsageError: Missing, too large, or no recording.

    """
    try:
        size = path.stat().st_size
        if size > _FILE_LIMIT_BYTES:
            raise UsageError(f"{path} has {size:,} bytes; a recording of at most {_FILE_LIMIT_BYTES:,} is read")
        with path.open("rb") as stream:
            lines = _lines(stream.read())
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from None
    try:
        header = RecordingHeader.model_validate_json(next(lines, b""))
        exchanges: dict[str, CallRecord] = {}
        for line in lines:
            exchange = Exchange.model_validate_json(line)
            exchanges.setdefault(exchange.key, exchange.call)
    except ValidationError:
        raise UsageError(f"{path} is no recording of `nanosmith run --record`") from None
    return header, exchanges


def _lines(content: bytes) -> Iterator[bytes]:
    """Whole lines; what a kill cut short is no JSON and is left out."""
    for line in content.split(b"\n"):
        if not line:
            continue
        if len(line) > _LINE_LIMIT_BYTES:
            raise UsageError(f"a line of the recording has {len(line):,} bytes; {_LINE_LIMIT_BYTES:,} is the limit")
        try:
            json.loads(line)
        except ValueError:
            continue
        yield line
