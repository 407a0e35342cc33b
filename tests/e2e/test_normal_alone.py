"""An alarm learned from normal recordings alone: a folder `normal` and a sentence, through every real tool."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from nanosmith.tools.specs.run import RunSummary

GOAL = "A fan monitor that raises an alarm when something is abnormal, 20 % false alarms, 16 kB of RAM, 48 kB of flash."


@pytest.mark.slow
def test_normal_recordings_alone_end_in_a_proven_detector(
    tmp_path: Path, try_one: Callable[..., "CompletedProcess[str]"]
) -> None:
    for number in range(6):
        write_fan(tmp_path / "fan" / "normal" / f"run{number}.csv", number)
    done = try_one(GOAL, "fan")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    summary = RunSummary.model_validate_json((tmp_path / "run" / "run.json").read_bytes())
    assert "false_alarm_rate" in {item.name for item in summary.contract}
    assert "missed_alarm_rate" not in {item.name for item in summary.contract}, "nothing abnormal was recorded"
    assert summary.spec is not None
    assert (summary.spec.task, summary.spec.classes) == ("anomaly", ("normal", "abnormal"))
    assert summary.parity.device is not None
    assert summary.parity.device.holds


def write_fan(path: Path, number: int) -> None:
    """Forty seconds of a fan that turns at about 7 Hz: two axes at 50 Hz, no label."""
    random = np.random.default_rng(number)
    times = np.arange(2_000) / 50
    turns = 2 * np.pi * 7 * (1 + 0.01 * random.standard_normal()) * times
    axes = np.stack([np.sin(turns), 0.5 * np.sin(2 * turns)], axis=1) + 0.3 * random.standard_normal((2_000, 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{t:.2f},{x:.4f},{y:.4f}\n" for t, (x, y) in zip(times, axes, strict=True))
    path.write_text("time_s,x_acc,y_acc\n" + rows)
