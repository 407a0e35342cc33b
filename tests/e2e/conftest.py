"""Whole runs with the built-in engineer."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def try_one(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs a goal on a folder of `tmp_path` with one candidate, into `tmp_path / "run"`."""

    def run(goal: str, data: str, *more: str) -> "subprocess.CompletedProcess[str]":
        argv = ["run", goal, "--data", data, "--rounds", "1", "--candidates", "1", "--out", "run", *more]
        return subprocess.run(
            [sys.executable, "-m", "nanosmith.graphs", *argv], cwd=tmp_path, env=dict(os.environ), capture_output=True,
            text=True, timeout=900, check=False,
        )  # fmt: skip

    return run
