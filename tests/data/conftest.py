"""Small recordings made by code: a few seconds of motion, sound and pictures, well-formed until a test breaks them."""

import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.io import wavfile


class Maker:
    """Writes small real files under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @staticmethod
    def motion(seconds: float = 4.0, *, seed: int = 0, rate: float = 50.0) -> tuple[NDArray[np.float64], list[str]]:
        """Acceleration [n, 3] and a label for each sample: rest, then shaking, in turns of a second."""
        random = np.random.default_rng(seed)
        times = np.arange(round(seconds * rate)) / rate
        moving = (times.astype(int) % 2) == 1
        shake = np.where(moving, 3.0 * np.sin(2 * np.pi * 5 * times), 0.0)
        values = np.stack([shake, 0.5 * shake, 9.81 + 0.2 * shake], axis=1)
        values += 0.05 * random.standard_normal(values.shape)
        return values, ["shake" if m else "rest" for m in moving]

    def recording(
        self, name: str, *, seconds: float = 4.0, seed: int = 0, rate: float = 50.0, labels: bool = True,
        times: bool = True,
    ) -> Path:  # fmt: skip
        """Timestamp in milliseconds, ax, ay, az, label."""
        values, words = self.motion(seconds, seed=seed, rate=rate)
        rows = [",".join([*(["timestamp"] if times else []), "ax", "ay", "az", *(["label"] if labels else [])])]
        for i, (row, word) in enumerate(zip(values, words, strict=True)):
            stamp = [str(1_700_000_000_000 + round(i * 1000 / rate))] if times else []
            rows.append(",".join([*stamp, *(f"{v:.4f}" for v in row), *([word] if labels else [])]))
        return self.table(name, rows)

    def table(self, name: str, rows: Sequence[str], *, end: str = "\n", encoding: str = "utf-8") -> Path:
        path = self.path(name)
        path.write_bytes((end.join(rows) + end).encode(encoding))
        return path

    def tone(
        self, name: str, *, hz: float, seconds: float = 0.5, rate: int = 8000, channels: int = 1, seed: int = 0
    ) -> Path:
        """A tone with a little noise, 16 bit."""
        times = np.arange(round(seconds * rate)) / rate
        noise = 0.01 * np.random.default_rng(seed).standard_normal(len(times))
        tone = np.round(20000 * (0.5 * np.sin(2 * np.pi * hz * times) + noise)).astype(np.int16)
        path = self.path(name)
        wavfile.write(path, rate, tone if channels == 1 else np.stack([tone] * channels, axis=1))
        return path

    def picture(
        self, name: str, *, level: int, size: tuple[int, int] = (24, 20), gray: bool = False, seed: int = 0
    ) -> Path:
        """A picture of about one brightness; size is width, height."""
        shape = (size[1], size[0]) if gray else (size[1], size[0], 3)
        pixels = np.clip(level + np.random.default_rng(seed).integers(-20, 20, shape), 0, 255).astype(np.uint8)
        path = self.path(name)
        Image.fromarray(pixels).save(path)
        return path


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Writes into an empty folder of recordings."""
    root = tmp_path / "recordings"
    root.mkdir()
    return Maker(root)


@pytest.fixture
def subjects(make: Maker) -> Path:
    """Eight people with two recordings each, a label for each sample, and an index."""
    rows = ["file,subject"]
    for number in range(16):
        make.recording(f"rec{number:02}.csv", seed=number)
        rows.append(f"rec{number:02}.csv,p{number // 2}")
    make.table("index.csv", rows)
    return make.root


@pytest.fixture
def clips(make: Maker) -> Path:
    """Two classes of tones, eight clips each of half a second, in class folders."""
    for number in range(8):
        make.tone(f"low/{number}.wav", hz=300, seed=number)
        make.tone(f"high/{number}.wav", hz=1500, seed=100 + number)
    return make.root


@pytest.fixture(scope="session")
def unpacked(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Unpacks a shared archive once; tests skip where the archives are missing."""
    done: dict[str, Path] = {}

    def unpack(name: str) -> Path:
        archive = shared / "data" / f"{name}.tar.gz"
        if not archive.is_file():
            pytest.skip(f"{archive.name} is not in the development material")
        if name not in done:
            folder = tmp_path_factory.mktemp(name)
            with tarfile.open(archive) as stream:
                stream.extractall(folder, filter="data")
            inner = [path for path in folder.iterdir() if path.is_dir()]
            done[name] = inner[0] if len(inner) == 1 and not (folder / "index.csv").exists() else folder
        return done[name]

    return unpack
