"""The wheel holds everything: installed alone, it imports and works from another folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

IMPORT_ALL = """
import importlib, pkgutil, sys
from pathlib import Path
import nanosmith.agents, nanosmith.graphs, nanosmith.tools
home = Path(sys.argv[1])
count = 0
inside_the_sandbox = {"nanosmith.tools.training.harness"}
for package in (nanosmith.agents, nanosmith.graphs, nanosmith.tools):
    assert Path(package.__file__).is_relative_to(home), package.__file__
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if found.name.endswith("__main__") or found.name in inside_the_sandbox:
            continue
        importlib.import_module(found.name)
        count += 1
print(count)
"""

USE = """
from pathlib import Path
from nanosmith.tools.firmware.boards import find_board, load_boards
from nanosmith.tools.firmware.project import example_application
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.firmware.platformio import PlatformIO
assert len(load_boards()) >= 7
assert "app_on_answer" in example_application()
FrontEndLibrary.build(Path("cache"))
PlatformIO.prepare(Path("core"))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer would, without the checkout."""
    built, home = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)], cwd=ROOT, check=True,
        capture_output=True,
    )  # fmt: skip
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    return home


def python(code: str, installed: Path, cwd: Path, *argv: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_imports_from_another_folder(installed: Path, tmp_path: Path) -> None:
    assert int(python(IMPORT_ALL, installed, tmp_path, str(installed))) > 100


def test_what_is_not_python_is_in_it_too(installed: Path, tmp_path: Path) -> None:
    python(USE, installed, tmp_path)


def test_it_claims_no_global_name(installed: Path) -> None:
    tops = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert tops == {"nanosmith"}
