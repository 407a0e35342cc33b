"""Measured cost of operators by core, from the table that `benchmarks/compiler/operator_cost.py` writes."""

import csv
from functools import cache
from pathlib import Path

from nanosmith.tools.specs.board import Core
from nanosmith.tools.specs.operator_cost import OperatorCost

TABLE = Path(__file__).with_name("operator_cost.csv")
COLUMNS = ("core", "operator", "per", "instructions", "layers")


@cache
def operator_costs(core: Core) -> tuple[OperatorCost, ...]:
    """What was measured on a core, by operator's name; empty where nothing was."""
    with TABLE.open(encoding="ascii", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["core"] == core]
    return tuple(
        OperatorCost.model_validate({name: row[name] for name in ("operator", "instructions", "per")})
        for row in sorted(rows, key=lambda row: row["operator"])
    )
