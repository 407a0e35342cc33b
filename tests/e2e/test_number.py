"""A number learned from a column of the index: a folder of recordings and a sentence, through every real tool."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from nanosmith.tools.specs.run import RunSummary

GOAL = (
    "A scale under a shaking table that estimates the weight in kg, to within 6 kg, and alarms above 70 kg. "
    "16 kB of RAM, 48 kB of flash."
)


@pytest.mark.slow
def test_a_goal_for_a_number_ends_in_firmware_that_tells_it(
    tmp_path: Path, try_one: Callable[..., "CompletedProcess[str]"]
) -> None:
    write_scale(tmp_path / "scale")
    done = try_one(GOAL, "scale", "--board", "mps2_an385")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    summary = RunSummary.model_validate_json((tmp_path / "run" / "run.json").read_bytes())
    assert summary.spec is not None
    assert summary.spec.target is not None
    assert (summary.spec.task, summary.spec.target.name, summary.spec.target.unit) == ("number", "weight_kg", "kg")
    limit = next(item for item in summary.contract if item.name == "mae")
    assert (limit.limit, limit.unit, limit.met) == (6.0, "kg", True)
    assert summary.test is not None
    assert summary.test.evaluation.numbers is not None
    assert summary.test.evaluation.numbers.pairs
    assert summary.parity.device is not None
    assert summary.parity.device.holds
    assert summary.rehearsal is not None
    assert summary.rehearsal.faults == ()
    assert summary.rehearsal.reports > 2
    (limit,) = summary.test.evaluation.numbers.thresholds
    assert (limit.threshold.side, limit.threshold.value) == ("above", 70.0)
    assert limit.beyond + limit.within == summary.test.n
    assert limit.missed + limit.false_alarms < summary.test.n / 3
    page = (tmp_path / "run" / "report.html").read_text()
    assert "What was told for what" in page
    assert "What was taken for what" not in page
    assert "On which side of the limit" in page
    assert "of the plain error gone" in " ".join(done.stdout.split())


def write_scale(folder: Path) -> None:
    """Thirty tables: the heavier, the slower they shake and the more the strain gauge reads; one was not weighed."""
    folder.mkdir()
    rows = ["file,person,weight_kg"]
    for number in range(30):
        random = np.random.default_rng(number)
        weight = 40 + 2 * number + random.normal()
        times = np.arange(768) / 50
        shake = np.sin(2 * np.pi * (5 - 0.03 * weight) * times) + 0.3 * random.standard_normal(768)
        strain = 0.02 * weight + 0.1 * random.standard_normal(768)
        lines = [f"{t:.2f},{x:.4f},{y:.4f}" for t, x, y in zip(times, shake, strain, strict=True)]
        (folder / f"r{number:02}.csv").write_text("\n".join(["time_s,x_acc,strain", *lines]) + "\n")
        rows.append(f"r{number:02}.csv,p{number // 3},{'' if number == 7 else round(weight, 1)}")
    (folder / "index.csv").write_text("\n".join(rows) + "\n")
