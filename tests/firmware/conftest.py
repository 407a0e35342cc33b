"""Firmware tests share prepared tools and built images; every build is a real `pio run` in the real sandbox."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bench import Bench

from nanosmith.tools.decisions.library import DecisionLibrary


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.prepare(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="session")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> DecisionLibrary:
    return DecisionLibrary.build(tmp_path_factory.mktemp("decisions"))
