"""Runs models for tests: the emitted C with sanitizers, the oracle in this process (our files can be trusted)."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nanosmith.tools.compiler import CompiledModel
from nanosmith.tools.compiler.host_model import _RUNNER, HOST_FLAGS
from nanosmith.tools.compiler.kernels import KERNEL_FOLDER

SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffp-contract=off")


PATHS = {"plain": ("-DNS_HALF_PRODUCTS=1",), "dsp": ("-DNS_EMULATE_DSP=1",)}


@dataclass(frozen=True)
class KernelLibrary:
    """All kernels in both forms: plain C as on M0, and the path of the cores with SIMD, its instructions emulated."""

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> "KernelLibrary":
        sources = [str(p) for p in sorted(KERNEL_FOLDER.glob("*.c"))]
        for path, flags in PATHS.items():
            (folder / path).mkdir()
            run(["gcc", *HOST_FLAGS, *SANITIZERS, *flags, "-c", *sources], folder / path)
            objects = sorted(p.name for p in (folder / path).glob("*.o"))
            run(["ar", "rcs", "libkernels.a", *objects], folder / path)
        return cls(folder)

    def archive(self, path: str = "plain") -> str:
        return str(self.folder / path / "libkernels.a")

    def outputs(
        self, compiled: CompiledModel, inputs: np.ndarray, folder: Path, paths: tuple[str, ...] = tuple(PATHS)
    ) -> np.ndarray:
        """What the emitted C answers on the paths, with every access checked."""
        name = compiled.name
        (folder / "runner.c").write_text(_RUNNER.format(name=name, upper=name.upper()))
        for file in (f"{name}.c", f"{name}.h"):
            (folder / file).write_text(compiled.files[file])
        run(["gcc", *HOST_FLAGS, *SANITIZERS, "-I", str(KERNEL_FOLDER), "-c", "runner.c", f"{name}.c"], folder)
        answers = []
        for path in paths:
            run(["gcc", *SANITIZERS, "-o", path, "runner.o", f"{name}.o", self.archive(path)], folder)
            done = subprocess.run([str(folder / path)], input=inputs.tobytes(), capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()[-3000:]
            answers.append(done.stdout)
        assert answers[0] == answers[-1], "the SIMD path answers otherwise than plain C"
        return np.frombuffer(answers[0], dtype=np.int8).reshape(len(inputs), *compiled.output.shape)


def oracle(blob: bytes, inputs: np.ndarray) -> np.ndarray:
    """TensorFlow Lite Micro's reference kernels."""
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(blob, arena_size=4 << 20)
    answers = []
    for row in inputs:
        interpreter.set_input(row, 0)
        interpreter.invoke()
        answers.append(np.array(interpreter.get_output(0)))
    return np.stack(answers)


def run(argv: list[str], folder: Path) -> str:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False,
                          env={"PATH": os.environ.get("PATH", os.defpath)})  # fmt: skip
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stdout}{done.stderr}"
    return done.stdout


def random_inputs(shape: tuple[int, ...], n: int, seed: int) -> np.ndarray:
    """Uniform bytes, and one row each of the smallest and largest value."""
    rows = np.random.default_rng(seed).integers(-128, 128, (n, *shape), dtype=np.int8)
    rows[0], rows[1] = -128, 127
    return rows
