"""What compiled models cost on emulated cores, beside other people's compilers and runtimes.

    python benchmarks/compiler/run.py ../shared/models --peers ../shared/bench/peers.csv

Takes any int8 .tflite files, or folders of them. Each is compiled, built, run on the emulated core, compared byte for
byte with the oracle and weighed (nanosmith.tools.workbench). results.csv is added to, row by row, while it runs; the
table at the end shows all that it holds of the models asked for. README.md says what each column means.
"""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from rows import PEER, Row, merge_rows, read_rows
from table import print_table
from vectors import model_vectors

from nanosmith.tools.compiler import CompiledModel, compile_model, read_model
from nanosmith.tools.errors import ModelRejected, NanosmithError
from nanosmith.tools.specs.board import Core
from nanosmith.tools.workbench import CORES, PRESETS, Measurement, Preset, Vectors, measure_model

HERE = Path(__file__).resolve().parent
MODELS_VARIABLE, PEERS_VARIABLE = "NANOSMITH_BENCH_MODELS", "NANOSMITH_BENCH_PEERS"


@dataclass
class Model:
    """A file, and what is computed of it once."""

    path: Path
    constant_bytes: int
    compiled: dict[Core, CompiledModel] = field(default_factory=dict)
    vectors: Vectors | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def for_core(self, core: Core, cache: Path) -> CompiledModel:
        """The C for a core; vectors and oracle are asked for with the first."""
        with self.lock:
            if core not in self.compiled:
                blob = self.path.read_bytes()
                self.compiled[core] = compile_model(blob, core=core)
                if self.vectors is None:
                    self.vectors = model_vectors(blob, self.compiled[core], cache / "vectors")
        return self.compiled[core]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    files = model_files(options.files, options.models)
    if not files:
        print(f"skipped: no .tflite files; name files or folders, or set {MODELS_VARIABLE}")
        return 0
    peers = read_rows(options.peers) if options.peers else {}
    if not peers:
        print(f"no peers to compare with: give --peers or set {PEERS_VARIABLE}")
    constants = {key[0]: row.numbers["constant_bytes"] for key, row in peers.items()}
    models = [Model(path, constants.get(path.stem) or constant_bytes(path.read_bytes())) for path in files]
    failed = [] if options.table_only else measure_all(models, options)
    names = {path.stem for path in files}
    rows = {key: row for key, row in read_rows(options.results).items() if key[0] in names}
    chosen = {k: r for k, r in rows.items() if r.core in options.cores and r.preset in options.presets}
    _print_arenas(models)
    passed = print_table(chosen, peers)
    print("\n".join(f"not measured: {line}" for line in failed))
    return 1 if failed or (options.strict and not passed) else 0


def measure_all(models: Sequence[Model], options: argparse.Namespace) -> list[str]:
    """Measure every model on every core at every preset; what could not be measured, told."""
    jobs = [(m, c, p) for m in models for c in options.cores for p in options.presets]
    failed = []
    with ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(measured_row, *job, options.cache): job for job in jobs}
        for done, future in enumerate(as_completed(running), 1):
            model, core, preset = running[future]
            name = f"[{done}/{len(jobs)}] {model.path.stem} {core} {preset}"
            try:
                row, note = future.result()
            except NanosmithError as error:
                failed.append(f"{model.path.stem} {core} {preset}: {error}")
                print(f"{name}: failed", flush=True)
                continue
            merge_rows(options.results, [row])
            told = f"{row.numbers['instructions']:,} instructions" if row.numbers else ""
            print(f"{name}: {told}{note}", flush=True)
    return failed


def measured_row(model: Model, core: str, preset: Preset, cache: Path) -> tuple[Row, str]:
    """The row, and a remark; without numbers where the compiler refuses the model."""
    bench = CORES[core]
    try:
        compiled = model.for_core(bench.compiled_for, cache)
    except ModelRejected as error:
        return Row(model.path.stem, PEER, core, preset, {}), f"refused: {error}"
    known = model.vectors is not None
    vectors = model.vectors or Vectors.unchecked(compiled)
    found = measure_model(compiled, bench, preset, vectors, cache=cache)
    note = "" if known else ", no oracle for it"
    if known and found.differing_bytes:
        note = f", DIFFERS in {found.differing_bytes} bytes by up to {found.worst_difference}"
    return Row(model.path.stem, PEER, core, preset, _numbers(found, model.constant_bytes, known)), note


def _numbers(found: Measurement, constants: int, is_checked: bool) -> dict[str, int]:
    return {
        "instructions": found.instructions, "flash_bytes": found.flash_bytes, "constant_bytes": constants,
        "flash_minus_constants_bytes": found.flash_bytes - constants, "ram_bytes": found.ram_bytes,
        "stack_bytes": found.stack_bytes, "init_instructions": found.init_instructions,
        **({"max_abs_diff": found.worst_difference} if is_checked else {}),
    }  # fmt: skip


def model_files(given: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """The .tflite files, by name; `names` picks among them."""
    found = [f for path in given for f in (sorted(path.glob("*.tflite")) if path.is_dir() else [path])]
    for path in given:
        if not path.exists():
            print(f"skipped: {path} is not there")
    return [f for f in found if f.is_file() and (not names or f.stem in names)]


def constant_bytes(blob: bytes) -> int:
    """Bytes of the quantized constants that the file holds: equal ones once, no shapes and axes."""
    try:
        graph = read_model(blob)
    except ModelRejected:
        return 0
    held = {(t.dtype, t.values.tobytes()) for t in graph.tensors if t.values is not None and t.scales}
    return sum(len(raw) for _, raw in held)


def _print_arenas(models: Sequence[Model]) -> None:
    for model in models:
        for core, compiled in sorted(model.compiled.items()):
            bound = compiled.arena_lower_bound
            gap = 100 * (compiled.arena_bytes / max(bound, 1) - 1)
            print(f"{model.path.stem} for {core}: arena {compiled.arena_bytes:,} B, bound {bound:,} B, gap {gap:.1f} %")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    kept = os.environ.get(MODELS_VARIABLE)
    add("files", nargs="*", type=Path, default=[Path(kept)] if kept else [], help="models, or folders of them")
    add("--peers", type=Path, default=os.environ.get(PEERS_VARIABLE), help="peers' figures, a CSV file")
    add("--models", type=split_names, default=[], metavar="NAME,…", help="only these")
    add("--cores", type=split_names, default=list(CORES), metavar=",".join(CORES), help="default: all")
    add("--presets", type=split_names, default=["def", "Os"], metavar=",".join(PRESETS), help="default: def,Os")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="measurements at once")
    add("--results", type=Path, default=HERE / "results.csv")
    add("--cache", type=Path, default=Path(tempfile.gettempdir()) / "nanosmith-bench", help="vectors and images")
    add("--table-only", action="store_true", help="measure nothing, show what results.csv holds")
    add("--strict", action="store_true", help="exit status 1 where a bar is missed")
    options = parser.parse_args(arguments)
    options.peers = Path(options.peers) if options.peers else None
    for asked, known in ((options.cores, CORES), (options.presets, PRESETS)):
        if unknown := [name for name in asked if name not in known]:
            parser.error(f"{', '.join(unknown)}: one of {', '.join(known)} is wanted")
    return options


def split_names(text: str) -> list[str]:
    """Parts of a list with commas."""
    return [part for part in text.split(",") if part]


if __name__ == "__main__":
    sys.exit(main())
