"""The reference that a device takes after it is switched on: the C that ships against the host's NumPy, bit for bit."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from bench import HOP, LENGTH, Bench, motion, series_device, series_spec
from numpy.typing import NDArray

from nanosmith.tools.data.reference import relative_to_start
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.project import EMULATED, StreamShape, example_application, write_project

CHANNELS, COUNT = 3, 50
_PROJECT = Path(__file__).resolve().parents[2] / "firmware_templates" / "project"
_FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffp-contract=off"]


class _State(ctypes.Structure):
    _fields_ = [
        ("sums", ctypes.c_double * CHANNELS), ("squares", ctypes.c_double * CHANNELS),
        ("first", ctypes.c_float * CHANNELS), ("mean", ctypes.c_float * CHANNELS), ("gain", ctypes.c_float * CHANNELS),
        ("count", ctypes.c_uint32),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("reference")
    sizes = f"#define NS_SAMPLE_FLOATS {CHANNELS}\n#define NS_REFERENCE_SAMPLES {COUNT}u\n"
    (folder / "device.h").write_text(sizes)
    for name in ("reference.c", "reference.h"):
        (folder / name).write_bytes((_PROJECT / name).read_bytes())
    subprocess.run(["gcc", *_FLAGS, "-shared", "-fPIC", "-o", "lib.so", "reference.c"], cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "lib.so"))
    library.reference_take.restype = ctypes.c_bool
    return library


def _taken(library: ctypes.CDLL, samples: NDArray[np.float32], *, prepared: bool = False) -> NDArray[np.float32]:
    state = _State()
    (library.reference_skip if prepared else library.reference_init)(ctypes.byref(state))
    kept = []
    for sample in samples:
        values = (ctypes.c_float * CHANNELS)(*sample)
        if library.reference_take(ctypes.byref(state), values):
            kept.append(list(values))
    return np.array(kept, np.float32).reshape(-1, CHANNELS)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1.0, 1e4, 1e17])
def test_the_device_and_the_host_get_the_same_bits(shipped: ctypes.CDLL, scale: float) -> None:
    random = np.random.default_rng(3)
    samples = (scale * random.normal((0.0, 300.0, -7.0), 1.0, (400, CHANNELS))).astype(np.float32)
    found = _taken(shipped, samples)
    assert len(found) == 400 - COUNT
    np.testing.assert_array_equal(found.view(np.uint32), relative_to_start(samples, COUNT).view(np.uint32))


def test_it_is_the_mean_and_the_standard_deviation(shipped: ctypes.CDLL) -> None:
    samples = np.random.default_rng(4).normal(9.8, 0.2, (300, CHANNELS)).astype(np.float32)
    usual = samples[:COUNT].astype(np.float64)
    expected = (samples[COUNT:] - usual.mean(axis=0)) / usual.std(axis=0)
    np.testing.assert_allclose(_taken(shipped, samples), expected, rtol=1e-4, atol=1e-4)


def test_a_channel_that_stands_still_is_only_shifted(shipped: ctypes.CDLL) -> None:
    samples = np.full((COUNT + 2, CHANNELS), 5.0, np.float32)
    samples[-1] = 7.5
    np.testing.assert_array_equal(_taken(shipped, samples), [[0.0] * CHANNELS, [2.5] * CHANNELS])
    np.testing.assert_array_equal(relative_to_start(samples, COUNT), [[0.0] * CHANNELS, [2.5] * CHANNELS])


def test_prepared_samples_pass_as_they_are(shipped: ctypes.CDLL) -> None:
    samples = np.random.default_rng(5).standard_normal((9, CHANNELS)).astype(np.float32)
    np.testing.assert_array_equal(_taken(shipped, samples, prepared=True), samples)


@pytest.mark.parametrize("name", ["microbit", "mps2_an386"])
def test_a_board_learns_its_start_and_answers_as_the_host(bench: Bench, tmp_path: Path, name: str) -> None:
    """In soft floating point and with an FPU: recordings with the reference in front, and prepared windows."""
    spec = series_spec()
    spec = spec.model_copy(update={"window": spec.window.model_copy(update={"reference": COUNT})})
    device, board = series_device(), find_board(name)
    write_project(device.project(spec, board, example_application()), tmp_path)
    report, elf = bench.platformio.build(tmp_path, EMULATED, bench.sandbox)
    assert elf is not None, report.errors
    recording = motion(6).reshape(-1, CHANNELS) * np.float32(3) + np.float32(20)
    after = relative_to_start(recording, COUNT)
    windows = np.stack([after[start : start + LENGTH] for start in range(0, len(after) - LENGTH + 1, HOP)])
    expected = bench.host(device, windows)
    shape = StreamShape.of(spec, (LENGTH, CHANNELS))
    assert shape.reference_samples == COUNT
    for replay, samples in (
        (bench.emulator.replay_recording, recording),
        (bench.emulator.replay_windows, windows),
    ):
        found = replay(elf, board, samples, shape=shape, classes=3, sandbox=bench.sandbox, work=tmp_path / "work")
        np.testing.assert_array_equal(found.outputs, expected)
    assert len(np.unique(expected, axis=0)) > 1
