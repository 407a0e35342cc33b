"""Names and numbers as people read them; the trace and the report say the same thing the same way."""

from nanosmith.tools.specs.candidate import FrontEnd, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd
from nanosmith.tools.specs.run import ContractItem

_TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "balanced_accuracy": "balanced accuracy",
    "flash_bytes": "flash",
    "ram_bytes": "RAM",
    "latency_ms": "latency",
}


def title_of(name: str) -> str:
    """A limit's or metric's name for people; an unknown name stays as it is."""
    return _TITLES.get(name, name)


def amount(value: float, unit: str = "") -> str:
    """A number with its unit: whole above 100 or when it is whole, else four significant places."""
    if unit == "B":
        return f"{value:,.0f} B"
    if unit:
        return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"
    return score(value) if abs(value) <= 1 else f"{value:,.4g}"


def score(value: float | None) -> str:
    """A share between 0 and 1 with four places; an em dash where it was not measured."""
    return "—" if value is None else f"{value:.4f}"


def limit_of(item: ContractItem) -> str:
    """Such as `≥ 0.8500` or `≤ 24,576 B`."""
    return f"{'≥' if item.at_least else '≤'} {amount(item.limit, item.unit)}"


def measured_of(item: ContractItem) -> str:
    """What was measured, or that nothing was."""
    return "not measured" if item.measured is None else amount(item.measured, item.unit)


def outcome_of(item: ContractItem) -> str:
    """`met`, `not met` with the distance, or `not measured`."""
    if item.met is None or item.measured is None:
        return "not measured"
    if item.met:
        return "met"
    way = "short" if item.at_least else "over"
    return f"not met: {amount(abs(item.measured - item.limit), item.unit)} {way}"


def describe_front_end(front_end: FrontEnd) -> str:
    """A feature front-end in a few words."""
    match front_end:
        case RawFrontEnd(decimate=1):
            return "raw samples"
        case RawFrontEnd(decimate=n):
            return f"raw samples, averaged by {n}"
        case LogMelFrontEnd() as mel:
            return f"{mel.bands} log-mel bands {mel.low_hz:g}–{mel.high_hz:g} Hz, frame {mel.frame}, hop {mel.hop}"
        case ImageFrontEnd() as image:
            return f"{image.width}×{image.height} {'gray' if image.gray else 'color'} picture"
