"""Windows made by code that a tiny network can learn, and everything a real training needs."""

from pathlib import Path

import numpy as np
import pytest

from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.device_spec import Budget, Spec, WindowSpec

CLASSES = ("rest", "walk", "run")
CHANNELS = ("acc_x", "acc_y", "acc_z")
LENGTH = 32


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> FrontEndLibrary:
    return FrontEndLibrary.build(tmp_path_factory.mktemp("front-ends"))


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture(scope="session")
def windows() -> WindowSet:
    """A class is a frequency; each of two people swings with a force of their own."""
    random = np.random.default_rng(7)
    count, times = 120, np.arange(LENGTH) / 50
    labels = np.arange(count, dtype=np.int32) % len(CLASSES)
    groups = np.arange(count, dtype=np.int32) // (count // 2)
    phase = random.uniform(0, 2 * np.pi, (count, 1, 1))
    frequency = np.array([0.0, 3.0, 9.0])[labels][:, None, None]
    swing = np.sin(2 * np.pi * frequency * times[None, :, None] + phase) * (1 + 0.4 * groups[:, None, None])
    samples = (
        np.array([0.0, 0.0, 9.8]) + swing * np.array([1.0, 2.0, 0.5]) + 0.1 * random.standard_normal((count, LENGTH, 3))
    )
    return WindowSet(samples.astype(np.float32), labels, groups, np.arange(count, dtype=np.int32) // 4, CLASSES,
                     ("anna", "ben"))  # fmt: skip


@pytest.fixture(scope="session")
def spec() -> Spec:
    return Spec(
        title="wristband", goal="tell rest, walk and run apart", board="mps2_an386", classes=CLASSES, channels=CHANNELS,
        window=WindowSpec(length=LENGTH, hop=16, rate_hz=50.0), metric="macro_f1", metric_limit=0.8,
        metric_limit_source="goal", budget=Budget(flash_bytes=64_000, ram_bytes=24_000),
    )  # fmt: skip


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "trainings"
