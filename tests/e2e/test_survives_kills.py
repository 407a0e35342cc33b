"""A run killed with SIGKILL at every node boundary and inside trainings ends as an undisturbed one would have.

All four agents think through a real HTTP endpoint on loopback, so that calls can be counted where they arrive.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAiServer, Request
from scripted_engineer import scripted_engineer

GOAL = "A wristband that tells rest, swing and shake apart, at least 20 % accuracy, 20 kB of RAM, 60 kB of flash."
NODES = {"survey", "plan", "propose", "train", "measure", "critique", "firmware", "build", "verify", "report"}

Decide = Callable[[dict[str, Any]], bool]


@dataclass
class SlowEngineer:
    """Answers after a moment, so that a call killed in flight is told from an answered one."""

    asked: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)
    interrupted: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request) -> str:
        self.asked[request.prompt] += 1
        self.in_flight[request.prompt] += 1
        time.sleep(0.7)
        self.in_flight[request.prompt] -= 1
        return scripted_engineer(request)

    def note_kill(self) -> None:
        """Calls that no answer will reach."""
        self.interrupted += self.in_flight


@dataclass
class EachOnce:
    """Kill at the first sight of every node, and at the second epoch of two trainings."""

    seen: set[object] = field(default_factory=set)

    def __call__(self, event: dict[str, Any]) -> bool:
        if event["kind"] == "node_entered":
            place: object = event["node"]
        elif event["kind"] == "training_progress" and event["point"]["epoch"] >= 2 and event["part"][:6] in PARTS:
            place = event["part"]
        else:
            return False
        is_new = place not in self.seen
        self.seen.add(place)
        return is_new


PARTS = {"fold 1", "final,"}


def drive(argv: list[str], endpoint: str, kill_at: Decide) -> tuple[int, bool]:
    """Run the real command line, SIGKILL it when an event asks for it; exit status and whether it was killed."""
    env = {
        **os.environ, "NANOSMITH_LLM_BASE_URL": endpoint, "NANOSMITH_LLM_MODEL": "tiny-test",
        "NANOSMITH_LLM_API_KEY": "test-key",
    }  # fmt: skip
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


@pytest.mark.slow
def test_a_run_killed_everywhere_ends_as_if_nothing_had_happened(motion_folder: Path, tmp_path: Path) -> None:
    calm, chaos = tmp_path / "calm" / "run", tmp_path / "chaos" / "run"
    begin = [
        "run",
        GOAL,
        "--data",
        str(motion_folder),
        "--rounds",
        "1",
        "--candidates",
        "1",
        "--time-limit",
        "0",
        "--out",
    ]
    engineer = SlowEngineer()
    with OpenAiServer(engineer) as server:
        assert drive([*begin, str(calm)], server.url, lambda event: False) == (0, False)
        calls = len(server.requests)
        assert calls >= 4
        assert set(engineer.asked.values()) == {1}

        engineer.asked.clear()
        decide = EachOnce()
        kills = 0
        status, killed = drive([*begin, str(chaos)], server.url, decide)
        while killed:
            kills += 1
            engineer.note_kill()
            assert kills < 30, "the run makes no progress between kills"
            status, killed = drive(["resume", str(chaos)], server.url, decide)
    assert status == 0
    assert decide.seen >= NODES
    assert kills == len(decide.seen) >= 12

    assert {prompt: n - engineer.interrupted[prompt] for prompt, n in engineer.asked.items()} == dict.fromkeys(
        engineer.asked, 1
    ), "an answered call was asked again"
    assert len(engineer.asked) == calls
    assert len(list((chaos / "calls").glob("*.json"))) == len(list((calm / "calls").glob("*.json")))
    assert finished(chaos) == finished(calm), "a finished training was repeated, or one is missing"
    assert max(Counter(finished(chaos)).values()) == 1
    for name in delivered(calm):
        assert (chaos / name).read_bytes() == (calm / name).read_bytes(), name
    assert outcome(chaos) == outcome(calm)


def finished(run: Path) -> list[str]:
    """Keys of the trainings that finished, each as often as it did."""
    lines = (run / "work" / "trainings" / "log.txt").read_text().splitlines()
    return sorted(line.split()[1] for line in lines if line.startswith("finish "))


def delivered(run: Path) -> list[str]:
    """Everything that the run hands over."""
    files = [path for path in (run / "firmware").rglob("*") if path.is_file() and ".pio" not in path.parts]
    return ["report.html", *(path.relative_to(run).as_posix() for path in files)]


def outcome(run: Path) -> dict[str, Any]:
    """`run.json` without what a clock or a repeated call in flight wrote."""
    summary: dict[str, Any] = json.loads((run / "run.json").read_text())
    del summary["usage"]
    return summary
