"""The cross compiler and its C library, as they come from the system's packages."""

import os
import re
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import CommandFailed, CommandTimedOut, ToolMissing
from nanosmith.tools.process import find_program, run_command

COMPILER = "arm-none-eabi-gcc"
COMPILER_REMEDY = "sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"
_LIMIT_S = 20.0


def check_toolchain() -> None:
    """Raise ToolMissing where compiler, C library or build tool is not there."""
    find_program(COMPILER, needed_for="building firmware", remedy=COMPILER_REMEDY)
    if newlib_version() is None:
        raise ToolMissing("newlib for Arm", needed_for="linking firmware", remedy=COMPILER_REMEDY)
    if find_spec("SCons") is None:
        raise ToolMissing("scons", needed_for="building firmware", remedy=f"{sys.executable} -m pip install scons")


def newlib_version() -> str | None:
    """The C library's version by the cross compiler's own headers; None where compiler or library is missing."""
    output = program_output(COMPILER, "-E", "-dM", "-xc", "-include", "newlib.h", os.devnull)
    found = re.search(r'#define _NEWLIB_VERSION "([^"]+)"', output or "")
    return clean_line(found[1], limit=40) if found else None


def program_output(name: str, *arguments: str) -> str | None:
    """What a program writes; None where it is missing or fails."""
    program = shutil.which(name)
    if program is None:
        return None
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    scratch = Path(tempfile.gettempdir())
    try:
        return run_command((program, *arguments), cwd=scratch, timeout_s=_LIMIT_S, env=environment).text
    except (CommandFailed, CommandTimedOut, ToolMissing):
        return None
