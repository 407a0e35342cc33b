"""The one subprocess module, with real processes."""

import os
import sys
import time
from pathlib import Path

import pytest

from nanosmith.tools.errors import CommandFailed, CommandTimedOut, OutputTooLarge, RunStopped, ToolMissing
from nanosmith.tools.process import run_command

ENV = {"PATH": "/usr/bin:/bin"}


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_it_feeds_standard_input_and_keeps_the_streams_apart(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1]); sys.stderr.write('e')"
    done = run_command(python(code), cwd=tmp_path, timeout_s=20, env=ENV, stdin=b"\x00\xffab")
    assert (done.stdout, done.stderr, done.code) == (b"ba\xff\x00", b"e", 0)


def test_a_failure_carries_status_and_output(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="status 7") as failed:
        run_command(python("import sys; print('why'); sys.exit(7)"), cwd=tmp_path, timeout_s=20, env=ENV)
    assert failed.value.code == 7
    assert "why" in failed.value.output


def test_a_hang_is_killed_with_its_grandchildren(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time, pathlib;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "pathlib.Path('pid').write_text(str(child.pid)); time.sleep(600)"
    )
    with pytest.raises(CommandTimedOut):
        run_command(python(code), cwd=tmp_path, timeout_s=2, env=ENV)
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_flood_is_cut(tmp_path: Path) -> None:
    with pytest.raises(OutputTooLarge):
        run_command(["/usr/bin/yes"], cwd=tmp_path, timeout_s=20, env=ENV, output_limit_bytes=100_000)


def test_a_program_that_never_exits_ends_when_its_line_came(tmp_path: Path) -> None:
    seen: list[bytes] = []
    code = "import time; print('one', flush=True); print('two', flush=True); time.sleep(600)"
    done = run_command(
        python(code), cwd=tmp_path, timeout_s=30, env=ENV, on_line=seen.append, until=lambda line: line == b"two"
    )
    assert seen == [b"one", b"two"]
    assert done.code == 0


def test_it_stops_when_asked(tmp_path: Path) -> None:
    with pytest.raises(RunStopped):
        run_command(["/bin/sleep", "600"], cwd=tmp_path, timeout_s=600, env=ENV, cancelled=lambda: True)


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="no-such-program"):
        run_command(["no-such-program"], cwd=tmp_path, timeout_s=5, env=ENV)


def test_nothing_of_the_environment_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANOSMITH_LLM_API_KEY", "secret")
    done = run_command(["/usr/bin/env"], cwd=tmp_path, timeout_s=5, env={"A": "b"})
    assert done.stdout == b"A=b\n"


def is_gone(pid: int) -> bool:
    for _ in range(50):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().split(")")[1].split()[0] == "Z":
            return True
        os.sched_yield()
        time.sleep(0.05)
    return False
