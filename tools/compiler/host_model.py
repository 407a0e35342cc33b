"""The emitted C on the host: built by gcc, run as a program of its own, so that a crash is an error and not ours."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.compile import CompiledModel
from nanosmith.tools.errors import CommandFailed
from nanosmith.tools.process import find_program, run_command

HOST_FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffp-contract=off")
_REMEDY = "sudo apt-get install gcc"
_BUILD_LIMIT_S = 120.0
_RUN_LIMIT_S = 600.0

_RUNNER = """\
#include <stdio.h>

#include "{name}.h"

static _Alignas(16) uint8_t arena[{upper}_ARENA_BYTES];

/* Inputs on standard input, one after the other; outputs on standard output. */
int main(void)
{{
    while (fread({name}_input(arena), 1, {upper}_INPUT_BYTES, stdin) == {upper}_INPUT_BYTES) {{
        {name}_run(arena, {name}_input(arena), {name}_output(arena));
        if (fwrite({name}_output(arena), 1, {upper}_OUTPUT_BYTES, stdout) != {upper}_OUTPUT_BYTES) {{
            return 1;
        }}
    }}
    return 0;
}}
"""


@dataclass(frozen=True)
class HostModel:
    """A built model."""

    compiled: CompiledModel
    program: Path

    @classmethod
    def build(cls, compiled: CompiledModel, folder: Path, *, flags: tuple[str, ...] = ()) -> "HostModel":
        """Write the C into `folder` and build it; `flags` are added, such as sanitizers.

        Raises:
            ToolMissing: There is no gcc.
            CommandFailed: It refused the C.

        """
        folder.mkdir(parents=True, exist_ok=True)
        runner = _RUNNER.format(name=compiled.name, upper=compiled.name.upper())
        files = {**compiled.files, f"{compiled.name}_runner.c": runner}
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        gcc = find_program("gcc", needed_for="running models on the host", remedy=_REMEDY)
        program = folder / f"{compiled.name}_runner"
        sources = sorted(f for f in files if f.endswith(".c"))
        argv = [gcc, *HOST_FLAGS, *flags, "-o", str(program), *sources]
        run_command(argv, cwd=folder, timeout_s=_BUILD_LIMIT_S, env={"PATH": os.environ.get("PATH", os.defpath)})
        return cls(compiled, program)

    def run(self, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
        """Outputs [n, *output_shape] int8 of inputs [n, *input_shape] int8; a batch dimension of 1 may be left out.

        Raises:
            ValueError: `inputs` has another type or size.
            CommandFailed: The program crashed.

        """
        shape, size = self.compiled.input.shape, int(np.prod(self.compiled.input.shape))
        if inputs.dtype != np.int8 or inputs.ndim < 1 or inputs.size != len(inputs) * size:
            raise ValueError(
                f"inputs are {inputs.dtype} {inputs.shape}; int8 [n, {', '.join(map(str, shape))}] is wanted"
            )
        n, answer = len(inputs), int(np.prod(self.compiled.output.shape))
        done = run_command(
            [str(self.program)], cwd=self.program.parent, timeout_s=_RUN_LIMIT_S, env={}, check=True,
            stdin=np.ascontiguousarray(inputs).tobytes(), output_limit_bytes=n * answer + 100_000,
        )  # fmt: skip
        if len(done.stdout) != n * answer:
            raise CommandFailed(done.argv, done.code, f"{len(done.stdout)} bytes came back where {n * answer} were due")
        return np.frombuffer(done.stdout, dtype=np.int8).reshape(n, *self.compiled.output.shape)
