"""The QEMU plugin that counts guest instructions: built by the host's gcc, once."""

import hashlib
import os
import tempfile
from pathlib import Path

from nanosmith.tools.errors import FirmwareFailed
from nanosmith.tools.firmware.image import read_symbols
from nanosmith.tools.firmware.replay import AnswerCount
from nanosmith.tools.process import find_program, run_command

GCC_REMEDY = "sudo apt-get install gcc libc6-dev"
_SOURCE = Path(__file__).resolve().parents[2] / "firmware_templates" / "platform" / "counter" / "count_instructions.c"
_MARKS = ("begin", "push", "copy", "inference")
COUNTS_LIMIT_BYTES = 16 * 2**20


def build_plugin(cache: Path) -> Path:
    """The plugin in `cache`, compiled where it is not there yet; safe in parallel.

    Raises:
        ToolMissing: No gcc.
        CommandFailed: It does not compile.

    """
    source = _SOURCE.read_bytes()
    plugin = cache.resolve() / f"count-{hashlib.sha256(source).hexdigest()[:16]}.so"
    if plugin.is_file():
        return plugin
    gcc = find_program("gcc", needed_for="counting instructions", remedy=GCC_REMEDY)
    plugin.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=plugin.parent, prefix=".plugin-") as scratch:
        folder = Path(scratch)
        (folder / _SOURCE.name).write_bytes(source)
        flags = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O2", "-fPIC", "-shared")
        run_command(
            (gcc, *flags, "-o", "plugin.so", _SOURCE.name),
            cwd=folder, timeout_s=60.0, env={"PATH": os.defpath, "TMPDIR": scratch},
        )  # fmt: skip
        (folder / "plugin.so").replace(plugin)
    return plugin


def plugin_argument(plugin: Path, image: Path, counts: Path) -> str:
    """Value of QEMU's `-plugin`: where the marker functions of `image` are, and the file that counts go to.

    Raises:
        FirmwareFailed: The image has no marker functions.
        ImageUnreadable: The image can't be read.

    """
    marks = read_symbols(image, tuple(f"ns_mark_{mark}" for mark in _MARKS))
    if len(marks) != len(_MARKS):
        raise FirmwareFailed("the image has no marker functions; it was not built for the emulated environment")
    return ",".join([str(plugin), *(f"{m}={marks[f'ns_mark_{m}']:#x}" for m in _MARKS), f"out={counts}"])


def read_counts(lines: bytes) -> tuple[AnswerCount, ...]:
    """The plugin's lines, one an answer.

    Raises:
        FirmwareFailed: They are none, which is what a guest that broke out of QEMU could leave.

    """
    try:
        return tuple(AnswerCount(*map(int, line.split())) for line in lines.decode("ascii").splitlines())
    except (ValueError, TypeError) as error:
        raise FirmwareFailed("QEMU's plugin left no usable counts") from error
