"""Whether every answer is the oracle's, byte for byte: many inputs on the host, a part of them on emulated cores.

    python benchmarks/compiler/exactness.py ../shared/models --data ../shared/data

Each model gets 200 random and 20 realistic inputs (realistic.toml says from which recordings; without them, smooth
synthetic signals). exactness.csv keeps a row for each kind of input and place: `host` is the C for that core built by
gcc, `emulated` the same C on that core in QEMU. Exit status 1 where a byte differs.
"""

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from realistic import Inputs, realistic_inputs
from run import MODELS_VARIABLE, model_files, split_names
from vectors import expected_outputs

from nanosmith.tools.compiler import CompiledModel, HostModel, compile_model
from nanosmith.tools.errors import ModelRejected
from nanosmith.tools.workbench import CORES, Vectors, measure_model

HERE = Path(__file__).resolve().parent
COLUMNS = ("model", "inputs", "source", "core", "place", "count", "differing_bytes", "max_abs_diff", "answers")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    files = model_files(options.files, options.models)
    if not files:
        print(f"skipped: no .tflite files; name files or folders, or set {MODELS_VARIABLE}")
        return 0
    rows = _kept(options.results)
    for path in files:
        rows = {key: row for key, row in rows.items() if key[0] != path.stem}
        for row in check_model(path, options):
            rows[row[:2] + row[3:5]] = row
            print(", ".join(f"{c} {v}" for c, v in zip(COLUMNS, row, strict=True)), flush=True)
            _write(options.results, rows)
    names = {path.stem for path in files}
    wrong = [row for row in rows.values() if row[0] in names and row[6] not in ("0", "")]
    print(f"{len(wrong)} of {sum(row[0] in names for row in rows.values())} rows differ from the oracle")
    return 1 if wrong else 0


def check_model(path: Path, options: argparse.Namespace) -> list[tuple[str, ...]]:
    """Rows of one model; one row without figures where it is refused or there is no oracle for it."""
    blob = path.read_bytes()
    try:
        first = compile_model(blob)
    except ModelRejected as error:
        return [(path.stem, "none", f"refused: {error}", "", "", "0", "", "", "")]
    kinds = {
        "random": Inputs(_random(first, options.random), "uniform bytes"),
        "realistic": realistic_inputs(path.stem, first.input.shape, options.realistic, options.data),
    }
    rows = []
    for kind, inputs in kinds.items():
        due = expected_outputs(blob, inputs.rows, options.cache / "vectors")
        if due is None:
            return [(path.stem, "none", "no oracle for it", "", "", "0", "", "", "")]
        for core in options.cores:
            compiled = compile_model(blob, core=CORES[core].compiled_for)
            head = (path.stem, kind, inputs.source, core)
            rows.append((*head, "host", *_on_host(compiled, Vectors(inputs.rows, due))))
            part = Vectors(inputs.rows[: options.emulated], due[: options.emulated])
            found = measure_model(compiled, CORES[core], "def", part, cache=options.cache)
            told = (len(part.inputs), found.differing_bytes, found.worst_difference, len(np.unique(part.expected)))
            rows.append((*head, "emulated", *map(str, told)))
    return rows


def _on_host(compiled: CompiledModel, vectors: Vectors) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        answers = HostModel.build(compiled, Path(folder)).run(vectors.inputs)
    distance = np.abs(answers.astype(int) - vectors.expected.astype(int))
    told = (len(answers), np.count_nonzero(distance), distance.max(), len(np.unique(answers)))
    return tuple(map(str, told))


def _random(compiled: CompiledModel, n: int) -> NDArray[np.int8]:
    """Uniform bytes, and one input each of the smallest and the largest value."""
    rows = np.random.default_rng(3).integers(-128, 128, (n, *compiled.input.shape), dtype=np.int8)
    rows[0], rows[-1] = -128, 127
    return rows


def _kept(path: Path) -> dict[tuple[str, ...], tuple[str, ...]]:
    if not path.is_file():
        return {}
    with path.open(newline="") as stream:
        rows = [tuple(row) for row in csv.reader(stream)][1:]
    return {row[:2] + row[3:5]: row for row in rows}


def _write(path: Path, rows: dict[tuple[str, ...], tuple[str, ...]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([COLUMNS, *(rows[key] for key in sorted(rows))])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    kept = os.environ.get(MODELS_VARIABLE)
    add("files", nargs="*", type=Path, default=[Path(kept)] if kept else [], help="models, or folders of them")
    add("--data", type=Path, help="folder of recordings that realistic.toml names")
    add("--models", type=split_names, default=[], metavar="NAME,…", help="only these")
    add("--cores", type=split_names, default=["M3", "M4F", "M55"], help="one of each kind of C: M3,M4F,M55")
    add("--random", type=int, default=200, help="random inputs on the host")
    add("--realistic", type=int, default=20, help="realistic inputs")
    add("--emulated", type=int, default=20, help="most inputs of a kind that run on an emulated core")
    add("--results", type=Path, default=HERE / "exactness.csv")
    add("--cache", type=Path, default=Path(tempfile.gettempdir()) / "nanosmith-bench")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.cores if name not in CORES]:
        parser.error(f"{', '.join(unknown)}: one of {', '.join(CORES)} is wanted")
    return options


if __name__ == "__main__":
    sys.exit(main())
