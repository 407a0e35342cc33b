"""The decision layer, built once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from nanosmith.tools.decisions.library import DecisionLibrary


@pytest.fixture(scope="session")
def decisions(tmp_path_factory) -> DecisionLibrary:
    return DecisionLibrary.build(tmp_path_factory.mktemp("decisions"))
