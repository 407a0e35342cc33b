"""What the page says in words and numbers, worked out from the records; no markup here."""

from dataclasses import dataclass
from typing import Literal

from nanosmith.tools.report.wording import limit_of, measured_of, outcome_of, score, title_of
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.report import ReportData
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import Metric, Parity

_HEADLINES = {
    Status.MET: ("Contract met", "met"),
    Status.NOT_MET: ("Contract not met", "missed"),
    Status.STOPPED: ("Stopped before the end", "open"),
    Status.FAILED: ("The run failed", "missed"),
    Status.RUNNING: ("Still running", "open"),
}
_SOURCES = {
    "flash_bytes": "read from the linked image",
    "ram_bytes": "static data, arena and stack of the emulated firmware",
    "latency_ms": "estimated from instructions counted on the emulated core",
}


@dataclass(frozen=True)
class Tile:
    """One limit of the contract as the page shows it."""

    title: str
    measured: str
    limit: str
    outcome: str
    tone: str
    source: str
    used: float | None
    """Share of an upper limit in percent, at most 100; None where a bar would say nothing."""

    strip: "Strip | None"


@dataclass(frozen=True)
class Strip:
    """A score with its interval and its limit on one scale; positions in percent."""

    value: float
    low: float | None
    high: float | None
    limit: float | None
    said: str


def headline(data: ReportData) -> tuple[str, str]:
    """The page's first words and their tone: met, missed or open."""
    return _HEADLINES[data.summary.status]


def tiles(data: ReportData) -> list[Tile]:
    """The contract's limits in their order."""
    return [_tile(data, item) for item in data.summary.contract]


def _tile(data: ReportData, item: ContractItem) -> Tile:
    share = None
    if not item.at_least and item.measured is not None and item.limit > 0:
        share = min(100.0, 100 * item.measured / item.limit)
    return Tile(
        title=title_of(item.name),
        measured=measured_of(item),
        limit=limit_of(item),
        outcome=outcome_of(item),
        tone={True: "met", False: "missed", None: "open"}[item.met],
        source=_SOURCES.get(item.name, "the sealed test, scored once"),
        used=share,
        strip=_strip_of_item(data, item),
    )


def _strip_of_item(data: ReportData, item: ContractItem) -> Strip | None:
    test = data.summary.test
    found = [m for m in test.metrics if m.name == item.name] if test is not None else []
    return strip(found[0], item.limit) if found else None


def strip(metric: Metric, limit: float | None) -> Strip:
    """Where a metric, its interval and its limit stand on a scale that ends at 1; of an error, that begins at 0."""
    low = metric.interval.low if metric.interval else None
    high = metric.interval.high if metric.interval else None
    known = [v for v in (metric.value, low, high, limit) if v is not None]
    is_error = metric.name in ("mae", "rmse")
    start = 0.0 if is_error else max(0.0, min(0.9, min(known) - 0.05))
    end = 1.1 * max(known) or 1.0 if is_error else 1.0

    def at(value: float | None) -> float | None:
        return None if value is None else round(100 * min(1.0, max(0.0, (value - start) / (end - start))), 2)

    shown = (f"{v:.4g}" if is_error and v is not None else score(v) for v in (low, high))
    said = f"{'–'.join(shown)} ({metric.interval.level:.0%} interval)" if metric.interval else "no interval"
    return Strip(at(metric.value) or 0.0, at(low), at(high), at(limit), said)


def parity_rows(data: ReportData) -> list[tuple[str, str, str]]:
    """What was compared with what, the outcome, and its tone."""
    parity = data.summary.parity
    pairs = (
        ("Emitted C on the host against TensorFlow Lite Micro’s reference kernels", parity.host),
        ("Firmware on the emulated board against the host", parity.device),
    )
    rows = [(name, *_parity(found)) for name, found in pairs]
    if parity.timed is not None:
        said, tone = _parity(parity.timed)
        rows.append(
            (
                "Of these, over a sealed recording with its irregular times and a hole, resampled on the board",
                said,
                tone,
            )
        )
    if parity.decisions is not None:
        said, tone = _parity(parity.decisions)
        rows.append(("Class in force over a whole sealed recording, board against host", said, tone))
    return rows


def _parity(parity: Parity | None) -> tuple[str, str]:
    if parity is None or parity.compared == 0:
        return "not compared", "open"
    said = f"{parity.equal:,} of {parity.compared:,} answers equal, byte for byte"
    return said, "met" if parity.holds else "missed"


def estimates(data: ReportData) -> list[str]:
    """Everything on the page that was not measured on the real thing, a sentence each."""
    device, said = data.summary.device, []
    if device is not None:
        said.append(f"The firmware ran on an emulated board ({device.emulated_on}); no real board took part.")
        said.append(
            f"Latency is estimated: {device.instructions:,} instructions for one answer, counted exactly by the "
            f"emulator, turned into {device.latency_ms:.3g} ms by assumption ({device.latency_assumption})."
        )
        said.append(
            "Stack use is the high-water mark of the emulated runs; RAM is static data, arena and that mark together."
        )
    emulation = data.board.emulation if data.board else None
    if emulation is not None and not emulation.is_exact:
        difference = f": {emulation.note}" if emulation.note else "."
        said.append(f"The emulated machine has the board’s core, but is not the board{difference}")
    if any(t.trial.int8 for t in data.trials):
        said.append(
            "Scores of trials are out-of-fold on the open part; only the chosen candidate saw the sealed part, once."
        )
    if data.summary.spec is not None and data.summary.spec.window.around_events:
        said.append(
            "Scores are of windows that stand around annotated events. The firmware answers every hop: finding the "
            "moments at which its answer counts was not part of the test."
        )
    if data.summary.test is not None:
        said.append("Intervals come from a bootstrap; whole groups are resampled where the data has groups.")
    return said


def budget_of(data: ReportData, name: Literal["flash_bytes", "ram_bytes"]) -> tuple[int | None, str]:
    """The contract's budget for a memory, or else the whole of the board's; and whose it is."""
    named: int | None = getattr(data.summary.spec.budget, name) if data.summary.spec else None
    if named is not None or data.board is None:
        return named, "the contract’s"
    whole: int = getattr(data.board, name)
    return whole, "all the board has"


def sealed_note(data: ReportData) -> str:
    """How the sealed part was kept away, for the section of the sealed test."""
    profile = data.profile
    if profile is None:
        return ""
    source = "marked in the data" if profile.split_source == "marked" else f"chosen {profile.split_source}"
    groups = f"{profile.sealed_groups} sealed {profile.group_kind}s" if profile.group_kind else "the sealed recordings"
    return (
        f"Measured on {groups} ({source}). No agent, and no training run, was given any of them; they were scored once."
    )
