"""Random graphs over all operators: emitted C, plain and SIMD path, under sanitizers, against the reference kernels.

`python benchmarks/compiler/parity.py --graphs 2000 --seed 1` draws the same graphs for the same seed. Whatever differs,
crashes or is refused is counted, and kept as a .tflite file under --keep, which may be given back by --again.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "compiler"))

from running import HOST_FLAGS, PATHS, SANITIZERS, KernelLibrary, oracle, random_inputs, run

from graphs import small_graphs
from nanosmith.tools.compiler import CompiledModel, compile_model
from nanosmith.tools.compiler.kernels import KERNEL_FOLDER
from nanosmith.tools.errors import ModelRejected

_INPUTS = 6
_MODEL = """\
static void run_{name}(void)
{{
    static _Alignas(16) uint8_t arena[{upper}_ARENA_BYTES];
    for (int i = 0; i < {inputs}; i++) {{
        if (fread({name}_input(arena), 1, {upper}_INPUT_BYTES, stdin) != {upper}_INPUT_BYTES) {{
            return;
        }}
        {name}_run(arena, {name}_input(arena), {name}_output(arena));
        (void)fwrite({name}_output(arena), 1, {upper}_OUTPUT_BYTES, stdout);
    }}
    (void)fflush(stdout);
}}
"""


@dataclass
class Tally:
    """What came of the graphs."""

    equal: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    operators: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Case:
    """One graph."""

    name: str
    blob: bytes
    compiled: CompiledModel
    inputs: np.ndarray


def draw_graphs(count: int, number: int) -> list[bytes]:
    """The first `count` different graphs of a seed."""
    blobs: dict[bytes, None] = {}

    @seed(number)
    @settings(max_examples=2 * count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(blob=small_graphs())
    def collect(blob: bytes) -> None:
        if len(blobs) < count:
            blobs[blob] = None

    collect()
    return list(blobs)


def compiled_cases(blobs: list[bytes], tally: Tally, keep: Path) -> Iterator[Case]:
    """Graphs that compile; the others are counted."""
    for number, blob in enumerate(blobs):
        name = f"g{number}"
        try:
            compiled = compile_model(blob, name=name)
        except ModelRejected as refusal:
            tally.refused[str(refusal)[:100]] += 1
            save(keep, name, blob, f"refused: {refusal}")
            continue
        tally.operators.update(compiled.operators)
        yield Case(name, blob, compiled, random_inputs(compiled.input.shape, _INPUTS, seed=len(blob)))


def save(keep: Path, name: str, blob: bytes, reason: str) -> None:
    """Keeps a graph and says why."""
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{name}.tflite").write_bytes(blob)
    print(f"\n{name}: {reason}; again: --again {keep / name}.tflite", flush=True)


def check_batch(batch: list[Case], kernels: KernelLibrary, folder: Path, tally: Tally, keep: Path) -> None:
    """Builds a batch into one program a path, and compares."""
    program = ["#include <stdio.h>\n", *(f'#include "{c.name}.h"\n' for c in batch)]
    program += [_MODEL.format(name=c.name, upper=c.name.upper(), inputs=_INPUTS) for c in batch]
    program += ["int main(void)\n{\n", *(f"    run_{c.name}();\n" for c in batch), "    return 0;\n}\n"]
    (folder / "all.c").write_text("".join(program))
    for case in batch:
        for file in (f"{case.name}.c", f"{case.name}.h"):
            (folder / file).write_text(case.compiled.files[file])
    sources = ["all.c", *(f"{c.name}.c" for c in batch)]
    run(["gcc", *HOST_FLAGS, *SANITIZERS, "-I", str(KERNEL_FOLDER), "-c", *sources], folder)
    objects = [f"{Path(s).stem}.o" for s in sources]
    expected = [oracle(c.blob, c.inputs) for c in batch]
    answers = {}
    for path in PATHS:
        run(["gcc", *SANITIZERS, "-o", f"run-{path}", *objects, kernels.archive(path)], folder)
        fed = b"".join(c.inputs.tobytes() for c in batch)
        done = subprocess.run([str(folder / f"run-{path}")], input=fed, capture_output=True, check=False)
        answers[path] = done.stdout
        if done.returncode:
            print(f"\n{path}: {done.stderr.decode(errors='replace')[-2000:]}", flush=True)
    at = 0
    for case, wanted in zip(batch, expected, strict=True):
        same = all(a[at : at + wanted.size] == wanted.tobytes() for a in answers.values())
        at += wanted.size
        tally.equal += same
        if not same:
            tally.failed += 1
            save(keep, case.name, case.blob, f"differs or crashed: {', '.join(case.compiled.operators)}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "nanosmith-parity")
    parser.add_argument("--again", type=Path, nargs="*", help="graphs that were kept, instead of random ones")
    args = parser.parse_args()
    blobs = [p.read_bytes() for p in args.again] if args.again else draw_graphs(args.graphs, args.seed)
    tally = Tally()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        kernels = KernelLibrary.build(folder)
        cases = list(compiled_cases(blobs, tally, args.keep))
        for begin in range(0, len(cases), args.batch):
            check_batch(cases[begin : begin + args.batch], kernels, folder, tally, args.keep)
            seen = min(begin + args.batch, len(cases))
            print(f"\r{seen:,} of {len(cases):,} graphs, {tally.failed} differ", end="", flush=True)
    print(f"\n{tally.equal:,} equal, {tally.failed} differ or crash, {sum(tally.refused.values())} refused")
    print("operators:", ", ".join(f"{kind} {n}" for kind, n in tally.operators.most_common()))
    for reason, count in tally.refused.most_common():
        print(f"refused {count}: {reason}")
    return 1 if tally.failed or tally.refused else 0


if __name__ == "__main__":
    sys.exit(main())
