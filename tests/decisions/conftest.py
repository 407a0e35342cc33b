"""The decision layer, built once."""

import pytest

from nanosmith.tools.decisions.library import DecisionLibrary


@pytest.fixture(scope="session")
def decisions(tmp_path_factory) -> DecisionLibrary:
    return DecisionLibrary.build(tmp_path_factory.mktemp("decisions"))
