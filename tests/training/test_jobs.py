"""What a sandbox leaves behind is not trusted; what a training depends on decides its key."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nanosmith.tools.errors import CommandFailed, ResultRefused
from nanosmith.tools.sandbox import read_plain_file
from nanosmith.tools.specs.candidate import RawFrontEnd, TrainingSettings
from nanosmith.tools.training.failure import from_crash
from nanosmith.tools.training.job import TrainingJob
from nanosmith.tools.training.jobs import Inputs, stage_windows


def _inputs(work: Path) -> Inputs:
    job = TrainingJob(
        purpose="train", front_end=RawFrontEnd(), sample_shape=(8, 3), feature_shape=(8, 3), rate_hz=50.0, classes=2,
        training=TrainingSettings(),
    )  # fmt: skip
    staged = stage_windows(np.zeros((4, 8, 3), np.float32), work)
    return Inputs(job, b"source", staged, np.arange(3), np.arange(3, 4), np.zeros(3, np.int32))


def test_the_key_changes_with_every_input_and_with_nothing_else(work: Path) -> None:
    inputs = _inputs(work)
    library = work / "library.so"
    library.write_bytes(b"library")
    others = [
        replace(inputs, source=b"other"),
        replace(inputs, job=inputs.job.model_copy(update={"seed": 2})),
        replace(inputs, staged=stage_windows(np.ones((4, 8, 3), np.float32), work)),
        replace(inputs, training=np.arange(2)),
        replace(inputs, validation=np.arange(2, 4)),
        replace(inputs, labels=np.ones(3, np.int32)),
        replace(inputs, library=library),
    ]
    assert len({other.key() for other in [inputs, *others]}) == 8
    assert _inputs(work / "elsewhere").key() == inputs.key()


def test_staged_windows_are_written_once(work: Path) -> None:
    windows = np.arange(96, dtype=np.float32).reshape(4, 8, 3)
    first = stage_windows(windows, work)
    written = first.path.stat().st_mtime_ns
    assert stage_windows(windows.copy(), work) == first
    assert first.path.stat().st_mtime_ns == written
    np.testing.assert_array_equal(np.load(first.path, allow_pickle=False), windows)


def test_only_a_plain_file_of_its_own_is_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain.tflite"
    plain.write_bytes(b"model")
    assert read_plain_file(plain, 100) == b"model"
    (tmp_path / "symlink").symlink_to(plain)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    os.link(plain, tmp_path / "hard-link")
    for name in ("symlink", "folder", "fifo", "hard-link", "missing", "plain.tflite"):
        with pytest.raises(ResultRefused):
            read_plain_file(tmp_path / name, 100)
    (tmp_path / "hard-link").unlink()
    with pytest.raises(ResultRefused, match="at most 4 are taken"):
        read_plain_file(plain, 4)


@pytest.mark.parametrize(
    ("code", "output", "stage", "reason", "is_repeatable"),
    [
        (-11, "", "converting to int8 (plain)", "rolled LSTM", True),
        (139, "", "training", "it crashed (SIGSEGV) while training", True),
        (1, "numpy MemoryError: no", "training", "needed more than 3.0 GB of memory", True),
        (134, "", "training", "needed more than 3.0 GB of memory", True),
        (137, "", "training", "it was killed while training", False),
        (1, "\x1b[31mbwrap: no", "starting", "it ended with status 1 while starting: bwrap: no", False),
    ],
)
def test_a_crash_is_explained(code: int, output: str, stage: str, reason: str, is_repeatable: bool) -> None:
    failure = from_crash(CommandFailed(["python"], code, output), stage, 3 * 2**30)
    assert reason in failure.reason
    assert failure.repeatable is is_repeatable
    assert "\x1b" not in failure.reason
