"""The cores of the workbench: which compiler flags, which emulated machine, which memory map."""

from dataclasses import dataclass
from typing import Literal

from nanosmith.tools.specs.board import Core

Preset = Literal["def", "Os", "O3"]
"""`def`: -O2. `Os`: -Os and the small C library. `O3`: -O3."""

PRESETS: dict[Preset, str] = {"def": "-O2", "Os": "-Os", "O3": "-O3"}


@dataclass(frozen=True)
class Toolchain:
    """A cross compiler and what to install to have it."""

    prefix: str
    """Of the names of compiler and binutils."""

    emulator: str
    remedy: str
    port: str
    """C file of `firmware_templates/workbench`."""

    link: tuple[str, ...] = ()
    small_library: tuple[str, ...] = ()
    """Added to the link in the preset `Os`."""

    machine_flags: tuple[str, ...] = ()
    """Added to QEMU's command line."""

    @property
    def compiler(self) -> str:
        """Name of the compiler."""
        return f"{self.prefix}gcc"


ARM = Toolchain(
    prefix="arm-none-eabi-",
    emulator="qemu-system-arm",
    remedy="sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
    port="workbench_arm.c",
    small_library=("--specs=nano.specs",),
)
RISCV = Toolchain(
    prefix="riscv64-unknown-elf-",
    emulator="qemu-system-riscv32",
    remedy="sudo apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc",
    port="workbench_riscv.c",
    link=("--specs=picolibc.specs",),
    machine_flags=("-bios", "none"),
)


@dataclass(frozen=True)
class MemoryMap:
    """Addresses on an emulated machine."""

    vectors: int
    rom: int
    rom_bytes: int
    ram: int
    ram_bytes: int
    tests: int
    """Memory that no image uses: test vectors are laid there."""

    uart: int


_MPS2 = MemoryMap(0, 0x400, 4095 << 10, 0x2000_0000, 4 << 20, 0x2100_0000, 0x4000_4000)
_AN500 = MemoryMap(0, 0x400, 4095 << 10, 0x2000_0000, 4 << 20, 0x6000_0000, 0x4000_4000)
_AN505 = MemoryMap(0x1000_0000, 0x1000_0400, 4095 << 10, 0x3800_0000, 4 << 20, 0x8000_0000, 0x5020_0000)
_AN547 = MemoryMap(0, 0x7000_0000, 16 << 20, 0x3100_0000, 4 << 20, 0x7400_0000, 0x5930_3000)
_VIRT = MemoryMap(0x8000_0000, 0x8000_0400, 16383 << 10, 0x8200_0000, 4 << 20, 0x8400_0000, 0x1000_0000)


@dataclass(frozen=True)
class BenchCore:
    """One core of the workbench."""

    name: str
    """As in results: M4F, …"""

    compiled_for: Core
    """What `compile_model` is asked for."""

    flags: tuple[str, ...]
    machine: str
    memory: MemoryMap
    toolchain: Toolchain = ARM


def _cortex(cpu: str, *fpu: str) -> tuple[str, ...]:
    return (f"-mcpu=cortex-{cpu}", "-mthumb", *(("-mfloat-abi=hard", *fpu) if fpu else ("-mfloat-abi=soft",)))


CORES: dict[str, BenchCore] = {
    core.name: core
    for core in (
        BenchCore("M0", "cortex-m0", _cortex("m0"), "mps2-an385", _MPS2),  # Armv6-M code on the M3 machine
        BenchCore("M3", "cortex-m3", _cortex("m3"), "mps2-an385", _MPS2),
        BenchCore("M4F", "cortex-m4f", _cortex("m4", "-mfpu=fpv4-sp-d16"), "mps2-an386", _MPS2),
        BenchCore("M7", "cortex-m7", _cortex("m7", "-mfpu=fpv5-d16"), "mps2-an500", _AN500),
        BenchCore("M33", "cortex-m33", _cortex("m33", "-mfpu=fpv5-sp-d16"), "mps2-an505", _AN505),
        BenchCore("M55", "cortex-m55", _cortex("m55", "-mfpu=auto"), "mps3-an547", _AN547),
        BenchCore("RV32", "cortex-m3", ("-march=rv32imc", "-mabi=ilp32"), "virt", _VIRT, RISCV),
    )
}


def bench_core(core: Core) -> BenchCore:
    """The workbench's stand-in for a board's core."""
    return next(b for b in CORES.values() if b.compiled_for == core and b.toolchain is ARM)
