"""Kill a run with SIGKILL at every node boundary and at random moments; it must end as if nothing had happened.

    python benchmarks/chaos/run.py --kills 60

All four agents think through a real HTTP endpoint on loopback, so that calls are counted where they arrive. One run is
left alone; one is killed at the first sight of every node; then runs are killed at random moments, each as often as it
takes to end, until there were enough kills. Compared are the bytes of everything delivered, `run.json` without what a
clock wrote, the trainings that finished and the calls that were answered. Writes results.json beside this file.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "agents"), str(ROOT / "tests" / "e2e"), str(ROOT / "tests")]

from conftest import write_motion  # noqa: E402
from openai_server import OpenAiServer  # noqa: E402
from test_survives_kills import (  # noqa: E402
    GOAL,
    NODES,
    EachOnce,
    SlowEngineer,
    delivered,
    drive,
    finished,
    outcome,
)

LONGEST_S = 20.0
"""Most seconds before a random kill. One that hit before anything was got done makes the next wait longer: what can't
be finished between two kills is never finished, and how long it takes depends on what else the machine does."""


@dataclass
class Tally:
    """What was done to the runs so far."""

    random_kills: int = 0
    boundary_kills: int = 0
    during: Counter[str] = field(default_factory=Counter)
    """Random kills by the node that was at work; `start` before the first."""

    runs: int = 0
    trainings: int = 0
    calls: int = 0


def main() -> None:
    """Run it and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.json"))
    options = parser.parse_args()
    began, tally, dice = time.monotonic(), Tally(), random.Random(options.seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        place = Path(name)
        calm = place / "calm" / "run"
        begin = begin_command(place)
        engineer = SlowEngineer()
        with OpenAiServer(engineer) as server:
            assert drive([*begin, str(calm)], server.url, lambda _: False) == (0, False)
            tally.calls = len(engineer.asked)
            at_nodes = EachOnce()
            again(calm, place / "nodes" / "run", begin, server, engineer, tally, at_nodes)
            assert at_nodes.seen >= NODES, NODES - at_nodes.seen
            while tally.random_kills < options.kills:
                folder = place / f"random-{tally.runs}" / "run"
                again(calm, folder, begin, server, engineer, tally, dice, options.kills)
                say(f"{tally.random_kills} random kills in {tally.runs - 1} runs, all ended alike")
        tally.trainings = len(finished(calm))
    figures = {
        "random_kills": tally.random_kills, "boundary_kills": tally.boundary_kills,
        "random_kills_during": dict(sorted(tally.during.items())), "runs_killed": tally.runs,
        "trainings_in_a_run": tally.trainings, "calls_in_a_run": tally.calls, "trainings_repeated": 0,
        "answered_calls_repeated": 0, "runs_that_differed": 0, "minutes": round((time.monotonic() - began) / 60, 1),
    }  # fmt: skip
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    say(json.dumps(figures, indent=1))


def begin_command(place: Path) -> list[str]:
    """The smallest run that passes through every node."""
    data = place / "data"
    data.mkdir()
    for person in range(4):
        write_motion(data / f"p{person}.csv", person, seconds=12.0)
    rows = "".join(f"p{p}.csv,p{p},{'test' if p == 3 else 'train'}\n" for p in range(4))
    (data / "index.csv").write_text("file,subject,split\n" + rows)
    return ["run", GOAL, "--data", str(data), "--rounds", "1", "--candidates", "1", "--time-limit", "0", "--out"]


def again(
    calm: Path, folder: Path, begin: list[str], server: OpenAiServer, engineer: SlowEngineer, tally: Tally,
    how: EachOnce | random.Random, most: int = 0,
) -> None:  # fmt: skip
    """One run, killed until it ends; then compared with the undisturbed one."""
    engineer.asked.clear()
    engineer.interrupted.clear()
    longest_s, done_before = LONGEST_S, -1
    for _ in range(500):
        argv = ["resume", str(folder)] if (folder / "request.json").exists() else [*begin, str(folder)]
        if isinstance(how, EachOnce):
            status, killed = drive(argv, server.url, how)
            tally.boundary_kills += killed
        else:
            done = steps(folder)
            longest_s = LONGEST_S if done > done_before else longest_s * 1.4
            done_before = done
            limit_s = how.uniform(0.5, longest_s) if tally.random_kills < most else 3_600.0
            status, killed, during = drive_for(argv, server.url, limit_s)
            tally.random_kills += killed
            tally.during[during] += killed
            say(f"{'killed' if killed else 'ended'} after {limit_s:.1f} s in {during}, {done} steps done before")
        if not killed:
            break
        engineer.note_kill()
    assert status == 0, f"status {status}"
    tally.runs += 1
    compare(calm, folder, engineer)


def steps(folder: Path) -> int:
    """Nodes, calls and trainings that are done for good."""
    events = folder / "events.jsonl"
    nodes = {json.loads(line)["event"].get("node") for line in whole(events)} if events.exists() else ()
    log = folder / "work" / "trainings" / "log.txt"
    return (
        len(nodes) + len(list(folder.glob("calls/*.json"))) + (log.read_text().count("finish") if log.exists() else 0)
    )


def whole(events: Path) -> list[str]:
    """Lines that no kill cut short."""
    return [line for line in events.read_text(errors="replace").splitlines() if line.endswith("}}")]


def compare(calm: Path, folder: Path, engineer: SlowEngineer) -> None:
    """Raise where the disturbed run is not what the undisturbed one is."""
    answered = {prompt: n - engineer.interrupted[prompt] for prompt, n in engineer.asked.items()}
    assert set(answered.values()) == {1}, "an answered call was asked again"
    assert len(list((folder / "calls").glob("*.json"))) == len(list((calm / "calls").glob("*.json")))
    assert finished(folder) == finished(calm), "a finished training was repeated, or one is missing"
    assert max(Counter(finished(folder)).values()) == 1
    assert delivered(folder) == delivered(calm)
    for name in delivered(calm):
        assert (folder / name).read_bytes() == (calm / name).read_bytes(), name
    assert outcome(folder) == outcome(calm)


def drive_for(argv: list[str], endpoint: str, limit_s: float) -> tuple[int, bool, str]:
    """Run the real command line and SIGKILL it after `limit_s`: exit status, whether it was killed, and in what."""
    env = {
        **os.environ, "NANOSMITH_LLM_BASE_URL": endpoint, "NANOSMITH_LLM_MODEL": "tiny-test",
        "NANOSMITH_LLM_API_KEY": "test-key",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "nanosmith.graphs", *argv, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=env,
    )  # fmt: skip
    timer = threading.Timer(limit_s, process.kill)
    timer.start()
    node = "start"
    assert process.stdout is not None
    for line in process.stdout:
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:  # cut by the kill
            continue
        node = event["node"] if event["kind"] == "node_entered" else node
    _, stderr = process.communicate(timeout=300)
    timer.cancel()
    killed = process.returncode == -signal.SIGKILL
    assert killed or not stderr, stderr
    return process.returncode, killed, node


def say(text: str) -> None:
    """Progress, at once."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
