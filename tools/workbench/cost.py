"""What a compiled model costs on a board's core, as far as this machine can measure it."""

from dataclasses import dataclass
from pathlib import Path

from nanosmith.tools.compiler.compile import CompiledModel
from nanosmith.tools.errors import ToolMissing
from nanosmith.tools.specs.board import Core
from nanosmith.tools.workbench.cores import bench_core
from nanosmith.tools.workbench.measure import STACK_UNPAINTED, Measurement, layer_instructions, measure_model
from nanosmith.tools.workbench.vectors import Vectors


@dataclass(frozen=True)
class ModelCost:
    """Measured where cross compiler and emulator are installed."""

    core: Core
    measured: Measurement | None = None
    small: Measurement | None = None
    """The same built for size, with -Os and the small C library."""

    layers: tuple[int, ...] = ()
    """Instructions of each kernel call."""

    missing: str = ""
    """What is missing, and the command that installs it."""

    @property
    def stack_text(self) -> str:
        """Bound and high-water mark in words."""
        if self.measured is None or self.measured.stack_bound is None:
            return "not measured"
        seen = f"{self.measured.stack_bytes + STACK_UNPAINTED:,} B seen on the emulated core"
        bound = self.measured.stack_bound
        if bound.stack_bytes is None:
            return f"no bound ({bound.reason}), {seen}"
        return f"at most {bound.stack_bytes:,} B ({' > '.join(bound.path[1:])}), {seen}; interrupts come on top"


def model_cost(compiled: CompiledModel, core: Core, cache: Path) -> ModelCost:
    """Build for the core at -O2 and run in QEMU, once as it is and once with marks between the layers; and at -Os.

    Args:
        compiled: For this core.
        core: Of the board.
        cache: Where the counting plugin is kept.

    Raises:
        CommandFailed: The C does not compile.
        FirmwareFailed: It crashed.

    """
    vectors, bench = Vectors.unchecked(compiled), bench_core(core)
    try:
        measured = measure_model(compiled, bench, "def", vectors, cache=cache, with_stack_bound=True)
        small = measure_model(compiled, bench, "Os", vectors, cache=cache)
        layers = layer_instructions(compiled, bench, "def", vectors, cache=cache)
    except ToolMissing as error:
        return ModelCost(core, missing=str(error))
    return ModelCost(core, measured, small, layers)
