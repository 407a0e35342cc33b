"""What the sandbox costs: its start, and TensorFlow's import inside and outside.

    python benchmarks/sandbox/run.py

The least of several: other work on the machine only ever adds. `import without bytecode` is what a Python environment
costs whose .pyc files were never written: the sandbox can't write them.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nanosmith.tools.process import Completed, run_command
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits, python_read_only
from nanosmith.tools.training.jobs import ENVIRONMENT

TELL = "; import resource; u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime)"
NOTHING, TENSORFLOW = "pass" + TELL, "import keras, tensorflow" + TELL


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        python = (sys.executable, "-c")
        cold = (sys.executable, "-X", f"pycache_prefix={scratch / 'none'}", "-c", TENSORFLOW)
        measures: dict[str, tuple[int, Callable[[], Completed]]] = {
            "nothing, outside": (20, lambda: outside(scratch, "/bin/true")),
            "nothing, inside": (20, lambda: inside(scratch, "/bin/true")),
            "Python, outside": (10, lambda: outside(scratch, *python, NOTHING)),
            "Python, inside": (10, lambda: inside(scratch, *python, NOTHING)),
            "TensorFlow, outside": (4, lambda: outside(scratch, *python, TENSORFLOW)),
            "TensorFlow, inside": (4, lambda: inside(scratch, *python, TENSORFLOW)),
            "TensorFlow, import without bytecode": (2, lambda: outside(scratch, *cold)),
        }
        for what, (times, action) in measures.items():
            wall_s, cpu_s = least(action, times)
            print(f"{what:40} {wall_s * 1000:8.0f} ms wall {cpu_s * 1000:8.0f} ms processor")


def least(action: Callable[[], Completed], times: int) -> tuple[float, float]:
    """Wall seconds, and processor seconds as the program itself tells them."""
    walls, processor = [], []
    for _ in range(times):
        began = time.monotonic()
        done = action()
        walls.append(time.monotonic() - began)
        processor.append(float(done.stdout or 0))
    return min(walls), min(processor)


def inside(scratch: Path, *argv: str) -> Completed:
    """One job."""
    job = SandboxJob(argv, scratch, read_only=python_read_only(), env=ENVIRONMENT, limits=SandboxLimits(time_s=120))
    return Sandbox().run(job)


def outside(scratch: Path, *argv: str) -> Completed:
    """The same without walls."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(scratch), **ENVIRONMENT}
    return run_command(argv, cwd=scratch, timeout_s=120, env=env)


if __name__ == "__main__":
    main()
