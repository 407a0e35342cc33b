"""Runs an image of the workbench in QEMU and says what the model in it costs."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.compiler.compile import CompiledModel
from nanosmith.tools.errors import FirmwareFailed
from nanosmith.tools.firmware.counter import build_plugin, read_counts
from nanosmith.tools.firmware.image import read_sections, read_symbols
from nanosmith.tools.process import find_program, run_command
from nanosmith.tools.workbench.build import build_image
from nanosmith.tools.workbench.cores import BenchCore, Preset
from nanosmith.tools.workbench.stack import StackBound, stack_bound
from nanosmith.tools.workbench.vectors import Vectors

_LIMIT_S = 1_800.0
_FLASH = (".text", ".rodata", ".data", ".ARM.extab", ".ARM.exidx", ".init_array")
_RAM = (".data", ".bss")
STACK_UNPAINTED = 32
"""Bytes below the caller's stack pointer that are never painted: the first of what a call takes."""

_FACT = re.compile(rb"^([A-Z]+) (\d{1,10})$")


@dataclass(frozen=True)
class Measurement:
    """What one model costs on one core, the workbench's own firmware left out."""

    instructions: int
    """Of the first vector's inference, exact."""

    init_instructions: int
    flash_bytes: int
    """Code, constants and initial values, with what is linked from the C library."""

    ram_bytes: int
    """Static data: the arena, input and output in it."""

    stack_bytes: int
    """High-water mark of the first inference in painted memory, from 32 bytes below the caller's stack pointer."""

    worst_difference: int
    """Largest distance of any output byte from what was expected, over all vectors."""

    differing_bytes: int
    all_instructions: tuple[int, ...]
    """Of each vector's inference."""

    stack_bound: StackBound | None = None
    """Of one inference; None where nobody asked."""


def measure_model(
    compiled: CompiledModel, core: BenchCore, preset: Preset, vectors: Vectors, *, cache: Path,
    flags: tuple[str, ...] = (), with_stack_bound: bool = False,
) -> Measurement:  # fmt: skip
    """Build, run, compare, weigh.

    Args:
        compiled: For this core.
        core: What runs it.
        preset: How it is optimized.
        vectors: At least one.
        cache: Where the counting plugin is kept.
        flags: Added where the model's C is compiled.
        with_stack_bound: Whether the static bound is computed too.

    Raises:
        ToolMissing: No cross compiler, emulator or gcc; the message says what to install.
        CommandFailed: The C does not compile, or QEMU refuses the machine.
        CommandTimedOut: It hangs.
        FirmwareFailed: It crashed.

    """
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.resolve(), prefix="image-") as name:
        folder = Path(name)
        image = build_image(compiled, core, preset, folder, flags=flags)
        facts, counts = run_image(image, core, vectors.packed(compiled), build_plugin(cache))
        sizes = {section.name: section.size_bytes for section in read_sections(image).sections}
        bound = _bound(image, core) if with_stack_bound else None
    return Measurement(
        instructions=counts[1], init_instructions=counts[0], all_instructions=counts[1:],
        flash_bytes=sum(sizes.get(s, 0) for s in _FLASH), ram_bytes=sum(sizes.get(s, 0) for s in _RAM),
        stack_bytes=facts["STACK"], worst_difference=facts["WORST"], differing_bytes=facts["DIFFERING"],
        stack_bound=bound,
    )  # fmt: skip


def layer_instructions(
    compiled: CompiledModel, core: BenchCore, preset: Preset, vectors: Vectors, *, cache: Path
) -> tuple[int, ...]:
    """Instructions of each kernel call for the first vector, from a build with the model's own profile hook.

    Each holds the few that set up the call and reach the marks around it. Errors as `measure_model`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.resolve(), prefix="image-") as name:
        hook = f"-D{compiled.name.upper()}_PROFILE=wb_before_call"
        image = build_image(compiled, core, preset, Path(name), flags=(hook,))
        _, counts = run_image(image, core, vectors.first().packed(compiled), build_plugin(cache))
    # Set-up of the model, then from the call's begin to the first kernel; behind the last kernel, the return.
    return counts[2:-1]


def _bound(image: Path, core: BenchCore) -> StackBound:
    objdump = find_program(
        f"{core.toolchain.prefix}objdump", needed_for="a bound of the stack", remedy=core.toolchain.remedy
    )
    return stack_bound("wb_model_invoke", image, objdump=objdump)


def run_image(image: Path, core: BenchCore, packed: bytes, plugin: Path) -> tuple[dict[str, int], tuple[int, ...]]:
    """What the firmware said, and instructions from mark to mark: of the set-up, then of each inference."""
    emulator = find_program(core.toolchain.emulator, needed_for=f"running on {core.name}", remedy=core.toolchain.remedy)
    folder, counts = image.parent, image.parent / "counts.txt"
    (folder / "vectors.bin").write_bytes(packed)
    marks = read_symbols(image, ("ns_mark_begin", "ns_mark_inference"))
    hooks = f"begin={marks['ns_mark_begin']:#x},inference={marks['ns_mark_inference']:#x}"
    lines: list[bytes] = []

    def is_over(line: bytes) -> bool:
        lines.append(line.strip())
        return lines[-1] == b"DONE" or lines[-1].startswith(b"FAULT")

    run_command(
        (emulator, "-M", core.machine, "-nodefaults", "-display", "none", "-monitor", "none", "-nic", "none",
         *core.toolchain.machine_flags, "-serial", "stdio", "-kernel", image.name, "-plugin",
         f"{plugin},{hooks},out=counts.txt", "-device",
         f"loader,file=vectors.bin,addr={core.memory.tests:#x},force-raw=on"),
        cwd=folder, timeout_s=_LIMIT_S, until=is_over, env={"PATH": os.environ.get("PATH", os.defpath)},
    )  # fmt: skip
    if not lines or lines[-1] != b"DONE":
        last = clean_line(lines[-1].decode("ascii", "replace"), limit=80) if lines else ""
        raise FirmwareFailed(f"the model stopped on the emulated {core.name}", line=last)
    facts = {m[1].decode(): int(m[2]) for m in map(_FACT.match, lines) if m}
    return facts, tuple(c.inference_instructions for c in read_counts(counts))
