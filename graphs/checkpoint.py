"""Checkpoints of one run in one SQLite file; state is plain JSON and nothing else is ever deserialized."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver


@contextmanager
def open_checkpointer(path: Path) -> Iterator[SqliteSaver]:
    """A saver on `path`, closed afterwards.

    The default serializer would execute code from crafted checkpoint bytes (CVE-2026-28277); with an empty list of
    allowed types it rebuilds only what plain JSON has, and LangGraph's own `Send`.
    """
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        yield SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    finally:
        connection.close()
