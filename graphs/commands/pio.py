"""`nanosmith pio`: the real PlatformIO with our local platform, for people who want to build by hand."""

import os
import sys
from pathlib import Path

import typer

from nanosmith.graphs.commands.options import cache_folder


def pio(context: typer.Context) -> None:
    """Run `pio` as the builds do: `nanosmith pio run -d runs/0001-…/firmware`, offline, with the local platform."""
    from nanosmith.tools.firmware.platformio import OFFLINE_SETTINGS, PlatformIO

    prepared = PlatformIO.prepare(cache_folder() / "platformio")
    environment = {**os.environ, **OFFLINE_SETTINGS, "PLATFORMIO_CORE_DIR": str(_own_core(prepared.core))}
    os.execve(sys.executable, [sys.executable, "-m", "platformio", *context.args], environment)  # noqa: S606


def _own_core(prepared: Path) -> Path:
    """A core folder that `pio` may write its lock files to; packages and platforms are links to the prepared ones."""
    core = cache_folder() / "pio-by-hand"
    core.mkdir(parents=True, exist_ok=True)
    for name in ("packages", "platforms"):
        link = core / name
        if not link.is_symlink() or link.readlink() != prepared / name:
            link.unlink(missing_ok=True)
            link.symlink_to(prepared / name)
    return core
