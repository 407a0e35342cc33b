"""A run killed with SIGKILL at every node boundary and inside trainings ends as an undisturbed one would have."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOAL = "A wristband that tells rest, swing and shake apart, at most 20 kB of RAM and 60 kB of flash."
QUICK = ("--rounds", "2", "--candidates", "1", "--time-limit", "0")

Decide = Callable[[dict[str, Any]], bool]


def drive(argv: list[str], cache: Path, kill_at: Decide) -> tuple[int, bool]:
    """Run the real command line; SIGKILL it when an event asks for it. Returns exit status and whether it was killed."""
    env = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    process = subprocess.Popen(
        [sys.executable, "-m", "nanosmith.graphs", *argv, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=env,
    )  # fmt: skip
    assert process.stdout is not None
    killed = False
    for line in process.stdout:
        if kill_at(json.loads(line)):
            os.kill(process.pid, signal.SIGKILL)
            killed = True
            break
    _, stderr = process.communicate(timeout=300)
    assert killed or not stderr, stderr
    return process.returncode, killed


class EachOnce:
    """Kill at the first sight of every node of every round, and at the second epoch of the first two trainings."""

    def __init__(self) -> None:
        self.round = 0
        self.seen: set[object] = set()

    def __call__(self, event: dict[str, Any]) -> bool:
        if event["kind"] == "verdict_given":
            self.round = event["round"]
        if event["kind"] == "node_entered":
            return self._first((event["node"], self.round))
        if event["kind"] == "training_progress" and event["point"]["epoch"] >= 2:
            return self._first(("training", event["candidate"], event["part"]))
        return False

    def _first(self, place: object) -> bool:
        is_new = place not in self.seen
        self.seen.add(place)
        return is_new


@pytest.mark.slow
def test_a_run_killed_everywhere_ends_as_if_nothing_had_happened(
    motion_folder: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp().parent / "cache"
    calm, chaos = tmp_path / "calm" / "run", tmp_path / "chaos" / "run"
    begin = ["run", GOAL, "--data", str(motion_folder), *QUICK, "--out"]
    status, _ = drive([*begin, str(calm)], cache, lambda event: False)
    assert status in (0, 3)

    decide = EachOnce()
    kills = 0
    again, killed = drive([*begin, str(chaos)], cache, decide)
    while killed:
        kills += 1
        assert kills < 60, "the run makes no progress between kills"
        again, killed = drive(["resume", str(chaos)], cache, decide)
    assert again == status
    nodes = {place[0] for place in decide.seen if isinstance(place, tuple)}
    assert {"survey", "plan", "propose", "train", "measure", "critique", "firmware", "build", "verify", "report"} <= nodes
    assert kills >= 12

    assert trainings(chaos) == trainings(calm), "a finished training was repeated, or one is missing"
    assert len(set(trainings(chaos))) == len(trainings(chaos))
    for name in ("report.html", "firmware/src/app.c", "firmware/src/model/model.c", "firmware/platformio.ini"):
        assert (chaos / name).read_bytes() == (calm / name).read_bytes(), name
    assert outcome(chaos) == outcome(calm)


def trainings(run: Path) -> list[str]:
    """Keys of the trainings that finished, each as often as it did."""
    lines = (run / "work" / "trainings" / "log.txt").read_text().splitlines()
    return sorted(line.split()[1] for line in lines if line.startswith("finish "))


def outcome(run: Path) -> dict[str, Any]:
    """`run.json` without what a clock wrote."""
    summary: dict[str, Any] = json.loads((run / "run.json").read_text())
    del summary["usage"]["wall_s"]
    return summary
