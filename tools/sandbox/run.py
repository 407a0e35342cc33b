"""Runs jobs in the sandbox, or refuses; `--unsafe-no-sandbox` is the only other way."""

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import CommandFailed, CommandTimedOut
from nanosmith.tools.process import Completed, run_command
from nanosmith.tools.sandbox.guard import SandboxGuard, broken
from nanosmith.tools.sandbox.job import OUT, WORK, SandboxFinished, SandboxJob, SandboxLimits
from nanosmith.tools.sandbox.memory import can_see_children
from nanosmith.tools.sandbox.results import lay_out_files, make_results, take_results
from nanosmith.tools.sandbox.seccomp import seccomp_filter
from nanosmith.tools.sandbox.walls import bwrap_arguments, choose_identity, find_bwrap, limited, memory_folders, wrapped

_PROBE = "import nanosmith.tools.errors; open('out/answer', 'w').write(open('question').read())"


@dataclass(frozen=True)
class Sandbox:
    """Runs jobs. `enforced=False` is `--unsafe-no-sandbox`: the same limits on time and output, no walls."""

    enforced: bool = True

    def run(
        self, job: SandboxJob, *, stdin: bytes | Iterable[bytes] = b"", on_line: Callable[[bytes], None] | None = None,
        until: Callable[[bytes], bool] | None = None, cancelled: Callable[[], bool] | None = None, check: bool = True,
    ) -> SandboxFinished:  # fmt: skip
        """Run one job and wait for it.

        Arguments and errors as `process.run_command`; call it from a thread that outlives the job.

        Raises:
            MemoryExceeded: All its processes together passed the limit.
            ResultRefused: A result is not what was asked for.
            ToolMissing: No sandbox can be had; nothing ran.

        """
        job.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=job.scratch.resolve(), prefix="sandbox-") as name:
            folder = Path(name)
            start = self._walled if self.enforced else self._bare
            talk = {"stdin": stdin, "on_line": on_line, "until": until, "cancelled": cancelled}
            ended, results = start(job, folder, talk)
            if check and ended.code != 0:
                tail = (ended.stdout + ended.stderr)[-20_000:].decode("utf-8", errors="replace")
                raise CommandFailed(job.argv, ended.code, tail)
            taken = take_results(results, job.results)
            work = WORK if self.enforced else folder / "work"
        return SandboxFinished(job.argv, ended.code, ended.stdout, ended.stderr, work, taken)

    def verify(self, scratch: Path) -> None:
        """Run the real recipe on a harmless program that reads, imports and answers.

        Raises:
            ToolMissing: It can't be had here; the message says why and what to do.

        """
        if not self.enforced:
            return
        job = SandboxJob(
            (sys.executable, "-I", "-c", _PROBE), scratch, {"question": b"here"}, python_read_only(), {"answer": 100},
            limits=SandboxLimits(time_s=30),
        )  # fmt: skip
        try:
            answer = self.run(job).results.get("answer")
        except (CommandFailed, CommandTimedOut) as error:
            raise broken(clean_line(str(error))) from error
        if answer != b"here":
            raise broken("its answer did not come back")

    def _walled(
        self, job: SandboxJob, folder: Path, talk: Mapping[str, object]
    ) -> tuple[Completed, dict[str, Path]]:  # fmt: skip
        program, rules, who = find_bwrap(), seccomp_filter(), choose_identity()
        if not can_see_children():
            raise broken("this kernel does not tell a process's children: CONFIG_PROC_CHILDREN")
        laid = lay_out_files(job.files, folder)
        results = make_results(job.results, folder, who.uid if who.is_root else None)
        passwd = folder / "passwd"
        passwd.write_text(f"sandbox:x:{who.uid}:{who.uid}::{WORK}:/bin/false\n")
        passwd.chmod(0o644)
        arguments = bwrap_arguments(job, who, laid, results, _environment(job, WORK, "/tmp"), passwd)
        with _descriptors(job, arguments, rules) as (guard, numbers):
            argv = [program, *numbers, "--", *wrapped(job.argv, job.limits, who)]
            ended = _start(argv, Path("/"), {"PATH": os.defpath}, job, talk, guard)
            if ended.code != 0 and not guard.ran():
                raise broken(clean_line(ended.text) or f"bwrap ended with status {ended.code}")
        return ended, results

    def _bare(self, job: SandboxJob, folder: Path, talk: Mapping[str, object]) -> tuple[Completed, dict[str, Path]]:
        work = folder / "work"
        (work / OUT).mkdir(parents=True)
        for name, source in lay_out_files(job.files, folder).items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, work / name)
        argv = [*limited(job.limits), "--", *job.argv] if shutil.which("prlimit") else list(job.argv)
        ended = _start(argv, work, _environment(job, work, str(folder)), job, talk, None)
        return ended, {name: work / OUT / name for name in job.results if (work / OUT / name).exists()}


def python_read_only() -> tuple[Path, ...]:
    """What a Python program inside needs to read: this environment, the interpreter it is based on, and our package."""
    import nanosmith.tools

    package = Path(nanosmith.tools.__file__).resolve().parent
    roots = {
        Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_paths()["purelib"]), Path(sys.executable).parent,
        package, package.parent / "firmware_templates", package.parent / "_namespace",
    }  # fmt: skip
    return tuple(sorted(path for path in roots if path.exists() and not str(path).startswith("/usr/")))


def _start(
    argv: list[str], cwd: Path, env: Mapping[str, str], job: SandboxJob, talk: Mapping[str, object],
    guard: SandboxGuard | None,
) -> Completed:  # fmt: skip
    return run_command(
        argv, cwd=cwd, timeout_s=job.limits.time_s, env=env, output_limit_bytes=job.limits.output_bytes, check=False,
        guard=guard, pass_fds=() if guard is None else tuple(guard.theirs), told_as=job.argv,
        **talk,  # type: ignore[arg-type]
    )  # fmt: skip


def _environment(job: SandboxJob, home: Path, temporary: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "HOME": str(home), "TMPDIR": temporary, "LANG": "C.UTF-8", **(job.env or {})}


@contextmanager
def _descriptors(
    job: SandboxJob, arguments: list[str], rules: bytes
) -> Iterator[tuple[SandboxGuard, list[str]]]:  # fmt: skip
    """What bubblewrap is given as open files: its arguments, so that no process list shows them, and the filter."""
    args, seccomp = _in_memory("\0".join(arguments).encode() + b"\0"), _in_memory(rules)
    status_read, status_write = os.pipe()
    block_read, block_write = os.pipe()
    theirs = (args, seccomp, status_write, block_read)
    folders = memory_folders(job.limits)
    guard = SandboxGuard(job.argv, job.limits.memory_bytes, folders, status_read, block_write, theirs)
    numbers = [
        "--args", str(args), "--seccomp", str(seccomp), "--json-status-fd", str(status_write),
        "--block-fd", str(block_read),
    ]  # fmt: skip
    try:
        yield guard, numbers
    finally:
        guard.close()


def _in_memory(content: bytes) -> int:
    descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
