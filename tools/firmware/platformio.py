"""PlatformIO without a registry: a core folder of our own, and `pio run` inside the sandbox.

PlatformIO needs one package always, `tool-scons`; PyPI's `scons` serves. Our development platform is put beside it.
Both are written to a folder named by the hash of what it holds, under another name first and then renamed: many
processes may prepare and build at once, and nothing in it is ever changed.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformio.dependencies import get_core_dependencies  # type: ignore[import-untyped]

from nanosmith.tools.errors import CommandTimedOut, ImageUnreadable, MemoryExceeded, OutputTooLarge, ResultRefused
from nanosmith.tools.firmware.boards import load_boards
from nanosmith.tools.firmware.build_log import find_errors, find_warnings
from nanosmith.tools.firmware.image import IMAGE_LIMIT_BYTES, read_sections
from nanosmith.tools.firmware.toolchain import check_toolchain
from nanosmith.tools.run_folder import write_atomic
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits, python_read_only
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.trial import BuildReport

_PLATFORM = Path(__file__).resolve().parents[2] / "firmware_templates" / "platform" / "nanosmith"
_CPU_FLAGS = {
    "cortex-m0": ["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"],
    "cortex-m3": ["-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft"],
    "cortex-m4f": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    "cortex-m7": ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"],
    "cortex-m33": ["-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"],
    "cortex-m55": ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-mfpu=auto"],
}
# PlatformIO writes lock files beside its folders of packages, so that those are links in a core folder of the build's
# own; made inside the sandbox, where a project that was tampered with can't lead them astray.
_BUILD = """\
cp -r project build && rm -rf build/.pio && cd build &&
export PLATFORMIO_CORE_DIR="$PWD/.pio/core" &&
mkdir -p "$PLATFORMIO_CORE_DIR" &&
ln -sfn "$1/packages" "$PLATFORMIO_CORE_DIR/packages" &&
ln -sfn "$1/platforms" "$PLATFORMIO_CORE_DIR/platforms" &&
"$2" -m platformio run -d . -e "$3" &&
cat ".pio/build/$3/firmware.elf" > ../out/firmware.elf
"""
_IMAGE = "firmware.elf"
_MEMORY_BYTES = 2 * 2**30
_OUTPUT_BYTES = 4 * 2**20
_SCONS = """\
# PlatformIO starts this file as its build tool; the program is the `scons` that pip installed.
import sys

from SCons.Script.Main import main

