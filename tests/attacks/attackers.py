"""Our own programs, as root and as an ordinary user."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
USER = 54_321
"""An id that nobody has; only where the suite itself runs as root."""

WHO = ("root", "user") if os.geteuid() == 0 else ("user",)


def command_as(who: str, argv: list[str], folder: Path) -> list[str]:
    """`argv` as that user, in a folder that is theirs.

    Root's own folder may hold the interpreter, where no other user can come: there it is shown again, and nothing else
    of it.
    """
    if os.geteuid() != 0 or who == "root":
        return argv
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER)
    needed = {sys.prefix, sys.base_prefix, sysconfig.get_paths()["purelib"], str(REPOSITORY), str(folder)}
    closed = sorted({str(p) for path in map(Path, needed) for p in path.parents if not p.stat().st_mode & 0o001})
    mounts = ["--dev-bind", "/", "/"]
    for path in closed:
        if not any(path.startswith(f"{other}/") for other in closed):
            mounts += ["--perms", "0755", "--tmpfs", path]
    for path in sorted(needed):
        if any(path.startswith(f"{other}/") for other in closed):
            for parent in reversed(Path(path).parents):
                if any(str(parent).startswith(f"{other}/") for other in closed):
                    mounts += ["--perms", "0755", "--dir", str(parent)]
            mounts += ["--bind", path, path]
    become = ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--inh-caps=-all", "--"]
    return ["bwrap", "--die-with-parent", "--cap-add", "ALL", *mounts, "--", *become, *argv]


def run_as(who: str, script: str, folder: Path, *more: str) -> dict[str, Any]:
    """One of our programs as that user; what it printed, as JSON."""
    argv = [sys.executable, str(Path(__file__).with_name(script)), str(folder), *more]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": "/tmp", "ATTACKS": "1"}
    done = subprocess.run(
        command_as(who, argv, folder), capture_output=True, text=True, timeout=400, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found
