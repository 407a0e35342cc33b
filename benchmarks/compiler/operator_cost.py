"""Measure what each operator costs on each core, and write the table that the coder's brief carries.

    python benchmarks/compiler/operator_cost.py FOLDER_OR_TFLITE …

Every layer of every model given is counted on the emulated core (exact instructions, kernels at -O2); its cost is the
median over an operator's layers. Layers with multiply-accumulates are counted by those, others by their outputs.
"""

import csv
import math
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import get_args

from nanosmith.tools.compiler import compile_model
from nanosmith.tools.compiler.operator_cost import COLUMNS, TABLE
from nanosmith.tools.errors import ModelRejected
from nanosmith.tools.specs.board import Core
from nanosmith.tools.workbench.cores import bench_core
from nanosmith.tools.workbench.measure import layer_instructions
from nanosmith.tools.workbench.vectors import Vectors


def main() -> None:
    named = [Path(argument) for argument in sys.argv[1:]]
    files = sorted(file for path in named for file in (path.glob("*.tflite") if path.is_dir() else [path]))
    if not files:
        sys.exit(f"no .tflite file in {', '.join(map(str, named)) or 'the arguments'}\n{__doc__}")
    costs: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for core in get_args(Core):
        for file in files:
            print(f"{core}: {file.stem}", flush=True)
            add(costs, core, file)
    rows = [
        {"core": core, "operator": operator, "per": per, "instructions": f"{statistics.median(found):.3g}",
         "layers": len(found)}
        for (core, operator, per), found in sorted(costs.items())
    ]  # fmt: skip
    with TABLE.open("w", newline="", encoding="ascii") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} rows in {TABLE.name}")


def add(costs: dict[tuple[str, str, str], list[float]], core: Core, file: Path) -> None:
    """Count one model's layers."""
    try:
        compiled = compile_model(file.read_bytes(), core=core)
    except ModelRejected as error:
        print(f"  left out: {error}")
        return
    with tempfile.TemporaryDirectory() as cache:
        counted = layer_instructions(compiled, bench_core(core), "def", Vectors.unchecked(compiled), cache=Path(cache))
    for layer, instructions in zip(compiled.layers, counted, strict=True):
        per, amount = ("mac", layer.macs) if layer.macs else ("output", math.prod(layer.output_shape))
        costs[core, layer.operator, per].append(instructions / amount)


if __name__ == "__main__":
    main()