sys.exit(main())
"""

OFFLINE_SETTINGS = {"PLATFORMIO_SETTING_ENABLE_TELEMETRY": "false", "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true"}
"""With them `pio` opens no socket and looks up no name; without, it stalls a minute where there is no network."""

_ENVIRONMENT = {
    **OFFLINE_SETTINGS,
    "PLATFORMIO_NO_ANSI": "true",
    "PLATFORMIO_DISABLE_PROGRESSBAR": "true",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True)
class PlatformIO:
    """A prepared core folder; `prepare` makes one."""

    core: Path
    """Holds `packages` and `platforms`; read-only from here on."""

    @classmethod
    def prepare(cls, core_dir: Path, boards: tuple[Board, ...] | None = None) -> "PlatformIO":
        """Put build tool and platform under `core_dir`, without a network; at once where they are there already.

        Args:
            core_dir: Any folder that may be written; shared by parallel builds.
            boards: Those that the platform shall know; all that ship by default.

        Raises:
            ToolMissing: No cross compiler, no newlib, or no scons.

        """
        check_toolchain()
        files = _core_files(load_boards() if boards is None else boards)
        core = core_dir.resolve() / _digest(files)
        if not core.is_dir():
            _publish(files, core)
        return cls(core)

    def build(
        self, project: Path, environment: str, sandbox: Sandbox, timeout_s: float = 120.0,
        *, cancelled: Callable[[], bool] | None = None,
    ) -> tuple[BuildReport, Path | None]:  # fmt: skip
        """Run `pio run` on a copy of a project inside the sandbox; the image alone comes back.

        Returns:
            The report, and the linked image in the project's `.pio` folder where there is one. Errors of the
            compiler, the linker and of PlatformIO are in the report, never raised.

        Raises:
            RunStopped: `cancelled` said so.
            ToolMissing: No sandbox can be had.

        """
        project = project.resolve()
        job = SandboxJob(
            argv=("/bin/sh", "-c", _BUILD, "build", str(self.core), sys.executable, environment),
            scratch=project.parent, files={"project": project}, read_only=(self.core, *python_read_only()),
            results={_IMAGE: IMAGE_LIMIT_BYTES}, env=_ENVIRONMENT,
            limits=SandboxLimits(time_s=timeout_s, memory_bytes=_MEMORY_BYTES, output_bytes=_OUTPUT_BYTES),
        )  # fmt: skip
        try:
            ended = sandbox.run(job, check=False, cancelled=cancelled)
        except (CommandTimedOut, OutputTooLarge, MemoryExceeded, ResultRefused) as error:
            return BuildReport(ok=False, environment=environment, errors=(str(error),)), None
        log = ended.text
        warnings = find_warnings(log, ended.work / "build")
        if ended.code != 0:
            return _failed(environment, find_errors(log, ended.work / "build"), warnings), None
        elf = project / ".pio" / "build" / environment / _IMAGE
        write_atomic(elf, ended.results.get(_IMAGE, b""))
        try:
            image = read_sections(elf)
        except ImageUnreadable as error:
            return _failed(environment, (str(error),), warnings), None
        report = BuildReport(
            ok=True, environment=environment, flash_bytes=image.flash_bytes, static_ram_bytes=image.static_ram_bytes,
            sections=image.sections, warnings=warnings,
        )  # fmt: skip
        return report, elf


def _failed(environment: str, errors: tuple[str, ...], warnings: tuple[str, ...]) -> BuildReport:
    return BuildReport(ok=False, environment=environment, errors=errors, warnings=warnings)


def _core_files(boards: tuple[Board, ...]) -> dict[str, bytes]:
    version = str(get_core_dependencies()["tool-scons"]).lstrip("~^>=")
    files = {
        "packages/tool-scons/package.json": _json({"name": "tool-scons", "version": version, "system": "*"}),
        "packages/tool-scons/.piopm": _metadata("tool", "tool-scons", version),
        "packages/tool-scons/scons.py": _SCONS.encode(),
    }
    platform = "platforms/nanosmith"
    for path in sorted(_PLATFORM.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"{platform}/{path.relative_to(_PLATFORM).as_posix()}"] = path.read_bytes()
    version = str(json.loads(files[f"{platform}/platform.json"])["version"])
    files[f"{platform}/.piopm"] = _metadata("platform", "nanosmith", version)
    for board in boards:
        if board.bare_metal is not None:
            files[f"{platform}/boards/{board.id}.json"] = _json(_board_manifest(board))
    return files


def _board_manifest(board: Board) -> dict[str, object]:
    """The board as PlatformIO describes boards."""
    metal = board.bare_metal
    if metal is None:
        raise ValueError(f"{board.id} has no bare-metal description")
    return {
        "build": {
            "cpu": board.core, "f_cpu": f"{int(board.clock_hz)}L", "cpu_flags": _CPU_FLAGS[board.core],
            "flash_origin": f"{metal.flash_origin:#010x}", "ram_origin": f"{metal.ram_origin:#010x}",
            "uart": metal.uart, "uart_base": f"{metal.uart_base:#010x}",
            "tape_origin": f"{metal.tape_origin:#010x}", "tape_bytes": metal.tape_bytes,
            "machine": "" if board.emulation is None else board.emulation.machine,
        },
        "frameworks": ["baremetal"],
        "name": board.name,
        "upload": {"maximum_ram_size": board.ram_bytes, "maximum_size": board.flash_bytes},
        "url": "https://platformio.org",
        "vendor": "Nanosmith",
    }  # fmt: skip


def _metadata(kind: str, name: str, version: str) -> bytes:
    # PlatformIO finds an installed package only with its owner: without one it asks the registry.
    spec = {"owner": "platformio", "id": None, "name": name, "requirements": None, "uri": None}
    return _json({"type": kind, "name": name, "version": version, "spec": spec})


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()[:16]


def _publish(files: dict[str, bytes], core: Path) -> None:
    core.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=core.parent, prefix=f".{core.name}.") as scratch:
        tree = Path(scratch) / "core"
        for name, content in files.items():
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            tree.rename(core)
        except OSError:
            if not core.is_dir():
                raise
            shutil.rmtree(tree)  # another process was first; its bytes are the same
