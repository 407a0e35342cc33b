"""Everything that report.html shows; gathered by the report node, read by tools/report."""

from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.base import Bytes, Count, Record
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import Candidate
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.run import RunSummary
from nanosmith.tools.specs.trial import BuildReport, DeviceReport, Trial
from nanosmith.tools.specs.verdict import Verdict
from nanosmith.tools.specs.verification import TimelinePoint


class ReportTrial(Record):
    """One candidate with everything that became of it."""

    candidate: Candidate
    source: str = ""
    """The Keras module that its coder wrote."""

    trial: Trial
    device: DeviceReport | None = None
    failure: str | None = None
    """Why it could not be measured on the board, where it could not."""

    weights: Count = 0
    macs: Count = 0


class ReportLayer(Record):
    """One step of the compiled model and the arena bytes of its output; steps stand in the order they run."""

    name: str
    op: str
    shape: tuple[int, ...]
    """Of its output, without the batch."""

    offset: Bytes
    """Of its output in the arena."""

    size_bytes: Bytes
    last_used: Count | None = None
    """Index of the last step that reads the output; None: unknown, and the page says so."""

    constant_bytes: Bytes = 0
    macs: Count = 0


class ExampleWindow(Record):
    """One window (or picture) of the open part, made small for a picture of it."""

    label: str
    series: tuple[tuple[float, ...], ...] = ()
    """[channels][points] of a series; empty for a picture."""

    pixels: tuple[tuple[tuple[int, int, int], ...], ...] = ()
    """[rows][columns] of red, green, blue, 0 to 255; empty for a series."""


class DataPage(Record):
    """What the page about a data set alone is made of."""

    source: str
    """Name of the folder or file."""

    profile: DataProfile
    baseline: Baseline | None
    no_baseline: str = ""
    """Why there is no yardstick."""

    examples: tuple[ExampleWindow, ...] = ()
    lanes: tuple[str, ...] = ()
    """Names of the channels that the examples show; empty for pictures."""


class ReportCommand(Record):
    """One command that the reader may want to type."""

    title: str
    command: str
    note: str = ""


class ReportData(Record):
    """What one run's page is made of. Whatever a run did not come to is None or empty, and the page says so."""

    summary: RunSummary
    sandboxed: bool = True
    board: Board | None = None
    profile: DataProfile | None = None
    baseline: Baseline | None = None
    trials: tuple[ReportTrial, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    chosen: str | None = None
    """Id of the candidate that the firmware holds."""

    application: Application | None = None
    build: BuildReport | None = None
    constant_bytes: Bytes = 0
    """Weights and parameters of the chosen model in flash."""

    arena_bytes: Bytes = 0
    layers: tuple[ReportLayer, ...] = ()
    timeline: tuple[TimelinePoint, ...] = ()
    """The firmware's answers while one sealed recording was fed to it from beginning to end."""

    application_lines: tuple[str, ...] = ()
    """What the application said during that recording."""

    examples: tuple[ExampleWindow, ...] = ()
    commands: tuple[ReportCommand, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    """Name and version (or digest) of what took part: tools, libraries, seed, data."""
