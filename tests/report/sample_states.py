"""The sample run in the states that a page must survive.

`python tests/report/sample_states.py OUT.html [--state met|not_met|bare|hostile]` writes the page.
"""

import argparse
from pathlib import Path

from sample_report import sample_report

from nanosmith.tools.report.page import render_report
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.report import ReportData
from nanosmith.tools.specs.run import RunSummary

HOSTILE = (
    "</title></style></svg><script>document.title='owned'</script><img src=x onerror=alert(1)>\x1b[2J\u202e{{7*7}}"
)


def bare_report() -> ReportData:
    """A run that failed before there was a plan."""
    return ReportData(
        summary=RunSummary(
            run="r2", version="0.1.0", status=Status.FAILED, message="index.csv:1: no column is called label",
            goal="a thing", mind="the built-in engineer",
        )
    )  # fmt: skip


def hostile_report() -> ReportData:
    """Every text that a stranger or a model can choose tries to break out of the page."""

    def replaced(value: object, key: str = "") -> object:
        fixed = {
            "kind",
            "status",
            "board",
            "id",
            "candidate",
            "chosen",
            "best",
            "action",
            "stop",
            "severity",
            "metric",
            "sha256",
            "core",
            "split_source",
            "metric_limit_source",
            "memory",
            "class_weights",
            "solver",
            "direction",
            "task",
            "debounce_is",
            "arithmetic",
        }
        if isinstance(value, dict):
            return {k: replaced(v, k) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [replaced(v, key) for v in value]
        if not isinstance(value, str) or key in fixed or (key == "name" and value in {"macro_f1", "accuracy"}):
            return value
        if key == "source" and value in {"goal", "data", "default", "answer"}:
            return value
        return f"{value[:20]} {HOSTILE}"

    raw = sample_report().model_dump()
    raw["sandboxed"] = False
    raw["summary"]["spec"]["title"] = "t"
    return ReportData.model_validate(replaced(raw))


STATES = {
    "met": sample_report,
    "not_met": lambda: sample_report(met=False),
    "bare": bare_report,
    "hostile": hostile_report,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--state", choices=sorted(STATES), default="met")
    arguments = parser.parse_args()
    arguments.out.write_text(render_report(STATES[arguments.state]()), encoding="utf-8")
