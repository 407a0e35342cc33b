"""Run one training in the sandbox, once: what finished is kept under the sha256 of everything that went into it.

<work>/windows-<sha>.npy      all open windows, without labels; bound read-only into every sandbox
<work>/running/<key>/         one job's working folder, gone when it ends
<work>/<key>/                 trained.json and the .tflite files; appears whole, by a rename
<work>/log.txt                `start <key>` and `finish <key>` lines: how many trainings really ran
"""

import hashlib
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import (
    CommandFailed,
    CommandTimedOut,
    MemoryExceeded,
    OutputTooLarge,
    ResultRefused,
    RunError,
)
from nanosmith.tools.run_folder import parse_record, sync_folder, write_atomic
from nanosmith.tools.sandbox import Sandbox, SandboxJob, SandboxLimits, python_read_only
from nanosmith.tools.specs.base import Record, Seconds, Sha256
from nanosmith.tools.training.failure import TrainingFailed, from_crash
from nanosmith.tools.training.job import (
    EVENT,
    JOB_FILE,
    LABELS_FILE,
    RECORDINGS_FILE,
    SOURCE_FILE,
    TRAINING_FILE,
    VALIDATION_FILE,
    Calibration,
    DoneEvent,
    EpochEvent,
    FailureEvent,
    JobResult,
    StageEvent,
    TrainingJob,
)  # fmt: skip

_MEMORY_BYTES = 3 * 2**30
_MODEL_BYTES = 16 * 2**20
"""A .tflite larger than any board's flash."""

_RECORD = "trained.json"
_WINDOWS_FILE = "windows.npy"
_LIBRARY_FILE = "front_end.so"
_INSIDE = (
    "harness.py",
    "anomaly.py",
    "anomaly_head.py",
    "augment.py",
    "batches.py",
    "discriminant.py",
    "ensemble.py",
    "false_alarms.py",
    "fit.py",
    "quantize.py",
)
"""What decides the weights; a change of it makes earlier trainings worth repeating."""

ENVIRONMENT = {
    "TF_ENABLE_ONEDNN_OPTS": "0",  # corrupts the heap on strided 1×1 convolutions and odd batches
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "KERAS_BACKEND": "tensorflow",
    "KERAS_HOME": "/tmp/keras",  # noqa: S108  # inside the sandbox
}
"""Of every job that uses TensorFlow."""


@dataclass(frozen=True)
class Staged:
    """The open windows as one file that every sandbox may read."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """Everything that decides what a training gives."""

    job: TrainingJob
    source: bytes
    staged: Staged | None = None
    training: NDArray[np.int64] | None = None
    validation: NDArray[np.int64] | None = None
    labels: NDArray[np.int32] | NDArray[np.float32] | None = None
    """Of the training part: classes, or numbers in their unit."""

    library: Path | None = None
    recordings: NDArray[np.int32] | None = None
    """What is independent in the training part; for anomaly jobs."""

    def files(self) -> dict[str, bytes]:
        """What the working folder holds at the start."""
        files = {JOB_FILE: self.job.model_dump_json().encode(), SOURCE_FILE: self.source}
        arrays = ((TRAINING_FILE, self.training), (VALIDATION_FILE, self.validation), (LABELS_FILE, self.labels),
                  (RECORDINGS_FILE, self.recordings))  # fmt: skip
        return files | {name: _npy(array) for name, array in arrays if array is not None}

    def key(self) -> str:
        """Sha256 over all of it: files, windows, front-end library and the harness itself."""
        digest = hashlib.sha256(harness_sha256().encode())
        for name, content in sorted(self.files().items()):
            digest.update(f"{name} {len(content)}\n".encode() + content)
        if self.staged is not None:
            digest.update(self.staged.sha256.encode())
        if self.library is not None:
            digest.update(hashlib.sha256(self.library.read_bytes()).digest())
        return digest.hexdigest()[:32]


class _Kept(Record):
    """`trained.json`: a finished job, for good or ill."""

    result: JobResult | None
    failure: str | None
    epochs: tuple[EpochEvent, ...]
    models: dict[Calibration, Sha256]
    seconds: Seconds


@dataclass(frozen=True)
class Trained:
    """A finished job."""

    result: JobResult
    epochs: tuple[EpochEvent, ...]
    models: dict[Calibration, bytes]
    """Untrusted .tflite files."""

    seconds: float


@cache
def harness_sha256() -> str:
    """Of the code that runs inside."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in _INSIDE)).hexdigest()


