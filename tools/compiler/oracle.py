"""What TensorFlow Lite Micro's reference kernels answer: the truth that the emitted C is compared with.

The interpreter is native code that aborts on what it dislikes, so it runs in a program of its own:
`python -m nanosmith.tools.compiler.oracle`, which reads `<u4 model bytes><model><u4 input bytes><inputs>` and writes
the outputs. Tensors at float edges are converted here, so that int8 goes in and comes out.
"""

import importlib.util
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.compile import model_edges
from nanosmith.tools.process import Completed, run_command
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits, python_read_only

_ARENA_BYTES = 32 * 2**20
_LIMIT_S = 1_200.0


def oracle_outputs(
    blob: bytes, inputs: NDArray[np.int8], *, sandbox: Sandbox | None = None, scratch: Path | None = None
) -> NDArray[np.int8] | None:
    """Outputs [n, *output_shape] of inputs [n, *input_shape], both int8.

    `sandbox`, with a folder for scratch, is where the interpreter runs: hostile models crash it. None is for models of
    our own. The answer is None where `tflite-micro` is not installed (Linux on x86-64 has it) or refuses the model.

    Raises:
        ModelRejected: The model is damaged or has no int8 edges.
        CommandTimedOut: It takes longer than 20 minutes.

    """
    if importlib.util.find_spec("tflite_micro") is None:
        return None
    output = model_edges(blob)[1]
    answer = int(np.prod(output.shape))
    fed = np.ascontiguousarray(inputs, dtype=np.int8).tobytes()
    argv = (sys.executable, "-P", "-m", "nanosmith.tools.compiler.oracle")
    stdin = struct.pack("<I", len(blob)) + blob + struct.pack("<I", len(fed)) + fed
    limit = len(inputs) * answer + 2**20
    done: Completed
    if sandbox is None or scratch is None:
        done = run_command(
            argv, cwd=Path(__file__).parent, timeout_s=_LIMIT_S, env={}, stdin=stdin, check=False,
            output_limit_bytes=limit,
        )  # fmt: skip
    else:
        limits = SandboxLimits(time_s=_LIMIT_S, output_bytes=limit)
        job = SandboxJob(argv, scratch, read_only=python_read_only(), limits=limits)
        done = sandbox.run(job, stdin=stdin, check=False)
    if done.code != 0 or len(done.stdout) != len(inputs) * answer:
        return None
    return np.frombuffer(done.stdout, dtype=np.int8).reshape(len(inputs), *output.shape)


def _main() -> None:
    from tflite_micro import runtime

    stream = sys.stdin.buffer
    blob = stream.read(struct.unpack("<I", stream.read(4))[0])
    fed = np.frombuffer(stream.read(struct.unpack("<I", stream.read(4))[0]), dtype=np.int8)
    source, target = model_edges(blob)
    interpreter = runtime.Interpreter.from_bytes(blob, arena_size=_ARENA_BYTES)
    details = interpreter.get_input_details(0)
    for row in fed.reshape(-1, int(np.prod(source.shape))):
        interpreter.set_input(_as_fed(row, details, source.scale, source.zero_point), 0)
        interpreter.invoke()
        sys.stdout.buffer.write(_as_int8(interpreter.get_output(0), target.scale, target.zero_point).tobytes())


def _as_fed(row: NDArray[np.int8], details: dict[str, Any], scale: float, zero_point: int) -> NDArray[np.generic]:
    shaped = row.reshape(details["shape"])
    if details["dtype"] == np.int8:
        return shaped
    real: NDArray[np.generic] = ((shaped.astype(np.float64) - zero_point) * scale).astype(np.float32)
    return real


def _as_int8(answer: NDArray[np.generic], scale: float, zero_point: int) -> NDArray[np.int8]:
    if answer.dtype == np.int8:
        return np.ascontiguousarray(answer, dtype=np.int8)
    return np.rint(answer.astype(np.float64) / scale + zero_point).astype(np.int8)


if __name__ == "__main__":
    _main()
