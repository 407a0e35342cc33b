"""What untrusted code may touch: bubblewrap, no network, nothing of the host but what is named, limits on everything.

The recipe and the attacks it was tried against stand in tools/README.md. `--die-with-parent` fires when the
spawning *thread* ends, so a job is always waited for by the thread that started it.
"""

import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanosmith.tools.errors import CommandFailed, CommandTimedOut, OutputTooLarge, ToolMissing
from nanosmith.tools.process import Completed, run_command

_REMEDY = (
    "sudo apt-get install bubblewrap; on Ubuntu 24.04 also apparmor-profiles with bwrap-userns-restrict. "
    "`--unsafe-no-sandbox` is the only way past, and means what it says"
)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives")


@dataclass(frozen=True)
class SandboxLimits:
    """What one job may use; passing any of them ends it."""

    time_s: float = 60.0
    memory_bytes: int = 4 * 2**30
    """Private data of each process (RLIMIT_DATA); address space can't be limited under TensorFlow."""

    file_bytes: int = 512 * 2**20
    """Largest single file."""

    processes: int = 256
    output_bytes: int = 16 * 2**20


@dataclass(frozen=True)
class SandboxJob:
    """One program to run on files that are named here; nothing else of the host is visible to it."""

    argv: tuple[str, ...]
    work: Path
    """The only writable folder of the host; the working folder inside, under the same path."""

    read_only: tuple[Path, ...] = ()
    """Files and folders it may read, under the same paths."""

    env: Mapping[str, str] | None = None
    """Added to PATH, HOME, TMPDIR and LANG; nothing is inherited."""

    limits: SandboxLimits = SandboxLimits()


@dataclass(frozen=True)
class Sandbox:
    """Runs jobs. `enforced=False` is `--unsafe-no-sandbox`: the same limits on time and output, no walls."""

    enforced: bool = True

    def run(
        self, job: SandboxJob, *, stdin: bytes | Iterable[bytes] = b"", on_line: Callable[[bytes], None] | None = None,
        until: Callable[[bytes], bool] | None = None, cancelled: Callable[[], bool] | None = None, check: bool = True,
    ) -> Completed:  # fmt: skip
        """Run one job and wait for it; arguments and errors as `process.run_command`."""
        job.work.mkdir(parents=True, exist_ok=True)
        environment = {"PATH": _path(), "HOME": str(job.work), "TMPDIR": "/tmp", "LANG": "C.UTF-8", **(job.env or {})}
        argv: Sequence[str] = _limited(job)
        if self.enforced:
            argv = [*_walls(job), *_setenv(environment), "--", *argv]
            environment = {"PATH": "/usr/bin:/bin"}
        else:
            environment["TMPDIR"] = str(job.work)
        return run_command(
            argv, cwd=job.work, timeout_s=job.limits.time_s, env=environment, stdin=stdin,
            output_limit_bytes=job.limits.output_bytes, on_line=on_line, until=until, cancelled=cancelled,
            check=check,
        )  # fmt: skip

    def verify(self, work: Path) -> None:
        """Run the real recipe once on a harmless program.

        Raises:
            ToolMissing: It can't be had here; the message says why and what to do.

        """
        if not self.enforced:
            return
        try:
            self.run(SandboxJob(argv=("/bin/true",), work=work, limits=SandboxLimits(time_s=20)))
        except (CommandFailed, CommandTimedOut, OutputTooLarge) as error:
            raise ToolMissing(
                "a working sandbox", needed_for=f"running generated code ({error})", remedy=_REMEDY
            ) from error


def python_read_only() -> tuple[Path, ...]:
    """What a Python program inside needs to read: this environment, the interpreter it is based on, and our package."""
    import nanosmith.tools

    package = Path(nanosmith.tools.__file__).resolve().parent
    roots = {
        Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_paths()["purelib"]), Path(sys.executable).parent,
        package, package.parent / "firmware_templates", package.parent / "_namespace",
    }  # fmt: skip
    return tuple(sorted(path for path in roots if path.exists() and not str(path).startswith("/usr/")))


def _path() -> str:
    return f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def _limited(job: SandboxJob) -> list[str]:
    limits = job.limits
    return [
        "/usr/bin/prlimit", f"--data={limits.memory_bytes}", f"--fsize={limits.file_bytes}", "--core=0",
        f"--cpu={int(limits.time_s * 4) + 10}", "--nofile=1024", *_process_limit(limits), "--", *job.argv,
    ]  # fmt: skip


def _process_limit(limits: SandboxLimits) -> list[str]:
    # RLIMIT_NPROC counts every process of the user, and does not bind root: a limit inside the user's own crowd
    # would fail at random, so it is set only where the user namespace gives the job a crowd of its own.
    return [] if os.geteuid() == 0 else [f"--nproc={max(limits.processes, 4096)}"]


def _walls(job: SandboxJob) -> list[str]:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise ToolMissing("bwrap", needed_for="running generated code", remedy=_REMEDY)
    argv = [
        bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--hostname", "sandbox",
    ]  # fmt: skip
    for path in (*_SYSTEM, *_ETC):
        if Path(path).is_symlink() and path in _SYSTEM:
            argv += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            argv += ["--ro-bind", path, path]
    for mount in job.read_only:
        argv += ["--ro-bind", str(mount), str(mount)]
    argv += ["--bind", str(job.work), str(job.work), "--remount-ro", "/", "--chdir", str(job.work)]
    return argv


def _setenv(environment: Mapping[str, str]) -> list[str]:
    return [part for name, value in sorted(environment.items()) for part in ("--setenv", name, value)]
