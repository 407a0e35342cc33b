"""Live objects the nodes need; rebuilt on resume and never checkpointed."""

import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nanosmith.agents.mind import Mind
from nanosmith.graphs.steering import read_notes
from nanosmith.tools.decisions.library import DecisionLibrary
from nanosmith.tools.errors import RunStopped
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.firmware.emulator import Emulator
from nanosmith.tools.firmware.platformio import PlatformIO
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.run import Usage

FINISH_FILE = "finish"


@dataclass
class Clock:
    """Wall time that a run has used, resumes added up; a jump of the system's clock does not change it."""

    before_s: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def elapsed_s(self) -> float:
        """Seconds since the run began, without the time in which no process drove it."""
        return self.before_s + time.monotonic() - self.started


@dataclass(frozen=True)
class Services:
    """One process's view of one run."""

    folder: RunFolder
    mind: Mind
    sandbox: Sandbox
    cache: Path
    """Host library of the front-ends, PlatformIO's core folder and the counting plugin; shared by all runs."""

    clock: Clock = field(default_factory=Clock)
    spent_before: Usage = field(default_factory=Usage)
    """What earlier processes of this run spent."""

    training_slots: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(1))
    """As many trainings side by side as the user allowed."""

    approvals: frozenset[str] = frozenset()
    """What the user wants to approve before the run goes on: `plan`, `firmware`."""

    asks: bool = False
    """Whether questions go to the user; else the stated defaults are taken."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Set by Ctrl-C: stop at the next safe point; the run stays resumable."""

    @cached_property
    def library(self) -> FrontEndLibrary:
        """Host build of the front-ends that ship."""
        return FrontEndLibrary.build(self.cache / "features")

    @cached_property
    def decisions(self) -> DecisionLibrary:
        """Host build of the decision layer that ships."""
        return DecisionLibrary.build(self.cache / "features")

    @cached_property
    def platformio(self) -> PlatformIO:
        """The real `pio` with our local platform."""
        return PlatformIO.prepare(self.cache / "platformio")

    @cached_property
    def emulator(self) -> Emulator:
        """QEMU with the counting plugin."""
        return Emulator.prepare(self.cache / "emulator")

    def prepare(self) -> None:
        """Find or build everything a run will need, before anything is paid for.

        Raises:
            ToolMissing: Something is not installed; the message holds the command that installs it.

        """
        self.sandbox.verify(self.folder.work / "sandbox-check")
        _ = self.library, self.decisions, self.platformio, self.emulator

    def check_stop(self) -> None:
        """Raise RunStopped where the user asked for a stop."""
        if self.stop.is_set():
            raise RunStopped("stopped as asked")

    def finish_asked(self) -> bool:
        """Whether `nanosmith finish` asked to deliver the best so far."""
        return (self.folder.root / FINISH_FILE).exists()

    def steering(self) -> tuple[str, ...]:
        """What the user wrote to this run with `nanosmith steer`, oldest first."""
        return read_notes(self.folder.root)

    def usage(self) -> Usage:
        """What the run has spent so far, resumes added up."""
        now, before = self.mind.usage, self.spent_before
        known = [cost for cost in (now.cost_usd, before.cost_usd) if cost is not None]
        is_unknown = any(part.calls and part.cost_usd is None for part in (now, before))
        return Usage(
            calls=now.calls + before.calls,
            input_tokens=now.input_tokens + before.input_tokens,
            output_tokens=now.output_tokens + before.output_tokens,
            cost_usd=None if is_unknown or not known else sum(known),
            wall_s=round(self.clock.elapsed_s(), 1),
        )
