"""How the test programs are built for host and boards, and run."""

from pathlib import Path

from nanosmith.tools.firmware.counter import plugin_argument
from nanosmith.tools.specs.board import Board

HARNESS = Path(__file__).parent / "harness"
BARE_METAL = Path(__file__).resolve().parents[2] / "firmware_templates/platform/nanosmith/frameworks/baremetal"
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O2", "-ffp-contract=off"]
SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
HARD_FLOAT = "-mfloat-abi=hard"
CPU_FLAGS = {
    "cortex-m0": ["-mcpu=cortex-m0", "-mthumb"],
    "cortex-m3": ["-mcpu=cortex-m3", "-mthumb"],
    "cortex-m4f": ["-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", HARD_FLOAT],
    "cortex-m7": ["-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", HARD_FLOAT],
    "cortex-m33": ["-mcpu=cortex-m33", "-mthumb", "-mfpu=fpv5-sp-d16", HARD_FLOAT],
    "cortex-m55": ["-mcpu=cortex-m55", "-mthumb", "-mfpu=auto", HARD_FLOAT],
}


def board_flags(board: Board) -> list[str]:
    """The board's core, start-up code and memory map."""
    bare = board.bare_metal
    assert bare is not None
    symbols = {
        "ns_flash_origin": bare.flash_origin, "ns_flash_bytes": board.flash_bytes, "ns_ram_origin": bare.ram_origin,
        "ns_ram_bytes": board.ram_bytes, "ns_uart_base": bare.uart_base,
    }  # fmt: skip
    return [
        *CPU_FLAGS[board.core], "-nostartfiles", f"-I{BARE_METAL}", f"-Wl,-T,{BARE_METAL / 'cortexm.ld'}",
        *(f"-Wl,--defsym={name}={value}" for name, value in symbols.items()), "-DON_BOARD",
        *(str(BARE_METAL / name) for name in ("startup.c", "retarget.c", f"uart_{bare.uart}.c")),
    ]  # fmt: skip


def emulator(board: Board, program: Path, plugin: Path | None) -> list[str]:
    """The command that runs a program on the emulated board; `plugin` counts instructions."""
    assert board.emulation is not None
    return [
        "qemu-system-arm", "-M", board.emulation.machine, "-nodefaults", "-display", "none", "-monitor", "none",
        "-serial", "stdio", "-kernel", str(program),
        *(() if plugin is None else ("-plugin", plugin_argument(plugin, program, program.with_name("counts.txt")))),
    ]  # fmt: skip
