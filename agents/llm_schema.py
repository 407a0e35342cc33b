"""JSON schemas of answers as endpoints take them in strict mode: every property required, none unknown, no defaults."""

import json
from collections.abc import Mapping
from typing import Any

from nanosmith.tools.specs.base import Record

_DROPPED = {"title", "default", "discriminator", "minLength", "maxLength", "$schema", "format"}
_NOTHING: Mapping[str, frozenset[str]] = {}


def strict_schema(
    answer: type[Record], *, omit: Mapping[str, frozenset[str]] = _NOTHING, extra: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The schema that a model is held to.

    Args:
        answer: The record.
        omit: Properties by record name that the model does not write.
        extra: Further properties, text or null, with their descriptions.

    """
    raw = answer.model_json_schema()
    schema: dict[str, Any] = _strict(raw, omit, answer.__name__)
    schema["$defs"] = {name: _strict(part, omit, name) for name, part in sorted(raw.get("$defs", {}).items())}
    _drop_unused(schema)
    if not schema["$defs"]:
        del schema["$defs"]
    for name, description in (extra or {}).items():
        schema["properties"][name] = {"type": ["string", "null"], "description": description}
        schema["required"].append(name)
    return schema


def _drop_unused(schema: dict[str, Any]) -> None:
    """Definitions that only omitted properties referred to."""
    while unused := [name for name in schema["$defs"] if f'"#/$defs/{name}"' not in json.dumps(schema)]:
        for name in unused:
            del schema["$defs"][name]


def _strict(part: Any, omit: Mapping[str, frozenset[str]], name: str = "") -> Any:
    if isinstance(part, list):
        return [_strict(item, omit) for item in part]
    if not isinstance(part, dict):
        return part
    found = {key: value for key, value in part.items() if key not in _DROPPED and key not in {"properties", "$defs"}}
    found = {("anyOf" if key == "oneOf" else key): _strict(value, omit) for key, value in found.items()}
    if "$ref" in found:
        return {"$ref": found["$ref"]}  # strict mode takes no siblings of a reference
    if part.get("type") == "object":
        left_out = omit.get(name, frozenset())
        properties = {
            key: _strict(value, omit) for key, value in part.get("properties", {}).items() if key not in left_out
        }
        if "const" in part.get("properties", {}).get("kind", {}):
            found.pop("description", None)  # one of several kinds: the prompts tell what each is for
        found |= {"properties": properties, "required": list(properties), "additionalProperties": False}
    return found
