"""What is installed, what is missing, and the command that installs it."""

import re
import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import cache_from_source, find_spec
from pathlib import Path

from nanosmith.tools.firmware.counter import GCC_REMEDY
from nanosmith.tools.firmware.emulator import QEMU_REMEDY
from nanosmith.tools.firmware.toolchain import COMPILER, COMPILER_REMEDY, newlib_version, program_output

_VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True)
class ToolCheck:
    """One tool."""

    name: str
    found: str | None
    """Its version, or "present" where it does not say; None: it is missing."""

    needed_for: str
    remedy: str
    """The command that installs it."""


def check_tools() -> tuple[ToolCheck, ...]:
    """Everything outside Python's standard library that a run starts or links, in the order of its use."""
    pip = f"{sys.executable} -m pip install"
    return (
        ToolCheck("gcc", _program("gcc", "-dumpfullversion"), "host builds of models and front-ends", GCC_REMEDY),
        ToolCheck("bwrap", _program("bwrap", "--version"), "the sandbox", "sudo apt-get install bubblewrap"),
        ToolCheck("platformio", _package("platformio"), "building firmware", f"{pip} platformio"),
        ToolCheck("scons", _package("scons"), "PlatformIO's build tool", f"{pip} scons"),
        ToolCheck(COMPILER, _program(COMPILER, "-dumpfullversion"), "building firmware", COMPILER_REMEDY),
        ToolCheck("newlib", newlib_version(), "linking firmware", COMPILER_REMEDY),
        ToolCheck(
            "qemu-system-arm", _program("qemu-system-arm", "--version"), "running firmware without a board", QEMU_REMEDY
        ),
    )


def slow_start() -> str | None:
    """The command that would make every training start sooner; None where nothing would.

    The sandbox can read TensorFlow's and Keras's bytecode and can't write it.
    """
    origins = [spec.origin for name in ("tensorflow", "keras") if (spec := find_spec(name)) is not None]
    whole = all(origin and Path(cache_from_source(origin)).is_file() for origin in origins)
    return None if whole else f"{sys.executable} -m compileall -q -j 0 {sysconfig.get_paths()['purelib']}"


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(name: str, argument: str) -> str | None:
    output = program_output(name, argument)
    if output is None:
        return None
    found = _VERSION.search(output)
    return found[0] if found else "present"
