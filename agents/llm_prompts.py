"""Prompts: one file a role under `prompts/`, rendered from a brief. No clock, no chance; the same brief, the same text.

Text that is not ours (the goal, names in the data, logs, compiler output) goes through `fence`, which bounds it and
marks it as data. What grows with a run is cut by rule: the last and the best trials, the latest refusals.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from nanosmith.agents.brief import Brief
from nanosmith.agents.coder import TrialDigest
from nanosmith.agents.llm_journal import Message
from nanosmith.agents.progress import gains, lesson
from nanosmith.tools.clean_text import clean_line, clean_text
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.device_spec import Cue

FENCE_BEGIN, FENCE_END = "<<<DATA", "DATA>>>"
_LATEST_TRIALS = 8
_BEST_TRIALS = 4
_ANSWER_CHARACTERS = 12_000
"""Of an invalid answer that is shown to its author again."""

_MAX_FAULTS = 12


def render_prompt(brief: Brief[Any]) -> tuple[Message, ...]:
    """The system and the user message for one brief."""
    template = _environment().get_template(f"{brief.role}.md")
    context = template.new_context({"brief": brief})
    parts = ("".join(template.blocks[name](context)).strip() + "\n" for name in ("system", "user"))
    return tuple(zip(("system", "user"), parts, strict=True))


def render_repair(faults: Sequence[str], schema: dict[str, Any]) -> str:
    """What is wrong with an answer, and the schema once more."""
    template = _environment().get_template("repair.md")
    shown = [clean_line(fault, limit=500) for fault in faults[:_MAX_FAULTS]]
    return template.render(faults=shown, more=max(0, len(faults) - _MAX_FAULTS), schema=render_schema(schema))


def render_form(schema: dict[str, Any]) -> str:
    """How to answer, for endpoints that take no schema."""
    return _environment().get_template("form.md").render(schema=render_schema(schema))


def render_schema(schema: dict[str, Any]) -> str:
    """A schema as compact text, keys in order."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def quoted_answer(text: str) -> str:
    """An invalid answer as its author sees it again."""
    return clean_text(text, limit=_ANSWER_CHARACTERS)


def telling_trials(trials: Sequence[TrialDigest]) -> tuple[TrialDigest, ...]:
    """The best and the latest trials, in the order they were made; at most twelve."""
    scored = sorted((t for t in trials if t.score is not None), key=lambda t: (-(t.score or 0.0), t.candidate))
    kept = {t.candidate for t in (*scored[:_BEST_TRIALS], *trials[-_LATEST_TRIALS:])}
    return tuple(t for t in trials if t.candidate in kept)


def cue_lines(cues: Sequence[Cue]) -> list[str]:
    """What the application is held to, a line a cue."""
    return [f"when {_line(cue.on, 60)} is reported: a line that holds {_line(cue.line, 80)!r}" for cue in cues]


def fence(value: object, limit: int = 2_000) -> str:
    """Text of other people, bounded, between marks that it can't close."""
    text = clean_text(str(value), limit=limit).replace(FENCE_BEGIN, "<< <DATA").replace(FENCE_END, "DATA> >>")
    return f"{FENCE_BEGIN}\n{text}\n{FENCE_END}"


def _line(value: object, limit: int = 120) -> str:
    """Foreign text in the middle of a line: no breaks, no marks, bounded."""
    text = clean_line(str(value), limit=limit)
    return text.replace(FENCE_BEGIN, "").replace(FENCE_END, "").replace("|", "/").replace("`", "'")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _listed(names: Sequence[object], limit: int = 40) -> str:
    """Names in a row, the first `limit` of them."""
    shown = ", ".join(_line(name, 60) for name in names[:limit])
    return shown + (f" … ({len(names) - limit} more)" if len(names) > limit else "")


def _compact(record: Record) -> str:
    """A record as one line of JSON."""
    return _line(record.model_dump_json(exclude_none=True, exclude_defaults=True), 400)


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701  plain text for a model, not HTML
        loader=FunctionLoader(_load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"fence": fence, "line": _line, "share": _share, "listed": _listed, "compact": _compact}
    environment.globals |= {"telling_trials": telling_trials, "gains": gains, "lesson": lesson, "cue_lines": cue_lines}
    return environment


def _load(name: str) -> str:
    return files("nanosmith.agents").joinpath("prompts", name).read_text(encoding="utf-8")
