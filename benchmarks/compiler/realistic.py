"""Inputs like those of a model's own task: real recordings through its kind of front-end, or smooth synthetic signals.

Features are stretched so that their 0.5 and 99.5 percentiles span what the model's int8 input can hold, whatever units
the model was trained in: what counts here is the structure (neighbors alike, long tails, flat stretches), not accuracy.
"""

import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dct
from scipy.io import wavfile
from scipy.ndimage import gaussian_filter

HERE = Path(__file__).resolve().parent
_CEPSTRA_BANDS = 40


@dataclass(frozen=True)
class Inputs:
    """int8 [n, *input shape], and a phrase that says where they come from."""

    rows: NDArray[np.int8]
    source: str


def realistic_inputs(model: str, shape: tuple[int, ...], n: int, data: Path | None) -> Inputs:
    """`n` inputs for the model named; synthetic where no recording fits or the data folder does not have it."""
    entry = tomllib.loads((HERE / "realistic.toml").read_text()).get(model)
    path = data / entry["data"] if data is not None and entry is not None else None
    if entry is None or path is None or not path.is_file():
        return Inputs(_stretched(_smooth(shape, n)), "smooth synthetic signals")
    entry = {"shape": [size for size in shape if size > 1], **entry}
    if prod(entry["shape"]) != prod(shape):
        return Inputs(_stretched(_smooth(shape, n)), "smooth synthetic signals")
    features = np.stack(list(_FEATURES[entry["features"]](path, entry, n))).reshape(n, *shape)
    return Inputs(_stretched(features), f"{entry['data'].split('.')[0]}, {entry['features']}")


def _smooth(shape: tuple[int, ...], n: int) -> NDArray[np.float64]:
    noise = np.random.default_rng(2).standard_normal((n, *shape))
    return np.stack([gaussian_filter(row, [0.06 * size for size in shape]) for row in noise])


def _stretched(features: NDArray[Any]) -> NDArray[np.int8]:
    low, high = np.percentile(features, [0.5, 99.5])
    scaled = (features - low) / max(high - low, 1e-12) * 255 - 128
    return np.clip(np.rint(scaled), -128, 127).astype(np.int8)


def _log_mel(path: Path, entry: dict[str, Any], n: int) -> Iterator[NDArray[np.float64]]:
    frames, bands = entry["shape"]
    for rate, sound in _sounds(path, n):
        yield _band_energies(rate, sound, frames, bands, entry)


def _mfcc(path: Path, entry: dict[str, Any], n: int) -> Iterator[NDArray[np.float64]]:
    frames, coefficients = entry["shape"]
    for rate, sound in _sounds(path, n):
        yield dct(_band_energies(rate, sound, frames, _CEPSTRA_BANDS, entry), norm="ortho")[:, :coefficients]


def _band_energies(
    rate: int, sound: NDArray[np.float64], frames: int, bands: int, entry: dict[str, Any]
) -> NDArray[np.float64]:
    """Natural logarithm of triangular mel bands, [frames, bands]; HTK's mel scale."""
    window, hop = int(entry["window_s"] * rate), int(entry["hop_s"] * rate)
    sound = np.pad(sound, (0, max(0, window + hop * (frames - 1) - len(sound))))
    cut = np.stack([sound[k * hop : k * hop + window] for k in range(frames)]) * np.hanning(window)
    size = max(1024, window)
    power = np.abs(np.fft.rfft(cut, size)) ** 2
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), bands + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(size, 1 / rate)[:, None]
    rising = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return np.asarray(np.log(power @ np.clip(np.minimum(rising, falling), 0, None) + 1e-6))


def _sounds(path: Path, n: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
    for raw in _members(path, ".wav", n):
        rate, sound = wavfile.read(BytesIO(raw))
        yield rate, np.asarray(sound, dtype=np.float64).reshape(len(sound), -1)[:, 0] / 32768


def _pictures(path: Path, entry: dict[str, Any], n: int) -> Iterator[NDArray[np.float64]]:
    height, width, colors = entry["shape"]
    for raw in _members(path, ".jpg", n):
        with Image.open(BytesIO(raw)) as picture:
            small = picture.convert("RGB" if colors == 3 else "L").resize((width, height))
            yield np.asarray(small, dtype=np.float64).reshape(height, width, colors)


def _windows(path: Path, entry: dict[str, Any], n: int) -> Iterator[NDArray[np.float64]]:
    length, channels = entry["shape"]
    with np.load(path, allow_pickle=False) as arrays:
        windows = arrays["X_test"]
    for k in np.linspace(0, len(windows) - 1, n).astype(int):
        yield np.asarray(windows[k, :length, :channels], dtype=np.float64)


def _members(path: Path, suffix: str, n: int) -> Iterator[bytes]:
    """`n` files of an archive, evenly from its beginning to its end."""
    with tarfile.open(path) as archive:
        members = sorted((m for m in archive if m.isfile() and m.name.endswith(suffix)), key=lambda m: m.name)
        for k in np.linspace(0, len(members) - 1, n).astype(int):
            stream = archive.extractfile(members[k])
            if stream is not None:
                yield stream.read()


_FEATURES = {"log_mel": _log_mel, "mfcc": _mfcc, "picture": _pictures, "windows": _windows}
