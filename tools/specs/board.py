"""Hardware with a manifest."""

from typing import Literal

from nanosmith.tools.specs.base import Bytes, Hertz, Identifier, Record

Core = Literal["cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55"]


class Emulation(Record):
    """The emulated machine that stands in for the board."""

    machine: str
    """QEMU's `-M` name."""

    is_exact: bool
    """False where the machine has the same core but other peripherals or memory than the board."""

    note: str = ""
    """What differs, in a sentence for the report."""


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