def stage_windows(windows: NDArray[np.float32] | NDArray[np.uint8], work: Path) -> Staged:
    """Write windows [n, …] where sandboxes can read them; the same windows give the same file."""
    content = _npy(windows)
    digest = hashlib.sha256(content).hexdigest()
    path = work / f"windows-{digest[:16]}.npy"
    if not path.is_file() or path.stat().st_size != len(content):
        write_atomic(path, content)
    return Staged(path, digest)


def run_job(
    inputs: Inputs,
    *,
    work: Path,
    sandbox: Sandbox,
    timeout_s: float,
    on_epoch: Callable[[EpochEvent], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Trained:
    """The result of one job: from an earlier run where it finished, else by running it.

    Raises:
        TrainingFailed: The candidate's code, its network or its training failed; a repeat of a failure that is
            bound to happen again is answered from the record, too.
        RunStopped: `cancelled` said so; nothing is kept.

    """
    key = inputs.key()
    kept = _read_kept(work / key)
    if kept is None:
        _log(work, f"start {key}")
        kept = _run(inputs, work, key, sandbox, timeout_s, on_epoch, cancelled)
        _log(work, f"finish {key}")
    elif on_epoch is not None:
        for event in kept.epochs:
            on_epoch(event)
    if kept.result is None:
        raise TrainingFailed(kept.failure or "it failed")
    models = {name: (work / key / f"{name}.tflite").read_bytes() for name in kept.models}
    return Trained(kept.result, kept.epochs, models, kept.seconds)


def _run(
    inputs: Inputs, work: Path, key: str, sandbox: Sandbox, timeout_s: float,
    on_epoch: Callable[[EpochEvent], None] | None, cancelled: Callable[[], bool] | None,
) -> _Kept:  # fmt: skip
    running = work / "running" / key
    shutil.rmtree(running, ignore_errors=True)
    listener = _Listener(on_epoch, inputs.job.training.all_epochs)
    began = time.monotonic()
    try:
        found = _start(inputs, running, sandbox, timeout_s, listener, cancelled)
        models = _collect(found, listener.done)
    except TrainingFailed as failure:
        if not failure.repeatable:
            raise
        kept = _Kept(result=None, failure=failure.reason, epochs=(), models={}, seconds=time.monotonic() - began)
        _keep(work, key, kept, {})
        return kept
    finally:
        shutil.rmtree(running, ignore_errors=True)
    kept = _Kept(
        result=listener.done.result if listener.done else None,
        failure=None,
        epochs=tuple(listener.epochs),
        models={name: hashlib.sha256(content).hexdigest() for name, content in models.items()},
        seconds=round(time.monotonic() - began, 1),
    )
    _keep(work, key, kept, models)
    return kept


class _Listener:
    """Takes the events of one job; lines that are none are dropped, as a candidate may print what it likes."""

    def __init__(self, on_epoch: Callable[[EpochEvent], None] | None, epochs: int) -> None:
        self._on_epoch, self._limit = on_epoch, epochs
        self.epochs: list[EpochEvent] = []
        self.stage = "starting"
        self.failure: str | None = None
        self.done: DoneEvent | None = None

    def take(self, line: bytes) -> None:
        try:
            event = EVENT.validate_json(line)
        except ValidationError:
            return
        if isinstance(event, StageEvent):
            self.stage = clean_line(event.stage, limit=80)
        elif isinstance(event, FailureEvent):
            self.failure = event.reason
        elif isinstance(event, DoneEvent):
            self.done = event
        elif event.epoch == len(self.epochs) + 1 <= self._limit:
            self.epochs.append(event)
            if self._on_epoch is not None:
                self._on_epoch(event)


def _start(
    inputs: Inputs, running: Path, sandbox: Sandbox, timeout_s: float, listener: _Listener,
    cancelled: Callable[[], bool] | None,
) -> Mapping[str, bytes]:  # fmt: skip
    argv = [sys.executable, "-P", "-s", "-m", "nanosmith.tools.training.harness"]
    files: dict[str, bytes | Path] = {**inputs.files()}
    if inputs.staged is not None:
        argv += ["--windows", _WINDOWS_FILE]
        files[_WINDOWS_FILE] = inputs.staged.path
    if inputs.library is not None:
        argv += ["--library", _LIBRARY_FILE]
        files[_LIBRARY_FILE] = inputs.library
    results = {f"{name}.tflite": _MODEL_BYTES for name in inputs.job.calibrations}
    limits = SandboxLimits(time_s=timeout_s, memory_bytes=_MEMORY_BYTES)
    job = SandboxJob(tuple(argv), running, files, python_read_only(), results, ENVIRONMENT, limits)
    try:
        return sandbox.run(job, on_line=listener.take, cancelled=cancelled).results
    except CommandTimedOut:
        raise TrainingFailed(
            f"it was still {listener.stage} after {timeout_s:g} s", timed_out=True, repeatable=False
        ) from None
    except MemoryExceeded as error:
        raise TrainingFailed(
            f"it needed more than {error.limit_bytes / 2**30:.1f} GB of memory while {listener.stage}"
        ) from None
    except ResultRefused as error:
        raise TrainingFailed(f"its {error}") from None
    except OutputTooLarge as error:
        raise TrainingFailed(f"it printed more than {error.limit_bytes:,} bytes") from None
    except CommandFailed as error:
        if listener.failure is not None:
            raise TrainingFailed(listener.failure) from None
        raise from_crash(error, listener.stage, limits.memory_bytes) from None


def _collect(found: Mapping[str, bytes], done: DoneEvent | None) -> dict[Calibration, bytes]:
    if done is None or not done.calibrations:
        raise TrainingFailed("it ended early, without a result")
    models = {name: found.get(f"{name}.tflite", b"") for name in done.calibrations}
    missing = [name for name, content in models.items() if not content]
    if missing:
        raise TrainingFailed(f"it left no {missing[0]}.tflite")
    return models


def _keep(work: Path, key: str, kept: _Kept, models: dict[Calibration, bytes]) -> None:
    temporary = work / "running" / f"{key}.kept"
    shutil.rmtree(temporary, ignore_errors=True)
    for name, content in models.items():
        write_atomic(temporary / f"{name}.tflite", content)
    write_atomic(temporary / _RECORD, kept.model_dump_json(indent=1).encode())
    shutil.rmtree(work / key, ignore_errors=True)
    temporary.rename(work / key)
    sync_folder(work)


def _read_kept(folder: Path) -> _Kept | None:
    try:
        kept = parse_record((folder / _RECORD).read_bytes(), _Kept)
        found = {name: (folder / f"{name}.tflite").read_bytes() for name in kept.models}
    except (FileNotFoundError, RunError):
        return None
    is_whole = all(hashlib.sha256(found[name]).hexdigest() == digest for name, digest in kept.models.items())
    return kept if is_whole else None


def _log(work: Path, line: str) -> None:
    work.mkdir(parents=True, exist_ok=True)
    with (work / "log.txt").open("a") as stream:
        stream.write(line + "\n")


def _npy(array: NDArray[np.generic]) -> bytes:
    stream = BytesIO()
    np.save(stream, np.ascontiguousarray(array), allow_pickle=False)
    return stream.getvalue()
