"""Trials as critic and coder read them."""

from typing import Any

from nanosmith.agents.coder import TrialDigest
from nanosmith.tools.specs.candidate import RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.trial import CurvePoint, DeviceReport, Parity


def make_trial(number: int = 1, score: float | None = 0.9, **more: Any) -> TrialDigest:
    """One complete trial; keywords replace fields."""
    values: dict[str, Any] = {
        "candidate": f"c{number:02}", "round": number, "idea": f"network {number}", "parameters": {},
        "front_end": RawFrontEnd(), "training": TrainingSettings(), "status": "complete", "reason": None,
        "score": score, "score_low": None if score is None else score - 0.03, "float_score": score,
        "train_accuracy": None if score is None else min(1.0, score + 0.03), "recall": {}, "confused": (), "curve": (),
        "weights": 3000, "macs": 90_000, "device": make_device(number), "fits_budget": True,
    }  # fmt: skip
    return TrialDigest.model_validate(values | more)


def make_device(number: int = 1, *, flash: int = 30_000, ram: int = 9_000, latency_ms: float = 4.0) -> DeviceReport:
    return DeviceReport(
        candidate=f"c{number:02}", board="mps2_an386", flash_bytes=flash, ram_bytes=ram, static_ram_bytes=ram - 1000,
        arena_bytes=ram // 2, stack_bytes=1000, instructions=90_000, latency_ms=latency_ms, latency_assumption="",
        parity=Parity(compared=10, equal=10), emulated_on="mps2-an386",
    )  # fmt: skip


def make_curve(validation: list[float], train: list[float] | None = None) -> tuple[CurvePoint, ...]:
    shown = train or validation
    return tuple(
        CurvePoint(epoch=epoch, loss=1.0, train=shown[epoch], validation=value)
        for epoch, value in enumerate(validation)
    )
