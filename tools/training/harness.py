"""The fixed harness: runs inside the sandbox, trains one candidate on one part of the data, converts it to int8.

    python -m nanosmith.tools.training.harness --windows windows.npy --library libfrontend.so

The working folder holds job.json, model.py and the label and index arrays; .tflite files go to `out/`, and
each event is a line of JSON on standard output. What the candidate prints goes to standard error. It holds no
validation labels, so nothing that a candidate does in here can raise its score except learning.
"""

import argparse
import base64
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.candidate import MOST_DEVIATIONS
from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batches, Normalization
from nanosmith.tools.training.job import (
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

_REASON_CHARS = 4_000


class CandidateFault(Exception):
    """The candidate's network is not what was asked for."""


class Wire:
    """Standard output, kept for events: whatever else prints is sent to standard error."""

    def __init__(self) -> None:
        self._stream: IO[str] = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def send(self, event: Record) -> None:
        """Write one event as a line."""
        self._stream.write(event.model_dump_json() + "\n")
        self._stream.flush()

    def report_crash(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception nobody caught: the candidate's own frames and the message, as the reason."""
        frames = [frame for frame in traceback.extract_tb(trace) if Path(frame.filename).name == SOURCE_FILE]
        where = [f"{SOURCE_FILE}:{frame.lineno}, in {frame.name}: {frame.line}" for frame in frames[-3:]]
        message = str(error) or "no message"
        if not isinstance(error, CandidateFault) and kind.__name__ != "Diverged":
            message = f"{kind.__name__}: {message}"
        self.send(FailureEvent(reason="\n".join([*where, message])[:_REASON_CHARS]))
        traceback.print_exception(kind, error, trace)


def main() -> None:
    """Do the job that the working folder describes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--windows", type=Path)
    parser.add_argument("--library", type=Path)
    arguments = parser.parse_args()
    wire = Wire()
    sys.excepthook = wire.report_crash
    job = TrainingJob.model_validate_json(Path(JOB_FILE).read_bytes())
    wire.send(StageEvent(stage="starting TensorFlow"))
    settle(job.seed)
    wire.send(StageEvent(stage="building the network"))
    model = build(job)
    if job.purpose == "check":
        check(job, model, wire)
    else:
        train(job, model, arguments.windows, arguments.library, wire)


def settle(seed: int) -> None:
    """One thread and fixed seeds: the same weights bit for bit on every run."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)


def build(job: TrainingJob) -> Any:
    """The candidate's model, of the right output shape."""
    import keras

    module = _load(Path(SOURCE_FILE))
    model = module.build_model(tuple(job.feature_shape), job.classes)
    if not isinstance(model, keras.Model):
        raise CandidateFault(f"build_model returned a {type(model).__name__}, not a keras.Model")
    model(np.zeros((1, *job.feature_shape), np.float32))
    shape = tuple(model.output_shape)
    if job.alarms is not None:
        if job.training.members > 1:
            raise CandidateFault("`members` is of networks that give classes or a number; here deviations are needed")
        if len(shape) != 2 or not 1 <= (shape[1] or 0) <= MOST_DEVIATIONS:
            raise CandidateFault(f"the network's output shape is {shape}, needed are 1 to {MOST_DEVIATIONS} deviations")
        return model
    if shape != (None, job.classes):
        raise CandidateFault(f"the network's output shape is {shape}, needed is {(None, job.classes)}")
    if job.training.solver == "discriminant":
        from nanosmith.tools.training import discriminant

        try:
            discriminant.pairs_layer(model, job.classes)
        except ValueError as error:
            raise CandidateFault(str(error)) from error
    return model


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("model", path)
    if spec is None or spec.loader is None:
        raise CandidateFault(f"{path} can't be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(job: TrainingJob, model: Any, wire: Wire) -> None:
    """Convert the untrained network; weights and ranges are arbitrary, operators and sizes are not."""
    from nanosmith.tools.training import quantize

    if job.alarms is not None:
        from nanosmith.tools.training import anomaly_head

        model = anomaly_head.untrained_head(int(model.output_shape[1])).layered(model)
    else:
        from nanosmith.tools.training import ensemble

        model = ensemble.together([model, *(build(job) for _ in range(1, job.training.members))])
    wire.send(StageEvent(stage="converting the network to int8"))
    random = np.random.default_rng(job.seed)
    samples = random.standard_normal((8, *job.feature_shape), dtype=np.float32)
    Path("out/plain.tflite").write_bytes(quantize.to_int8(model, samples))
    wire.send(DoneEvent(result=_result(model), calibrations=("plain",)))


def train(job: TrainingJob, model: Any, windows_path: Path, library: Path, wire: Wire) -> None:
    """Features, training, conversions."""
    wire.send(StageEvent(stage="computing features"))
    windows = np.load(windows_path, mmap_mode="r", allow_pickle=False)
    features = _features(job, np.asarray(windows[_load_array(TRAINING_FILE)]), library)
    validation = _features(job, np.asarray(windows[_load_array(VALIDATION_FILE)]), library)
    labels, numbers = _labels(job)
    learned = labels == 0 if job.alarms is not None else np.ones(len(labels), np.bool_)
    if not learned.any():
        raise CandidateFault("there is no normal window to learn from")
    normalization = Normalization.fit(features[learned])
    batches = Batches(
        features[learned],
        labels[learned],
        job.classes,
        normalization,
        job.front_end,
        job.training,
        job.triples,
        numbers,
    )

    def on_epoch(epoch: int, loss: float, accuracy: float, answers: NDArray[np.uint16] | Floats | None) -> None:
        form = "<u2" if numbers is None else "<f4"
        coded = None if answers is None else base64.b64encode(answers.astype(form).tobytes()).decode()
        wire.send(EpochEvent(epoch=epoch, loss=loss, train=accuracy, validation=coded))

    wire.send(StageEvent(stage="training"))
    unseen = normalization.apply(validation)
    members: Sequence[Any] = (model,)
    if job.alarms is None:
        from nanosmith.tools.training import ensemble, fit

        if job.training.solver == "discriminant":
            fit.solve(model, batches, unseen, on_epoch=on_epoch)
        else:
            members = ensemble.train(
                model, lambda: build(job), batches, unseen, seed=job.seed, on_epoch=on_epoch
            )  # fmt: skip
        model = ensemble.together(members)
    else:
        from nanosmith.tools.training import anomaly

        faults, recordings = normalization.apply(features[~learned]), _load_array(RECORDINGS_FILE)[learned]
        head = anomaly.train(model, batches, faults, unseen, recordings, job.alarms, seed=job.seed, on_epoch=on_epoch)
        model = head.layered(model)
    done = convert(job, model, members, batches, wire)
    wire.send(DoneEvent(result=_result(model, normalization), calibrations=done))


def _labels(job: TrainingJob) -> tuple[NDArray[np.int32], Floats | None]:
    """Classes [n]; of a number the quarter of its range that each window is in, and the number, standardized."""
    found = _load_array(LABELS_FILE)
    if job.scale is None:
        return found.astype(np.int32), None
    numbers = ((found - job.scale.mean) / job.scale.std).astype(np.float32)
    edges = np.quantile(numbers, (0.25, 0.5, 0.75))
    return np.searchsorted(edges, numbers).astype(np.int32), numbers


def convert(
    job: TrainingJob, model: Any, members: Sequence[Any], batches: Batches, wire: Wire
) -> tuple[Calibration, ...]:
    """Write one .tflite for each calibration asked for; `fake_quant` comes last, as it changes the members' weights."""
    from nanosmith.tools.training import quantize

    done: list[Calibration] = []
    for calibration in sorted(job.calibrations, key=("plain", "clipped", "fake_quant").index):
        if calibration == "fake_quant":
            wire.send(StageEvent(stage="training with rounded activations"))
            if not all(quantize.fine_tune(member, batches, seed=job.seed) for member in members):
                continue
        wire.send(StageEvent(stage=f"converting to int8 ({calibration})"))
        samples = _calibration_windows(job, batches, calibration)
        Path(f"out/{calibration}.tflite").write_bytes(quantize.to_int8(model, samples))
        done.append(calibration)
    return tuple(done)


def _calibration_windows(job: TrainingJob, batches: Batches, calibration: Calibration) -> Floats:
    if job.alarms is not None:
        from nanosmith.tools.training import anomaly

        return anomaly.calibration_windows(batches, clip=8.0 if calibration == "plain" else 4.0, seed=job.seed)
    from nanosmith.tools.training import quantize

    return quantize.calibration_windows(batches, clip=calibration != "plain", seed=job.seed)


def _features(job: TrainingJob, windows: NDArray[Any], library: Path) -> Floats:
    if not len(windows):
        return np.zeros((0, *job.feature_shape), np.float32)
    from nanosmith.tools.features.library import FrontEndLibrary

    features: Floats = FrontEndLibrary.open(library).features(job.front_end, windows, job.rate_hz)
    return features


def _load_array(name: str) -> NDArray[Any]:
    loaded: NDArray[Any] = np.load(name, allow_pickle=False)
    return loaded


def _result(model: Any, normalization: Normalization | None = None) -> JobResult:
    mean, std = ((), ()) if normalization is None else (normalization.mean, normalization.std)
    return JobResult(
        mean=tuple(float(value) for value in mean),
        std=tuple(float(value) for value in std),
        parameters=int(model.count_params()),
        output_shape=tuple(model.output_shape),
    )


if __name__ == "__main__":
    main()
