"""Hardware with a manifest."""

from typing import Annotated, Literal

from pydantic import Field

from nanosmith.tools.specs.base import Bytes, Hertz, Identifier, Record

Address = Annotated[int, Field(ge=0, lt=2**32)]
Core = Literal["cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55"]


NO_FPU: frozenset[Core] = frozenset({"cortex-m0", "cortex-m3"})
"""Cores that compute floats by library calls."""


class Emulation(Record):
    """The emulated machine that stands in for the board."""

    machine: str
    """QEMU's `-M` name."""

    is_exact: bool
    """False where the machine has the same core but other peripherals or memory than the board."""

    note: str = ""
    """What differs, in a sentence for the report."""


class BareMetal(Record):
    """What the local PlatformIO platform needs to know to link and to talk: memory map and serial line."""

    flash_origin: Address
    """Where the vector table and the code go."""

    ram_origin: Address
    uart: Literal["cmsdk", "stm32", "nrf51"]
    """Which serial driver of `firmware_templates/platform` the board takes."""

    uart_base: Address
    tape_origin: Address = 0
    """Memory of the emulated machine that firmware does not use: a replay's samples are laid there."""

    tape_bytes: Bytes = 0
    """0: every sample goes over the serial line, which is some hundred times slower."""


class OfficialPlatform(Record):
    """How PlatformIO's own registry names the real board."""

    platform: str
    """Pinned, such as `ststm32@19.6.0`."""

    board: str
    framework: str | None = None


class Board(Record):
    """One board: what the budgets are checked against and how its firmware is built."""

    id: Identifier
    name: str
    aliases: tuple[str, ...] = ()
    """Other names that people use for it, lower case."""

    core: Core
    clock_hz: Hertz
    flash_bytes: Bytes
    ram_bytes: Bytes
    instructions_per_cycle: float
    """Assumed when instructions are turned into a latency; emulators count instructions, not cycles."""

    emulation: Emulation | None
    official: OfficialPlatform | None = None
    bare_metal: BareMetal | None = None
    """None where the local platform can't build for the board."""
