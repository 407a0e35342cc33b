"""Builds one compiled model and the workbench's firmware for a core."""

import os
from math import prod
from pathlib import Path

from nanosmith.tools.compiler.compile import CompiledModel
from nanosmith.tools.process import find_program, run_command
from nanosmith.tools.workbench.cores import PRESETS, BenchCore, Preset

_FOLDER = Path(__file__).resolve().parents[2] / "firmware_templates" / "workbench"
_LIMIT_S = 300.0
_FIRMWARE_FLAGS = ("-O2", "-ffreestanding", "-fno-builtin", "-fno-tree-loop-distribute-patterns", "-fno-common")
_MODEL_FLAGS = (
    "-std=c11", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables", "-fno-common", "-fomit-frame-pointer", "-fsigned-char", "-DNDEBUG",
)  # fmt: skip
_ADAPTER = """\
#include "workbench.h"

#include "{name}.h"

static _Alignas(16) union {{
    uint8_t bytes[{arena_bytes}];
    float values[{arena_bytes} / 4];
}} memory;
#define arena memory.bytes

int wb_model_init(void)
{{
#ifdef {upper}_STATE_BYTES
    {name}_reset(arena);
#endif
    return 0;
}}

void *wb_model_input(void)
{{
    return {fed};
}}

void *wb_model_output(void)
{{
    return {given};
}}

int wb_model_invoke(void)
{{
{quantize}    {name}_run(arena, {name}_input(arena), {name}_output(arena));
{dequantize}    return 0;
}}
"""
_QUANTIZE = """\
    /* Floats lie where the bytes go, and are overtaken by none of them. */
    for (uint32_t i = 0; i < {upper}_INPUT_BYTES; i++) {{
        {name}_input(arena)[i] = {name}_quantize_input(memory.values[{input_offset} / 4 + i]);
    }}
"""
_DEQUANTIZE = """\
    for (uint32_t i = {upper}_OUTPUT_BYTES; i-- > 0u;) {{
        memory.values[{output_offset} / 4 + i] = {name}_dequantize_output({name}_output(arena)[i]);
    }}
"""


def adapter_text(compiled: CompiledModel) -> str:
    """C of the four functions that the workbench calls; counted as the model's.

    A model whose file has float edges is given floats and gives floats, so that it is weighed like one that quantizes
    in its graph; they lie in the arena, which grows where they don't fit.
    """
    ends, input_at, output_at = [compiled.arena_bytes], compiled.input_offset, compiled.output_offset
    if compiled.float_input:
        input_at = _float_offset(compiled, input_at, prod(compiled.input.shape))
        ends.append(input_at + 4 * prod(compiled.input.shape))
    if compiled.float_output:
        output_at = _float_offset(compiled, output_at, prod(compiled.output.shape))
        ends.append(output_at + 4 * prod(compiled.output.shape))
    name = compiled.name
    names = {
        "name": name, "upper": name.upper(), "arena_bytes": -(-max(ends) // 4) * 4,
        "input_offset": input_at, "output_offset": output_at,
        "fed": f"memory.values + {input_at} / 4" if compiled.float_input else f"{name}_input(arena)",
        "given": f"memory.values + {output_at} / 4" if compiled.float_output else f"{name}_output(arena)",
    }  # fmt: skip
    quantize = _QUANTIZE.format(**names) if compiled.float_input else ""
    dequantize = _DEQUANTIZE.format(**names) if compiled.float_output else ""
    return _ADAPTER.format(**names, quantize=quantize, dequantize=dequantize)


def _float_offset(compiled: CompiledModel, offset: int, count: int) -> int:
    """Where floats go: over the bytes that they become, or behind an arena that keeps something at its end."""
    planned = max(-(-(block.offset + block.size_bytes) // 4) * 4 for block in compiled.blocks)
    is_free = offset + 4 * count <= planned or planned >= compiled.arena_bytes
    return offset if is_free else -(-compiled.arena_bytes // 4) * 4


def build_image(
    compiled: CompiledModel, core: BenchCore, preset: Preset, folder: Path, *, flags: tuple[str, ...] = ()
) -> Path:
    """The linked image, in `folder`; `flags` are added where the model's own C is compiled.

    Raises:
        ToolMissing: No cross compiler for this core; the message says what to install.
        CommandFailed: It refused the C, or the image does not fit the emulated machine.

    """
    folder.mkdir(parents=True, exist_ok=True)
    compiler = find_program(
        core.toolchain.compiler, needed_for=f"building for {core.name}", remedy=core.toolchain.remedy
    )
    name = compiled.name
    files = {**compiled.files, f"{name}_adapter.c": adapter_text(compiled)}
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    places = (f"-DWB_VECTORS_AT={core.memory.tests:#x}u", f"-DWB_UART_AT={core.memory.uart:#x}u")
    library = (*core.toolchain.link, *(core.toolchain.small_library if preset == "Os" else ()))
    headers = (*core.toolchain.link, f"-I{_FOLDER}")
    firmware = [str(_FOLDER / file) for file in ("workbench_main.c", core.toolchain.port)]
    _gcc(compiler, folder, *core.flags, *_FIRMWARE_FLAGS, *headers, *places, "-c", *firmware)
    model = sorted(f for f in files if f.endswith(".c"))
    _gcc(compiler, folder, *core.flags, PRESETS[preset], *_MODEL_FLAGS, *headers, *flags, "-c", *model)
    objects = [f"{Path(f).stem}.o" for f in (*firmware, *model)]
    _gcc(
        compiler, folder, *core.flags, "-nostartfiles", *library, "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments",
        *(f"-Wl,--defsym={key}={value:#x}" for key, value in _symbols(core).items()),
        "-T", str(_FOLDER / "workbench.ld"), *_entry(core), *objects, "-lm", "-lc", "-lgcc", "-o", "image.elf",
    )  # fmt: skip
    return folder / "image.elf"


def _symbols(core: BenchCore) -> dict[str, int]:
    memory = core.memory
    return {
        "wb_vectors_origin": memory.vectors, "wb_rom_origin": memory.rom, "wb_rom_bytes": memory.rom_bytes,
        "wb_ram_origin": memory.ram, "wb_ram_bytes": memory.ram_bytes,
    }  # fmt: skip


def _entry(core: BenchCore) -> tuple[str, str]:
    return ("-e", "wb_start" if core.toolchain.port == "workbench_riscv.c" else "reset_handler")


def _gcc(compiler: str, folder: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    run_command((compiler, *arguments), cwd=folder, timeout_s=_LIMIT_S, env=environment)
