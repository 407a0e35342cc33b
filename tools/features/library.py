"""The same C that ships, built for the host: what training and the parity check compute features with.

Bound by cffi in ABI mode: nothing but the compiler's output is needed to use it, so a library that was built outside
opens inside the sandbox, where no compiler runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cffi
import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.errors import RunError
from nanosmith.tools.features.layout import (
    Layout,
    front_end_ram_bytes,
    gain_and_offset,
    layout_of,
    step_parameters,
)
from nanosmith.tools.features.parameters import Field, StepParameters
from nanosmith.tools.features.sources import all_sources
from nanosmith.tools.host_library import HostSources, declarations
from nanosmith.tools.specs.candidate import FittedFrontEnd, FrontEnd
from nanosmith.tools.specs.time_grid import TimeGrid

__all__ = ["FrontEndLibrary", "front_end_ram_bytes"]

_FLAGS = ("-std=c11", "-O2", "-ffp-contract=off", "-fPIC", "-shared", "-Wall", "-Wextra", "-Wpedantic")


@dataclass(frozen=True)
class FrontEndLibrary:
    """Front-ends as the device computes them. Calls may run side by side on several threads."""

    path: Path
    """The shared object."""

    _ffi: Any = field(repr=False, compare=False)
    _lib: Any = field(repr=False, compare=False)

    @classmethod
    def build(cls, cache: Path) -> "FrontEndLibrary":
        """Compile the C once into the folder `cache`, under a name that its sources decide, and open it.

        Raises:
            ToolMissing: There is no gcc.
            CommandFailed: It refuses the sources.

        """
        sources = _on_the_host()
        return cls.open(sources.build(cache, f'-DNS_BATCH_KEY="{sources.key}"'))

    @classmethod
    def open(cls, path: Path) -> "FrontEndLibrary":
        """Open a library that `build` made; no compiler is needed.

        Raises:
            RunError: It is missing, damaged, or was built from other sources than these.

        """
        ffi: Any = cffi.FFI()
        sources = _on_the_host()
        ffi.cdef(declarations([text for name, text in _in_order(sources.files) if name.endswith(".h")]))
        try:
            lib = ffi.dlopen(str(path.resolve()))
            found = ffi.string(lib.ns_batch_key()).decode()
        except (OSError, AttributeError) as error:
            raise RunError(f"the front-end library {path} can't be opened: {error}") from error
        if found != sources.key:
            raise RunError(f"the front-end library {path} was built from other sources; build it again")
        return cls(path, ffi, lib)

    def features(self, front_end: FrontEnd, windows: NDArray[np.generic], rate_hz: float | None) -> NDArray[np.float32]:
        """Features before normalization and quantization.

        Args:
            front_end: Any kind.
            windows: [n, *sample_shape], uint8 or anything that float32 holds; a memory map is read as it is.
            rate_hz: Samples a second, for kinds that need it.

        Returns:
            float32 [n, *feature_shape].

        Raises:
            ValueError: The front-end does not fit the windows or the rate.

        """
        call = _Call.of(self, front_end, windows.shape[1:], rate_hz)
        features = np.empty((len(windows), call.layout.rows, call.layout.columns), np.float32)
        batch = call.batch(windows)
        memory = call.new("float[]", max(1, call.layout.memory_floats + (call.layout.finish_floats or 0)))
        target = self._ffi.from_buffer("float[]", features, require_writable=True)
        if not self._lib.ns_batch_features(call.front_end(), batch, memory, target):
            raise RuntimeError("the C gave another number of rows than feature_shape says")
        return features.reshape(len(windows), *call.feature_shape)

    def resampled(
        self, samples: NDArray[np.float32], times_us: NDArray[np.uint32], grid: TimeGrid
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A series on a uniform grid, as `ns_resample` puts it there on the device.

        `tools/data/on_grid.py` is the same without a compiler.

        Args:
            samples: float32 [n, channels].
            times_us: Microseconds of each, of a clock that runs over at 2^32. Late and repeated samples are dropped.
            grid: Its step, and the hole behind which it starts anew.

        Returns:
            float32 [made, channels], and bool [made]: true where the grid starts, at the first sample and behind holes.

        Raises:
            ValueError: Shapes don't fit, or holes would be filled with more than the memory holds.

        """
        if samples.ndim != 2 or times_us.shape != samples.shape[:1]:
            raise ValueError(f"{times_us.shape} times for samples {samples.shape}")
        settings = {"channels": samples.shape[1], **grid.model_dump()}
        steps = np.diff(times_us)  # modulo 2^32, as in C
        filled = steps[steps <= grid.longest_gap_us].astype(np.float64).sum() * 2**16 / grid.step_q16
        room = int(filled) + len(samples) + 1
        made, restarts = np.zeros((room, samples.shape[1]), np.float32), np.zeros(room, np.uint8)
        held = np.ascontiguousarray(samples, np.float32), np.ascontiguousarray(times_us, np.uint32)
        ffi = self._ffi
        series = ffi.new("ns_batch_times *", {
            "samples": ffi.from_buffer("float[]", held[0]), "times_us": ffi.from_buffer("uint32_t[]", held[1]),
            "count": len(samples),
        })  # fmt: skip
        count = self._lib.ns_batch_resample(
            ffi.new("ns_resample *", settings), series, ffi.new("float[]", 2 * samples.shape[1]),
            ffi.from_buffer("float[]", made, require_writable=True),
            ffi.from_buffer("uint8_t[]", restarts, require_writable=True), room,
        )  # fmt: skip
        return made[:count], restarts[:count].astype(bool)

    def quantized(self, fitted: FittedFrontEnd, windows: NDArray[np.generic]) -> NDArray[np.int8]:
        """Model inputs as the device computes them: each window through the streaming interface, from its start.

        Args:
            fitted: Front-end, statistics and quantization.
            windows: [n, *sample_shape], as in `features`.

        Returns:
            int8 [n, *feature_shape].

        Raises:
            ValueError: The windows or the record do not fit together.

        """
        if windows.shape[1:] != fitted.sample_shape:
            raise ValueError(f"windows of shape {windows.shape[1:]}, fitted to {fitted.sample_shape}")
        call = _Call.of(self, fitted.front_end, fitted.sample_shape, fitted.rate_hz)
        inputs = np.empty((len(windows), call.layout.rows, call.layout.columns), np.int8)
        batch = call.batch(windows)
        words = call.new("uint32_t[]", call.layout.state_bytes // 4)
        state = self._ffi.cast("ns_front_end_state *", words)
        target = self._ffi.from_buffer("int8_t[]", inputs, require_writable=True)
        if not self._lib.ns_batch_quantized(call.front_end(*gain_and_offset(fitted)), batch, state, target):
            raise RuntimeError("the C was not ready at the end of a window")
        return inputs.reshape(len(windows), *call.feature_shape)


@dataclass(frozen=True)
class _Call:
    """C structs of one call, and whatever they point to."""

    library: FrontEndLibrary
    layout: Layout
    parameters: StepParameters
    feature_shape: tuple[int, ...]
    kept: list[object] = field(default_factory=list)

    @classmethod
    def of(
        cls, library: FrontEndLibrary, front_end: FrontEnd, sample_shape: tuple[int, ...], rate_hz: float | None
    ) -> "_Call":
        layout = layout_of(front_end, sample_shape)
        colors = layout.columns // layout.statistics
        shape = (layout.rows, colors, layout.statistics) if layout.whole_windows else (layout.rows, layout.columns)
        return cls(library, layout, step_parameters(front_end, sample_shape, rate_hz), shape)

    def new(self, c_type: str, initializer: object) -> Any:
        """A C object that lives as long as the call."""
        made = self.library._ffi.new(c_type, initializer)
        self.kept.append(made)
        return made

    def pointer(self, array: NDArray[Any]) -> Any:
        """The memory of an array that lives as long as the call."""
        c_type = "float[]" if array.dtype == np.float32 else f"{array.dtype.name}_t[]"
        made = self.library._ffi.from_buffer(c_type, array)
        self.kept.extend((array, made))
        return made

    def batch(self, windows: NDArray[np.generic]) -> Any:
        is_bytes = windows.dtype == np.uint8
        samples = self.pointer(np.ascontiguousarray(windows, np.uint8 if is_bytes else np.float32))
        null = self.library._ffi.NULL
        return self.new("ns_batch_windows *", {
            "floats": null if is_bytes else samples, "bytes": samples if is_bytes else null,
            "sample": self.new("float[]", self.layout.sample_floats),
            "count": len(windows), "samples": self.layout.samples, "sample_floats": self.layout.sample_floats,
        })  # fmt: skip

    def front_end(self, gain: NDArray[np.float32] | None = None, offset: NDArray[np.float32] | None = None) -> Any:
        ffi, finish = self.library._ffi, self.parameters.finish
        return self.new("ns_front_end *", {
            "step": self.function(self.parameters, "step"), "parameters": self.struct(self.parameters),
            "finish": ffi.NULL if finish is None else self.function(finish, "finish"),
            "survey": self.function(finish, "survey") if finish is not None and finish.surveys else ffi.NULL,
            "finish_parameters": ffi.NULL if finish is None else self.struct(finish),
            "gain": ffi.NULL if gain is None else self.pointer(gain),
            "offset": ffi.NULL if offset is None else self.pointer(offset),
            "statistics": self.layout.statistics, "rows": self.layout.rows, "columns": self.layout.columns,
            "memory_floats": self.layout.memory_floats, "finish_floats": self.layout.finish_floats or 0,
            "whole_windows": self.layout.whole_windows,
        })  # fmt: skip

    def function(self, parameters: StepParameters, name: str) -> Any:
        return self.library._ffi.addressof(self.library._lib, f"ns_{parameters.kind}_{name}")

    def struct(self, parameters: StepParameters) -> Any:
        members: dict[str, Any] = {}
        for entry in parameters.fields:
            members |= self.members(entry)
        return self.new(f"ns_{parameters.kind} *", members)

    def members(self, entry: Field) -> dict[str, Any]:
        if isinstance(entry.value, StepParameters):
            inner = self.struct(entry.value)
            return {entry.name: self.function(entry.value, "step"), f"{entry.name}_parameters": inner}
        return {entry.name: self.pointer(entry.value) if isinstance(entry.value, np.ndarray) else entry.value}


def _on_the_host() -> HostSources:
    return HostSources("front_end", all_sources(), _FLAGS, needed_for="the front-ends on this computer")


def _in_order(sources: Mapping[str, str]) -> list[tuple[str, str]]:
    """The common header first, since the others use its types, and the host's last, which uses theirs."""
    return sorted(sources.items(), key=lambda item: (item[0] != "ns_front_end.h", item[0].startswith("host/"), item[0]))
