"""Many models in one image on an emulated core: every answer comes back over the serial line."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from running import WARNINGS

from nanosmith.tools.compiler import CompiledModel
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.process import run_command

BARE_METAL = Path(__file__).parents[2] / "firmware_templates/platform/nanosmith/frameworks/baremetal"
CPU_FLAGS = {
    "cortex-m0": ["-mcpu=cortex-m0", "-mthumb"],
    "cortex-m3": ["-mcpu=cortex-m3", "-mthumb"],
    "cortex-m4f": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    "cortex-m55": ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-mfpu=auto"],
}
_PRELUDE = """\
#include <stdint.h>
#include <string.h>

#include "uart.h"

int main(void);

static _Alignas(16) uint8_t arena[32768];

static void say(const int8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *digits = "0123456789abcdef";
        const char pair[2] = {digits[(uint8_t)bytes[i] >> 4], digits[(uint8_t)bytes[i] & 15]};
        uart_write(pair, 2);
    }
    uart_write("\\n", 1);
}
"""


def answers_on(
    board_id: str,
    cases: Sequence[tuple[CompiledModel, np.ndarray]],
    folder: Path,
    core: str | None = None,
    level: str = "-O2",
) -> list[np.ndarray]:
    """Outputs [n, *output_shape] of each model for its inputs, by one image on the board's emulated machine.

    The image is built for the board's core or for `core`, which must be one whose code that runs.
    """
    board = find_board(board_id)
    assert board.bare_metal is not None
    assert board.emulation is not None
    bare, main = board.bare_metal, [_PRELUDE]
    for compiled, inputs in cases:
        assert compiled.arena_bytes <= 32768
        for file, text in compiled.files.items():
            (folder / file).write_text(text)
        main.append(_feed(compiled, inputs))
    calls = "".join(f"    feed_{compiled.name}();\n" for compiled, _ in cases)
    main.append(f'\nint main(void)\n{{\n{calls}    uart_write("done\\n", 5);\n    return 0;\n}}\n')
    (folder / "main.c").write_text("".join(main))
    symbols = {
        "ns_flash_origin": bare.flash_origin, "ns_flash_bytes": board.flash_bytes, "ns_ram_origin": bare.ram_origin,
        "ns_ram_bytes": board.ram_bytes, "ns_uart_base": bare.uart_base,
    }  # fmt: skip
    sources = [*sorted(folder.glob("*.c")), *(BARE_METAL / f for f in ("startup.c", f"uart_{bare.uart}.c"))]
    _run(["arm-none-eabi-gcc", *CPU_FLAGS[core or board.core], *WARNINGS, level, "-nostartfiles", "-ffunction-sections",
          "-fdata-sections", "-Wl,--gc-sections", f"-I{folder}", f"-I{BARE_METAL}", *map(str, sources),
          f"-Wl,-T,{BARE_METAL / 'cortexm.ld'}", *(f"-Wl,--defsym={name}={value}" for name, value in symbols.items()),
          "-o", "image.elf"], folder)  # fmt: skip
    lines = _run(["qemu-system-arm", "-M", board.emulation.machine, "-nodefaults", "-display", "none", "-monitor",
                  "none", "-serial", "stdio", "-kernel", "image.elf"], folder)  # fmt: skip
    assert lines.pop() == "done"
    rows = iter(np.frombuffer(bytes.fromhex(line), np.int8) for line in lines)
    return [np.stack([next(rows) for _ in inputs]).reshape(len(inputs), *compiled.output.shape)
            for compiled, inputs in cases]  # fmt: skip


def _feed(compiled: CompiledModel, inputs: np.ndarray) -> str:
    name, upper = compiled.name, compiled.name.upper()
    values = ", ".join(map(str, inputs.reshape(-1)))
    return f"""
#include "{name}.h"

static void feed_{name}(void)
{{
    static const int8_t inputs[] = {{{values}}};
    for (uint32_t i = 0; i < {len(inputs)}; i++) {{
        memcpy({name}_input(arena), inputs + i * {upper}_INPUT_BYTES, {upper}_INPUT_BYTES);
        {name}_run(arena, {name}_input(arena), (int8_t *)(uintptr_t){name}_output(arena));
        say({name}_output(arena), {upper}_OUTPUT_BYTES);
    }}
}}
"""


def _run(argv: list[str], folder: Path) -> list[str]:
    done = run_command(
        argv, cwd=folder, timeout_s=120, env={"PATH": os.environ["PATH"]}, until=lambda line: line == b"done"
    )
    return done.stdout.decode().split()
