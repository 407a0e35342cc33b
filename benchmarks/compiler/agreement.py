"""Whether the workbench says what another harness says of the same C, column by column.

    python benchmarks/compiler/agreement.py ../shared/bench/measure/measure.py ../shared/models [model …]

`measure.py` is the harness that the peers' figures were measured with. Both get the same emitted C, the same vectors
and an adapter of the same four functions; every number has to be equal (init_instructions to within one: on M4F and M7
the other harness has an instruction of its own between its markers there). Exit status 1 where one is not.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from vectors import model_vectors

from nanosmith.tools.compiler import compile_model
from nanosmith.tools.workbench import CORES, measure_model
from nanosmith.tools.workbench.build import adapter_text

COMPARED = {
    "instructions": "instructions", "init_instructions": "init_instructions", "flash_bytes": "flash_bytes",
    "ram_bytes": "ram_bytes", "stack_bytes": "stack_bytes", "max_abs_diff": "worst_difference",
    "differing_bytes": "differing_bytes",
}  # fmt: skip
SLACK = {"init_instructions": 1}
THEIR_CORES = {"M0": "m0", "M3": "m3", "M4F": "m4", "M7": "m7", "M33": "m33", "M55": "m55"}
DEFAULT_MODELS = ("tinymaix_mnist_valid_q", "kws_ref_model", "str_ww_ref_model", "hello_world_int8", "magic_wand_mltk")


def main() -> None:
    harness, models, *names = sys.argv[1:]
    differences = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in names or DEFAULT_MODELS:
            for core in THEIR_CORES:
                for preset in ("def", "Os"):
                    differences += compare(Path(harness), Path(models) / f"{name}.tflite", core, preset, Path(scratch))
    print(f"{differences} differences")
    sys.exit(differences > 0)


def compare(harness: Path, model: Path, core: str, preset: str, scratch: Path) -> int:
    """Number of columns that differ, each told."""
    compiled = compile_model(model.read_bytes(), core=CORES[core].compiled_for)
    vectors = model_vectors(model.read_bytes(), compiled, scratch / "vectors")
    if vectors is None:
        sys.exit(f"{model.stem}: no oracle for it")
    ours = measure_model(compiled, CORES[core], preset, vectors, cache=scratch)
    folder = scratch / f"{model.stem}-{core}-{preset}"
    folder.mkdir()
    adapter = re.sub(r"\bwb_model_(\w+)", r"nn_\1", adapter_text(compiled)).replace("workbench.h", "nn.h")
    for file, text in {**compiled.files, "adapter.c": adapter}.items():
        (folder / file).write_text(text)
    (folder / "vectors.bin").write_bytes(vectors.packed(compiled))
    sources = sorted(map(str, folder.glob("*.c")))
    done = subprocess.run(
        [sys.executable, str(harness), str(model), "--core", THEIR_CORES[core], "--opt", preset, "--mode", "nn",
         "--vectors", str(folder / "vectors.bin"), "--work", str(folder / "work"), f"--cflags=-I{folder}",
         "--c", *sources],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    theirs = json.loads(done.stdout.splitlines()[-1])
    pairs = {column: (getattr(ours, mine), theirs[column]) for column, mine in COMPARED.items()}
    wrong = {c: (a, b) for c, (a, b) in pairs.items() if abs(a - b) > SLACK.get(c, 0)}
    told = "; ".join(f"{column} {mine} where {other}" for column, (mine, other) in wrong.items())
    print(f"{model.stem} {core} {preset}: {told or 'all equal'}", flush=True)
    return len(wrong)


if __name__ == "__main__":
    main()
