"""What the verify step found: the final firmware on its board, and the sealed test."""

from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.run import RunParity, RunTest
from nanosmith.tools.specs.trial import DeviceReport


class TimelinePoint(Record):
    """One answer of the firmware while it was fed a recording from beginning to end."""

    at: float
    """Seconds from the start, or the sample's index where the data has no rate."""

    label: int
    """Index of the true class at that moment; -1 unlabelled."""

    answer: int
    """Index of the class with the highest output."""

    in_force: int | None = None
    """Index of the class that the device says is there after it; -1 before the first came into force; None where
    nothing decides about answers."""

    @property
    def said(self) -> int:
        """What the device stands for: the class in force, or the answer where nothing decides."""
        return self.answer if self.in_force is None else self.in_force


class Verification(Record):
    """Written once; a resumed run reads it instead of scoring the sealed test again."""

    device: DeviceReport
    parity: RunParity
    test: RunTest
    timeline: tuple[TimelinePoint, ...] = ()
    """From one sealed recording; empty where the data has none."""

    application_lines: tuple[str, ...] = ()
    """What the application said during that recording, cleaned; at most 40 lines."""
