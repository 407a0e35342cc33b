"""One whole run of the command line on one archive of recordings, for the benchmarks that need whole runs."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def run_goal(
    goal: str, data: Path, board: str, out: Path, options: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`nanosmith run`; what its `run.json` says, or an empty dictionary where it made none."""
    subprocess.run(
        [sys.executable, "-m", "nanosmith.graphs", "run", " ".join(goal.split()), "--data", str(data),
         "--board", board, "--out", str(out), *options],
        check=False, env=env, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = out / "run.json"
    return json.loads(found.read_text()) if found.is_file() else {}


def unpack(archive: Path, scratch: Path) -> Path:
    """The folder in an archive; anything but an archive is taken as it is."""
    if archive.suffix != ".gz":
        return archive.resolve()
    with tarfile.open(archive) as stream:
        stream.extractall(scratch, filter="data")
    return next(path for path in scratch.iterdir() if path.is_dir())


def share(parity: Mapping[str, int] | None) -> str:
    """Equal of compared."""
    return "" if parity is None else f"{parity['equal']}/{parity['compared']}"
