"""The walls, with the real bubblewrap: the promises that training rests on."""

import socket
import sys
from pathlib import Path

import pytest

from nanosmith.tools.errors import CommandFailed, CommandTimedOut, OutputTooLarge
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits, python_read_only


def run(work: Path, code: str, **limits: float) -> str:
    job = SandboxJob(
        argv=(sys.executable, "-I", "-c", code), work=work, read_only=python_read_only(),
        limits=SandboxLimits(**{"time_s": 30.0, **limits}),  # type: ignore[arg-type]
    )  # fmt: skip
    return Sandbox().run(job).stdout.decode()


def test_the_recipe_works_here(tmp_path: Path) -> None:
    Sandbox().verify(tmp_path)


def test_it_writes_to_its_work_folder_and_nowhere_else(tmp_path: Path) -> None:
    work, beside = tmp_path / "work", tmp_path / "beside"
    work.mkdir()
    beside.mkdir()
    run(work, "open('result', 'w').write('ok')")
    assert (work / "result").read_text() == "ok"
    with pytest.raises(CommandFailed):
        run(work, f"open({str(beside / 'x')!r}, 'w')")
    with pytest.raises(CommandFailed, match="Read-only"):
        run(work, "open('/usr/x', 'w')")
    assert list(beside.iterdir()) == []


def test_it_does_not_see_its_neighbors(tmp_path: Path) -> None:
    secret = tmp_path / "sealed" / "labels.npy"
    secret.parent.mkdir()
    secret.write_text("secret")
    assert run(tmp_path / "work", f"import os; print(os.path.exists({str(secret)!r}))") == "False\n"


def test_it_has_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandFailed, match=r"ConnectionRefused|unreachable|PermissionError"):
            run(tmp_path, f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)")


def test_it_inherits_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANOSMITH_LLM_API_KEY", "secret")
    assert "secret" not in run(tmp_path, "import os; print(dict(os.environ), open('/proc/1/environ').read())")


def test_limits_end_it(tmp_path: Path) -> None:
    with pytest.raises(CommandTimedOut):
        run(tmp_path, "while True: pass", time_s=2)
    with pytest.raises(OutputTooLarge):
        run(tmp_path, "while True: print('x' * 1000)", output_bytes=100_000)
    with pytest.raises(CommandFailed, match=r"MemoryError|status -"):
        run(tmp_path, "x = bytearray(3 * 2**30)", memory_bytes=2**30)
    with pytest.raises(CommandFailed):
        run(tmp_path, "f = open('big', 'wb')\nwhile True: f.write(bytes(2**20))", file_bytes=10 * 2**20)
