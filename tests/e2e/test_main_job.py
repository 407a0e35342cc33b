"""The main job with the built-in engineer on a small data set, through the real command line and every real tool."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from nanosmith.tools.specs.run import RunSummary

Done: TypeAlias = "subprocess.CompletedProcess[str]"
GOAL = "A wristband that tells rest, swing and shake apart with 70 % accuracy, 20 kB of RAM and 60 kB of flash."


def nanosmith(*argv: str, cwd: Path) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "nanosmith.graphs", *argv], cwd=cwd, env=dict(os.environ), capture_output=True,
        text=True, timeout=900, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(motion_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    place = tmp_path_factory.mktemp("main")
    done = nanosmith(
        "run", GOAL, "--data", str(motion_folder), "--rounds", "1", "--candidates", "1", "--out", "run", cwd=place
    )
    return place / "run", done


@pytest.mark.slow
def test_it_ends_met_with_proven_firmware(run: tuple[Path, Done]) -> None:
    folder, done = run
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    summary = RunSummary.model_validate_json((folder / "run.json").read_bytes())
    assert summary.status == "met"
    assert summary.stop in ("accepted", "rounds")
    assert all(item.met for item in summary.contract)
    assert summary.test is not None
    assert summary.test.groups == 2, "the two people that the index marks"
    assert summary.parity.device is not None
    assert summary.parity.device.holds
    assert summary.parity.host is None or summary.parity.host.holds
    assert summary.device is not None
    assert 0 < summary.device.ram_bytes < 20_000
    assert summary.device.instructions > 1_000
    assert {"report.html", "firmware/platformio.ini"} <= {artifact.path for artifact in summary.artifacts}


@pytest.mark.slow
def test_the_first_line_says_who_thinks(run: tuple[Path, Done]) -> None:
    _, done = run
    head = done.stdout[:600]
    assert "built-in engineer" in head
    assert "no language model is configured" in head


@pytest.mark.slow
def test_no_sealed_recording_reached_training(run: tuple[Path, Done]) -> None:
    folder, _ = run
    opened = json.loads((folder / "data" / "open" / "windows.json").read_text())["group_names"]
    sealed = json.loads((folder / "data" / "sealed" / "windows.json").read_text())["group_names"]
    assert sorted(sealed) == ["p3", "p7"]
    assert not set(opened) & set(sealed)
    profile = next((folder / "artifacts").rglob("*-profile.json")).read_text()
    assert '"p3"' not in profile
    assert '"p7"' not in profile


@pytest.mark.slow
def test_it_can_be_shown_and_listed_again(run: tuple[Path, Done]) -> None:
    folder, done = run
    shown = nanosmith("show", str(folder), "--plain", cwd=folder.parent)
    assert shown.stdout == done.stdout
    events = [
        json.loads(line) for line in nanosmith("show", str(folder), "--json", cwd=folder.parent).stdout.splitlines()
    ]
    assert [e["kind"] for e in (events[0], events[-1])] == ["run_started", "run_finished"]


@pytest.mark.slow
def test_resuming_a_finished_run_says_so_and_does_nothing(run: tuple[Path, Done]) -> None:
    folder, _ = run
    before = outcome(folder)
    again = nanosmith("resume", str(folder), cwd=folder.parent)
    assert again.returncode == 0, again.stdout + again.stderr
    assert outcome(folder) == before


def outcome(run: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((run / "run.json").read_text())
    del summary["usage"]
    return summary


@pytest.mark.slow
def test_a_goal_that_can_not_be_met_ends_with_the_best_found_and_the_distance(
    motion_folder: Path, tmp_path: Path
) -> None:
    goal = "A wristband that tells rest, swing and shake apart with 99.9 % accuracy in 300 bytes of RAM."
    done = nanosmith(
        "run", goal, "--data", str(motion_folder), "--rounds", "1", "--candidates", "1", "--out", "run", cwd=tmp_path
    )
    assert done.returncode == 3, done.stdout[-3000:] + done.stderr
    summary = RunSummary.model_validate_json((tmp_path / "run" / "run.json").read_bytes())
    assert summary.status == "not_met"
    ram = next(item for item in summary.contract if item.name == "ram_bytes")
    assert ram.limit == 300
    assert ram.met is False
    assert ram.measured is not None
    assert ram.measured > 300
    assert "over 300 B" in summary.message
    assert (tmp_path / "run" / "report.html").is_file()
    assert (tmp_path / "run" / "firmware" / "src" / "app.c").is_file(), "the best found is delivered all the same"
