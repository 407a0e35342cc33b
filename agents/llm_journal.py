"""Every answered call on disk, so that a resumed run asks nothing twice.

One JSON file a call, named by the sha256 of what was asked: role, model, messages, schema and how many answers this
brief had before. A file appears whole or not at all. It holds no key.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nanosmith.agents.brief import Role
from nanosmith.tools.specs.base import Record

Message = tuple[str, str]
"""Who says it (`system`, `user`, `assistant`) and what."""


class Answered(Record):
    """What came back for one call."""

    text: str
    """The answer, or a tool call's arguments."""

    input_tokens: int | None = None
    """None where the endpoint did not say."""

    output_tokens: int | None = None
    finish_reason: str | None = None
    refusal: str | None = None


class CallRecord(Record):
    """One file of the journal."""

    role: Role
    model: str
    ordinal: int
    messages: tuple[Message, ...]
    answered: Answered


@dataclass(frozen=True)
class CallJournal:
    """A folder of answered calls."""

    folder: Path

    def find(self, key: str) -> Answered | None:
        """The answer to a call that was asked before; None where there is none, or where the file is damaged."""
        try:
            return CallRecord.model_validate_json(self._path(key).read_bytes()).answered
        except (FileNotFoundError, ValidationError):
            return None

    def keep(self, key: str, record: CallRecord) -> None:
        """Store one answered call: a temporary name, fsync, rename."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix=".call.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(record.model_dump_json(indent=1).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(self._path(key))

    def __len__(self) -> int:
        """How many calls were answered."""
        return sum(1 for _ in self.folder.glob("*.json"))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def call_key(role: Role, model: str, messages: Sequence[Message], schema: dict[str, Any], ordinal: int) -> str:
    """Sha256 of everything that decides an answer."""
    asked = json.dumps([role, model, list(messages), schema, ordinal], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(asked.encode()).hexdigest()
