"""The decision layer that ships, built for the host: scores of reports come from the very C that the device runs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cffi
import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.host_library import HostSources, declarations
from nanosmith.tools.specs.decision import Decision

FOLDER = Path(__file__).resolve().parents[2] / "firmware_templates" / "decision"
_FLAGS = ("-std=c11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
_SHIPPED = ("ns_decision.h", "ns_decision.c")
_HOST = ("host/ns_decision_batch.h", "host/ns_decision_batch.c")
GAP, BEGINNING = 1, 2
"""What may lie before an answer; 0: nothing."""


def decision_sources() -> dict[str, str]:
    """`ns_decision.h` and `ns_decision.c`, which go along with the firmware."""
    return {name: (FOLDER / name).read_text(encoding="utf-8") for name in _SHIPPED}


def _on_the_host() -> HostSources:
    host = {name: (FOLDER / name).read_text(encoding="utf-8") for name in _HOST}
    return HostSources("decision", decision_sources() | host, _FLAGS, needed_for="decisions on this computer")


@dataclass(frozen=True)
class DecisionLibrary:
    """Decisions as the device makes them."""

    _ffi: Any = field(repr=False, compare=False)
    _lib: Any = field(repr=False, compare=False)

    @classmethod
    def build(cls, cache: Path) -> "DecisionLibrary":
        """Compile the C once into the folder `cache`, under a name that its sources decide, and open it.

        Raises:
            ToolMissing: There is no gcc.
            CommandFailed: It refuses the sources.

        """
        sources = _on_the_host()
        path = sources.build(cache)
        ffi: Any = cffi.FFI()
        ffi.cdef(declarations([text for name, text in sources.files.items() if name.endswith(".h")]))
        return cls(ffi, ffi.dlopen(str(path.resolve())))

    def in_force(
        self, decision: Decision, scores: NDArray[np.int8], breaks: NDArray[np.uint8] | None = None
    ) -> NDArray[np.int32]:
        """The class that the device says is there after each answer.

        Args:
            decision: The parameters.
            scores: int8 [n, classes], the model's answers in order of time.
            breaks: uint8 [n], what lies before each answer: 0, `GAP` in the samples, or the `BEGINNING` of another
                recording. None: one recording without a gap.

        Returns:
            int32 [n]; -1 before the first class came into force.

        """
        ffi, (count, classes) = self._ffi, scores.shape
        held = np.ascontiguousarray(scores, np.int8)
        between = np.zeros(count, np.uint8) if breaks is None else np.ascontiguousarray(breaks, np.uint8)
        if len(between) != count:
            raise ValueError(f"{len(between)} breaks for {count} answers")
        found = np.empty(count, np.int32)
        answers = {
            "scores": ffi.from_buffer("int8_t[]", held), "breaks": ffi.from_buffer("uint8_t[]", between),
            "count": count,
        }  # fmt: skip
        self._lib.ns_decision_batch(
            ffi.new("ns_decision *", decision_settings(decision, classes)), ffi.new("ns_decision_answers *", answers),
            ffi.new("uint32_t[]", classes), ffi.from_buffer("int32_t[]", found, require_writable=True),
        )  # fmt: skip
        return found


def decision_settings(decision: Decision, classes: int) -> dict[str, int]:
    """Members of `ns_decision`."""
    return {
        "classes": classes, "resting": -1 if decision.resting is None else decision.resting,
        "weight": decision.weight, "enter": decision.enter, "leave": decision.leave, "shortest": decision.shortest,
        "refractory": decision.refractory,
    }  # fmt: skip
