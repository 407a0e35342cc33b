"""The contract as numbers: which limits there are, what was measured, what is met."""

from collections.abc import Mapping
from types import MappingProxyType

from nanosmith.tools.report.wording import amount, title_of
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import Spec, fewest_to_promise
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import DeviceReport

_RATES = ("false_alarm_rate", "missed_alarm_rate")
PER_HOUR = "false_alarms_per_hour"
_NO_BUDGETS = (*_RATES, PER_HOUR, "mae", "rmse")


def latency_limit_ms(spec: Spec) -> float | None:
    """The goal's latency, or the time between two answers where it asks for a rate of them."""
    if spec.budget.latency_ms is not None:
        return spec.budget.latency_ms
    return None if spec.answers_per_s is None else 1000.0 / spec.answers_per_s


def check_contract(
    spec: Spec, board: Board, *, score: float | None, device: DeviceReport | None,
    rates: Mapping[str, float] = MappingProxyType({}),
) -> tuple[ContractItem, ...]:  # fmt: skip
    """Every limit of the contract beside what was measured; unmeasured limits are neither met nor missed.

    A budget that the goal does not name is the board's own memory. `score` is the spec's metric, a share or in a
    number's unit; `rates` are other metrics by name, of which an anomaly task limits the false and the missed alarms,
    and any goal may limit the false alarms an hour.
    """
    unit = "" if spec.target is None else spec.target.unit or spec.target.name
    items = [_item(spec.metric, spec.metric_limit, score, at_least=spec.direction == "maximize", unit=unit)]
    if spec.alarms is not None:
        items.append(_item(_RATES[0], spec.alarms.false_alarms, rates.get(_RATES[0])))
        if spec.alarms.missed_alarms is not None:
            items.append(_item(_RATES[1], spec.alarms.missed_alarms, rates.get(_RATES[1])))
    if spec.false_alarms_per_hour is not None:
        items.append(_item(PER_HOUR, spec.false_alarms_per_hour, rates.get(PER_HOUR)))
    flash = board.flash_bytes if spec.budget.flash_bytes is None else spec.budget.flash_bytes
    ram = board.ram_bytes if spec.budget.ram_bytes is None else spec.budget.ram_bytes
    items.append(_item("flash_bytes", flash, None if device is None else device.flash_bytes, unit="B"))
    items.append(_item("ram_bytes", ram, None if device is None else device.ram_bytes, unit="B"))
    latency = latency_limit_ms(spec)
    if latency is not None:
        items.append(_item("latency_ms", latency, None if device is None else device.latency_ms, unit="ms"))
    return tuple(items)


def too_few_to_promise(spec: Spec, profile: DataProfile) -> str | None:
    """What is to be said where there are too few normal recordings to promise the false alarms; None elsewhere."""
    normal = next((found for found in profile.classes if spec.classes and found.name == spec.classes[0]), None)
    if spec.alarms is None or normal is None:
        return None
    count, kind = (
        (normal.recordings, "recording") if profile.group_kind is None else (normal.groups, profile.group_kind)
    )
    needed = fewest_to_promise(spec.alarms.false_alarms)
    if count >= needed:
        return None
    how = f"how much these {count} differ" if count > 1 else "this one alone"
    return (
        f"{spec.alarms.false_alarms:.3g} of false alarms can't be promised for another {kind}: that takes {needed} in "
        f"normal operation to learn from, and there are {count}; the threshold is set by {how}"
    )


def contract_is_met(items: tuple[ContractItem, ...]) -> bool:
    """Whether every limit was measured and met."""
    return all(item.met is True for item in items)


def overrun(items: tuple[ContractItem, ...]) -> float:
    """How far the worst budget is passed, as a share of it; 0 where all hold or none was measured.

    Rates of alarms are no budgets, since one can be bought with the other, and neither is the error of a number.
    """
    shares = [
        item.measured / item.limit - 1 if item.limit > 0 else float(item.measured > 0)
        for item in items
        if not item.at_least and item.measured is not None and item.name not in _NO_BUDGETS
    ]
    return max([0.0, *shares])


def distance(items: tuple[ContractItem, ...]) -> str:
    """What is missed and by how much, and what was not measured; empty where all is met."""
    parts = []
    for item in items:
        if item.measured is None:
            parts.append(f"{title_of(item.name)} could not be measured")
        if item.met is not False or item.measured is None:
            continue
        gap = amount(abs(item.measured - item.limit), item.unit)
        way = "short of" if item.at_least else "over"
        measured, limit = amount(item.measured, item.unit), amount(item.limit, item.unit)
        parts.append(f"{title_of(item.name)} {measured} is {gap} {way} {limit}")
    return "; ".join(parts)


def _item(name: str, limit: float, measured: float | None, *, at_least: bool = False, unit: str = "") -> ContractItem:
    met = None if measured is None else (measured >= limit if at_least else measured <= limit)
    return ContractItem(name=name, limit=limit, at_least=at_least, unit=unit, measured=measured, met=met)
