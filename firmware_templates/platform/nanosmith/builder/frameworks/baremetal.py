"""Adds start-up code, the board's serial driver and the linker script to a project with `framework = baremetal`."""

from pathlib import Path

from SCons.Script import DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
folder = Path(env.PioPlatform().get_dir()) / "frameworks" / "baremetal"


def symbol(name: str, key: str) -> str:
    """A linker symbol from the board's manifest."""
    return f"-Wl,--defsym={name}={board.get(key)}"


env.Append(
    CPPPATH=[str(folder)],
    LINKFLAGS=[
        "-nostartfiles", f"-Wl,-T,{folder / 'cortexm.ld'}",
        symbol("ns_flash_origin", "build.flash_origin"), symbol("ns_flash_bytes", "upload.maximum_size"),
        symbol("ns_ram_origin", "build.ram_origin"), symbol("ns_ram_bytes", "upload.maximum_ram_size"),
        symbol("ns_uart_base", "build.uart_base"), symbol("ns_tape_origin", "build.tape_origin"),
        symbol("ns_tape_bytes", "build.tape_bytes"),
    ],
)  # fmt: skip

own = env.Clone()  # strict for our own sources; a project chooses its warnings itself
own.Append(CCFLAGS=["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"])
own.BuildSources(
    str(Path("$BUILD_DIR") / "baremetal"),
    str(folder),
    src_filter=["-<*>", "+<startup.c>", "+<retarget.c>", "+<tape.c>", f"+<uart_{board.get('build.uart')}.c>"],
)
