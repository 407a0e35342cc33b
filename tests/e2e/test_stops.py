"""Ctrl-C once: the run stops at the next safe point, says how to go on, and leaves nothing running."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nanosmith.tools.specs.run import RunSummary

GOAL = "A wristband that tells rest, swing and shake apart."


@pytest.mark.slow
def test_an_interrupt_stops_inside_a_training_and_says_how_to_resume(motion_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "nanosmith.graphs", "run", GOAL, "--data", str(motion_folder), "--candidates", "2",
         "--workers", "1", "--out", str(folder), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert process.stdout is not None
    events: list[dict[str, Any]] = []
    for line in process.stdout:
        events.append(json.loads(line))
        if events[-1]["kind"] == "training_progress":
            process.send_signal(signal.SIGINT)
            break
    rest, stderr = process.communicate(timeout=120)
    events += [json.loads(line) for line in rest.splitlines()]
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert events[-1]["kind"] == "run_finished"
    assert events[-1]["status"] == "stopped"
    assert f"nanosmith resume {folder}" in events[-1]["message"]
    summary = RunSummary.model_validate_json((folder / "run.json").read_bytes())
    assert summary.status == "stopped"
    assert not [pid for pid in running() if str(folder) in pid], "a training outlived its run"


def running() -> list[str]:
    """Command lines of every process there is."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                lines.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return lines


def test_a_full_disk_is_one_message_and_the_run_goes_on_when_there_is_space(
    motion_folder: Path, tmp_path: Path
) -> None:
    """The run folder lies on a file system of 300 kB, in memory, that only this command sees."""
    place = tmp_path / "small"
    place.mkdir()
    command = [sys.executable, "-m", "nanosmith.graphs"]
    run = [*command, "run", GOAL, "--data", str(motion_folder), "--out", str(place / "run"), "--plain"]
    check = f"{shlex.join(run)}; echo status $?; cp -r {place}/run {tmp_path}/kept"
    done = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", "--size", "300000", "--tmpfs", str(place), "--", "/bin/sh", "-c", check],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert "status 1" in done.stdout, done.stdout[-2000:] + done.stderr
    assert "error: the disk is full" in done.stderr
    assert "nanosmith resume" in done.stderr
    assert "Traceback" not in done.stderr
    resumed = subprocess.Popen(
        [*command, "resume", str(tmp_path / "kept"), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert resumed.stdout is not None
    kinds = []
    for line in resumed.stdout:
        kinds.append(json.loads(line)["kind"])
        if kinds[-1] == "candidate_proposed":
            break
    resumed.kill()
    resumed.communicate(timeout=60)
    assert kinds[-1] == "candidate_proposed", kinds
