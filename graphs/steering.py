"""Notes that a user leaves for a run under way; every later brief carries them."""

import json
import os
from pathlib import Path

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import UsageError

STEERING_FILE = "steering.jsonl"
MOST_CHARACTERS = 500
_LATEST = 8
_FILE_LIMIT_BYTES = 1_000_000


def leave_note(folder: Path, text: str) -> str:
    """Add one note to a run's folder; returns it as the agents will read it.

    Raises:
        UsageError: It is empty or too long.

    """
    note = clean_line(text, limit=MOST_CHARACTERS + 1).strip()
    if not note:
        raise UsageError('the note is empty; say what the agents should try, such as "try an FFT front-end"')
    if len(note) > MOST_CHARACTERS:
        raise UsageError(f"a note has at most {MOST_CHARACTERS} characters, this one is longer; leave several")
    line = json.dumps(note).encode() + b"\n"
    descriptor = os.open(folder / STEERING_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line)  # one write: notes of two commands at once don't mix
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return note


def read_notes(folder: Path) -> tuple[str, ...]:
    """The latest notes, oldest first; a line that is no note is left out."""
    try:
        with (folder / STEERING_FILE).open("rb") as stream:
            lines = stream.read(_FILE_LIMIT_BYTES).splitlines()
    except FileNotFoundError:
        return ()
    notes = []
    for line in lines:
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, str) and note:
            notes.append(clean_line(note, limit=MOST_CHARACTERS))
    return tuple(notes[-_LATEST:])
