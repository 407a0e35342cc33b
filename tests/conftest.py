"""What every test shares: no network, no user folders, no language model by accident."""

from pathlib import Path

import numpy as np
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


@pytest.fixture(scope="session")
def motion_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few seconds of three made-up motions by eight made-up people: one CSV each, 25 Hz, label per sample."""
    folder = tmp_path_factory.mktemp("motion")
    for person in range(8):
        write_motion(folder / f"p{person}.csv", person)
    rows = "".join(f"p{p}.csv,p{p},{'test' if p % 4 == 3 else 'train'}\n" for p in range(8))
    (folder / "index.csv").write_text("file,subject,split\n" + rows)
    return folder


def write_motion(path: Path, person: int, *, seconds: float = 24.0) -> None:
    """Rest, a slow swing and a fast shake, in turns of four seconds."""
    random = np.random.default_rng(person)
    times = np.arange(int(seconds * 25)) / 25
    turn = (times // 4).astype(int) % 3
    pace = 1 + 0.1 * random.standard_normal()
    swing = np.sin(2 * np.pi * np.array([0.0, 0.8, 4.0])[turn] * pace * times) * np.array([0.0, 3.0, 6.0])[turn]
    columns = np.stack([swing, 0.6 * swing + 2, 9.8 - 0.3 * np.abs(swing)], axis=1)
    columns += 0.3 * random.standard_normal(columns.shape)
    names = np.array(["rest", "swing", "shake"])[turn]
    lines = [f"{t:.3f},{x:.4f},{y:.4f},{z:.4f},{n}" for t, (x, y, z), n in zip(times, columns, names, strict=True)]
    path.write_text("time_s,x_acc,y_acc,z_acc,label\n" + "\n".join(lines) + "\n")
