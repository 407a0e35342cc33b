"""Building, keeping and opening the host library."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from nanosmith.tools.errors import CommandFailed, RunError, ToolMissing
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.process import run_command
from nanosmith.tools.sandbox import Sandbox, SandboxJob, python_read_only
from nanosmith.tools.specs.candidate import RawFrontEnd


def test_is_built_once(library: FrontEndLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copy(library.path, cache / library.path.name)
    monkeypatch.setenv("PATH", str(tmp_path))  # no compiler here
    again = FrontEndLibrary.build(cache)
    assert again.path == cache / library.path.name
    assert [path.name for path in cache.iterdir()] == [library.path.name]
    windows = np.ones((2, 4, 3), np.float32)
    np.testing.assert_array_equal(again.features(RawFrontEnd(), windows, None), windows)


def test_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="apt-get install gcc"):
        FrontEndLibrary.build(tmp_path / "cache")


def test_leaves_nothing_but_the_library(library: FrontEndLibrary) -> None:
    assert list(library.path.parent.iterdir()) == [library.path]


@pytest.mark.parametrize("content", [b"", b"not a shared object"])
def test_a_damaged_library_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "library.so").write_bytes(content)
    with pytest.raises(RunError, match=r"can't be opened"):
        FrontEndLibrary.open(tmp_path / "library.so")


def test_a_missing_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"can't be opened"):
        FrontEndLibrary.open(tmp_path / "library.so")


def test_a_library_of_other_sources_is_refused(tmp_path: Path) -> None:
    source = 'const char *ns_batch_key(void);\nconst char *ns_batch_key(void) { return "another"; }\n'
    command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", "library.so"]
    run_command(command, cwd=tmp_path, timeout_s=60, env={"PATH": "/usr/bin:/bin"}, stdin=source.encode())
    with pytest.raises(RunError, match="other sources"):
        FrontEndLibrary.open(tmp_path / "library.so")


def test_opens_inside_the_sandbox(library: FrontEndLibrary, tmp_path: Path) -> None:
    sandbox = Sandbox()
    try:
        sandbox.verify(tmp_path)
    except ToolMissing as missing:
        pytest.skip(str(missing))
    program = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from nanosmith.tools.features.library import FrontEndLibrary\n"
        "from nanosmith.tools.specs.candidate import RawFrontEnd\n"
        "found = FrontEndLibrary.open(Path(sys.argv[1])).features(\n"
        "    RawFrontEnd(decimate=2), np.arange(4, dtype=np.float32).reshape(1, 4, 1), None)\n"
        "sys.stdout.write(str(found.ravel().tolist()))\n"
    )
    job = SandboxJob(
        argv=(sys.executable, "-c", program, str(library.path)), scratch=tmp_path,
        read_only=(*python_read_only(), library.path),
    )  # fmt: skip
    try:
        assert sandbox.run(job).stdout == b"[0.5, 2.5]"
    except CommandFailed as error:
        pytest.fail(error.output)
