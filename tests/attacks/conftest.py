"""The same attacks as root and as an ordinary user: what each of them came to, found once a session."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from attackers import WHO, run_as


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """By user and case."""
    return {who: run_as(who, "driver.py", tmp_path_factory.mktemp(f"attacked-{who}")) for who in WHO}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Projects and images that attack, by user and case; controls for the first user only, as builds take seconds."""
    more = {WHO[0]: ["with controls"]}
    return {
        who: run_as(who, "builds_driver.py", tmp_path_factory.mktemp(f"built-{who}"), *more.get(who, [])) for who in WHO
    }
