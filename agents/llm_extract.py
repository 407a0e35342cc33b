"""One JSON object out of whatever a language model wrote around it."""

import json
import re
from typing import Any

_MAX_CHARACTERS = 400_000
_MAX_STARTS = 200
"""Opening braces that are tried; prose with more of them holds no answer."""

_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THINKING_TAIL = re.compile(r"^.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_DECODER = json.JSONDecoder(strict=False)  # models write raw line breaks into strings that hold source code


class NoJson(ValueError):
    """There is no JSON object in the text; says why, for the model."""


def extract_object(text: str, *, wrap: str | None = None) -> dict[str, Any]:
    """The largest JSON object in `text`: behind reasoning, in code fences, with trailing commas.

    Args:
        text: What the model wrote.
        wrap: Name of the answer's only list; a bare list becomes `{wrap: list}`.

    Raises:
        NoJson: There is none.

    """
    body = _THINKING.sub("", text[:_MAX_CHARACTERS])
    body = _THINKING_TAIL.sub("", body).strip()
    if not body:
        raise NoJson("the answer is empty")
    (size, found), (mended_size, mended) = _largest(body), _largest(_TRAILING_COMMA.sub(r"\1", body))
    if mended_size > size:
        found = mended
    if wrap is not None and (not found or body.lstrip("`json \n").startswith("[")):
        listed = _list(body)
        if listed is not None:
            return {wrap: listed}
    if not found:
        raise NoJson("there is no complete JSON object in the answer" + _fault(body))
    return found


def _largest(body: str) -> tuple[int, dict[str, Any] | None]:
    """The largest object before the first broken one, and its length.

    What stands inside a broken object (the first of several proposals, of an answer that was cut off) is not an answer.
    """
    best: dict[str, Any] | None = None
    size, start, tries = 0, body.find("{"), 0
    while start >= 0 and tries < _MAX_STARTS:
        tries += 1
        try:
            value, end = _DECODER.raw_decode(body, start)
        except json.JSONDecodeError as error:
            if error.pos > start + 1:
                break
            start = body.find("{", start + 1)  # a brace in prose
            continue
        except RecursionError:
            break
        if isinstance(value, dict) and end - start > size:
            best, size = value, end - start
        start = body.find("{", end)
    return size, best


def _list(body: str) -> list[Any] | None:
    start = body.find("[")
    if start < 0:
        return None
    try:
        value, _ = _DECODER.raw_decode(body, start)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, list) and value and isinstance(value[0], dict) else None


def _fault(body: str) -> str:
    """Where the text that looks most like the answer stops being JSON."""
    start = body.find("{")
    if start < 0:
        return ""
    try:
        _DECODER.raw_decode(body, start)
    except json.JSONDecodeError as error:
        return f": {error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return ": it is nested too deeply"
    return ""
