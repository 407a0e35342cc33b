"""The sandbox's own promises, with the real bubblewrap; what attackers try is in tests/attacks."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanosmith.tools.errors import (
    CommandFailed,
    CommandTimedOut,
    MemoryExceeded,
    OutputTooLarge,
    ResultRefused,
    ToolMissing,
)
from nanosmith.tools.sandbox import Sandbox, SandboxFinished, SandboxJob, SandboxLimits, python_read_only, walls
from nanosmith.tools.sandbox.memory import processes_below


def shell(scratch: Path, script: str, *, enforced: bool = True, **job: object) -> SandboxFinished:
    limits = {"time_s": 30.0, **job.pop("limits", {})}  # type: ignore[dict-item]
    made = SandboxJob(("/bin/sh", "-c", script), scratch, limits=SandboxLimits(**limits), **job)  # type: ignore[arg-type]
    return Sandbox(enforced=enforced).run(made)


def test_the_recipe_works_here(tmp_path: Path) -> None:
    Sandbox().verify(tmp_path)
    assert list(tmp_path.iterdir()) == [], "it left nothing"


@pytest.mark.parametrize("enforced", [True, False])
def test_files_go_in_and_results_come_out(tmp_path: Path, enforced: bool) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "notes").write_text("folder\n")
    (private / "notes").chmod(0o600)
    done = shell(
        tmp_path / "scratch", "cat given deep/er tree/notes > out/all; echo said; echo in $0 >&2", enforced=enforced,
        files={"given": b"bytes\n", "deep/er": private / "notes", "tree": private}, results={"all": 100, "other": 100},
    )  # fmt: skip
    assert done.results == {"all": b"bytes\nfolder\nfolder\n"}
    assert (done.stdout, done.stderr) == (b"said\n", b"in /bin/sh\n")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_result_has_a_limit(tmp_path: Path) -> None:
    with pytest.raises(ResultRefused, match="model has 101 bytes; at most 100"):
        shell(tmp_path, "head -c 101 /dev/zero > out/model", results={"model": 100})


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "out/x", ""])
def test_a_file_has_its_place(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        shell(tmp_path, "true", files={name: b""})


def test_a_failure_is_told_with_the_jobs_own_command(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="sh ended with status 7:\nwhy") as failed:
        shell(tmp_path, "echo why; exit 7")
    assert failed.value.code == 7


@pytest.mark.parametrize("enforced", [True, False])
def test_limits_end_it(tmp_path: Path, enforced: bool) -> None:
    with pytest.raises(CommandTimedOut):
        shell(tmp_path, "sleep 60", enforced=enforced, limits={"time_s": 0.5})
    with pytest.raises(CommandTimedOut):
        shell(tmp_path, "exec >&- 2>&- 0>&-; sleep 60", enforced=enforced, limits={"time_s": 0.5})
    with pytest.raises(OutputTooLarge):
        shell(tmp_path, "yes", enforced=enforced, limits={"output_bytes": 100_000})
    with pytest.raises(CommandFailed, match=r"File size limit|status 153|status -25"):
        shell(tmp_path, "cat /dev/zero > big", enforced=enforced, limits={"file_bytes": 2**20})


def test_memory_is_counted_over_all_processes_and_folders(tmp_path: Path) -> None:
    hold = f"{sys.executable} -I -c 'import time; b = bytearray(60_000_000); time.sleep(30)'"
    few = {"memory_bytes": 200 * 2**20}
    for script in (f"{hold} & {hold} & {hold} & {hold} & wait", "head -c 220M /dev/zero > x; sleep 30"):
        with pytest.raises(MemoryExceeded, match=r"sh used more than 0\.2 GB"):
            shell(tmp_path, script, limits={**few, "file_bytes": 2**30}, read_only=python_read_only())


def test_input_can_be_given_piece_by_piece(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        yield b"one\n"
        yield b"two\n"

    job = SandboxJob(("/bin/cat",), tmp_path, limits=SandboxLimits(time_s=20))
    Sandbox().run(job, stdin=pieces(), on_line=seen.append)
    assert seen == [b"one", b"two"]


def test_nothing_is_left_when_it_is_killed_at_once(tmp_path: Path) -> None:
    """bubblewrap#633: a kill soon after the start used to leave the sandbox alive."""
    for _ in range(10):
        with pytest.raises(CommandTimedOut):
            shell(tmp_path, "sleep 60", limits={"time_s": 0.0})
    assert [pid for pid in processes_below(os.getpid()) if b"sleep\x0060" in _command(pid)] == []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_it_fails_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    fake = tmp_path / "bin"
    fake.mkdir()
    monkeypatch.setenv("PATH", str(fake))
    walls._version.cache_clear()
    with pytest.raises(ToolMissing, match=r"bubblewrap\) is needed.*--unsafe-no-sandbox"):
        shell(tmp_path, f"touch {ran}")
    for words, reason in (
        ("echo bubblewrap 0.4.1", "0.8 or newer"),
        ('test "$1" = --version && echo bubblewrap 0.9.0 && exit; echo "bwrap: No permissions" >&2; exit 1', "No perm"),
    ):
        (fake / "bwrap").write_text(f"#!/bin/sh\n{words}\n")
        (fake / "bwrap").chmod(0o755)
        walls._version.cache_clear()
        with pytest.raises(ToolMissing, match=reason):
            shell(tmp_path, f"touch {ran}")
        with pytest.raises(ToolMissing, match="bwrap-userns-restrict"):
            Sandbox().verify(tmp_path)
    walls._version.cache_clear()
    assert not ran.exists()
