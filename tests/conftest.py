"""What every test shares: no network, no user folders, no language model by accident."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, endpoint or config file of the machine reaches a test."""
    for name in (
        "NANOSMITH_LLM_BASE_URL",
        "NANOSMITH_LLM_API_KEY",
        "NANOSMITH_LLM_MODEL",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "config"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Development material beside the checkout; tests that want it are skipped where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the development material in {SHARED.name}/ beside the checkout")
    return SHARED
