"""run.schema.json and docs/run-json.md say what run.json holds."""

import json
from pathlib import Path

import jsonschema
import pytest
from sample_report import sample_report
from sample_states import bare_report

from nanosmith.tools.specs.run import RunSummary
from nanosmith.tools.specs.run_schema import SCHEMA_FILE, run_schema

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="ascii") == run_schema(), (
        "run: python -m nanosmith.tools.specs.run_schema and look at what changed"
    )


@pytest.mark.parametrize("summary", [sample_report().summary, bare_report().summary], ids=["whole", "bare"])
def test_a_run_json_fits_its_schema(summary: RunSummary) -> None:
    schema = json.loads(SCHEMA_FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(summary.model_dump_json()))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("status", "fine"), ("contract", [{"name": "ram"}]), ("artifacts", [{"path": "x", "sha256": "y"}])],
)
def test_the_schema_refuses_what_a_reader_could_not_use(field: str, wrong: object) -> None:
    raw = json.loads(sample_report().summary.model_dump_json()) | {field: wrong}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, json.loads(SCHEMA_FILE.read_text()))


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "run-json.md").read_text(encoding="utf-8")
    rows = "".join(line for line in text.splitlines() if line.startswith("| `"))
    assert [name for name in RunSummary.model_fields if f"`{name}`" not in rows] == []
