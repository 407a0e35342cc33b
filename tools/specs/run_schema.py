"""The JSON Schema of `run.json`; `python -m nanosmith.tools.specs.run_schema` writes it to run.schema.json."""

import json
from pathlib import Path
from typing import Any

from nanosmith.tools.specs.run import RunSummary

SCHEMA_FILE = Path(__file__).with_name("run.schema.json")


def run_schema() -> str:
    """JSON Schema 2020-12 of `RunSummary` as it is written, with the records' docstrings as descriptions."""
    schema: dict[str, Any] = RunSummary.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Nanosmith run.json"}
    body = {key: value for key, value in schema.items() if key != "title"}
    return json.dumps(head | body, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(run_schema(), encoding="ascii")
