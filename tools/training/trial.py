"""Train one candidate and judge it on people, machines or sessions that its training did not see.

One sandboxed training a fold, then one on all open windows. A fold's sandbox is given the labels of its training part
alone; what comes back is scored here.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler import CompiledModel
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.decisions.choose import Chosen, choose_decision, is_continuous, stream_of
from nanosmith.tools.decisions.events import Stream
from nanosmith.tools.decisions.library import DecisionLibrary
from nanosmith.tools.features import feature_shape
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.number import FixedNumber
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.candidate import Candidate
from nanosmith.tools.specs.channel_triples import channel_triples
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.front_end import turning_columns
from nanosmith.tools.specs.trial import CurvePoint, Evaluation, NumberScale, Trial
from nanosmith.tools.training.failure import TrainingFailed
from nanosmith.tools.training.folds import Fold, make_folds
from nanosmith.tools.training.job import ANOMALY_CALIBRATIONS, CALIBRATIONS, Calibration, EpochEvent, TrainingJob
from nanosmith.tools.training.jobs import Inputs, Staged, Trained, run_job, stage_windows
from nanosmith.tools.training.judge import compile_answer, fit_front_end, has_shares, output_bytes
from nanosmith.tools.training.number_scoring import evaluate_numbers
from nanosmith.tools.training.scoring import evaluate

_FEWEST_GROUPS = 3
_HOPELESS = 0.05
"""A first fold whose interval ends this far below the best score so far is not worth the other trainings."""

OnProgress = Callable[[str, CurvePoint, int], None]
"""Told the part (`fold 2 of 3`), the epoch just over and the number of epochs."""


Answers = NDArray[Any]
"""Of each window: its class, int64, or its number, float64."""


@dataclass(frozen=True)
class _FoldScore:
    """One fold, trained and judged."""

    fold: Fold
    trained: Trained
    int8: dict[Calibration, Answers]
    """Predictions of the validation part by the emitted C."""

    output: dict[Calibration, NDArray[np.int8]]
    """Output bytes [n, outputs] that they were read from."""

    float32: Answers
    curve: tuple[CurvePoint, ...]


def run_trial(
    candidate: Candidate,
    source: bytes,
    windows: WindowSet,
    spec: Spec,
    *,
    library: FrontEndLibrary,
    sandbox: Sandbox,
    folder: RunFolder,
    seed: int = 1,
    timeout_s: float = 600.0,
    best_score: float | None = None,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Trial:
    """Train and judge one candidate; whatever its code does, the answer is a trial.

    Args:
        candidate: What to train.
        source: Its module's bytes.
        windows: The open windows. Unlabelled ones (-1) are left out.
        spec: Names classes, channels and the metric.
        library: Host build of the front-ends that ship.
        sandbox: Where its code may run.
        folder: The run; finished trainings are kept in its `work/trainings`, models become artifacts.
        seed: Of folds, weights, shuffling and augmentation.
        timeout_s: Wall time for one training.
        best_score: The best trial's score so far. A candidate that is hopeless against it after its first fold is not
            trained further: the trial is complete with one fold, the reason says so, and its model is that fold's.
        on_progress: Told about every epoch.
        cancelled: Asked about ten times a second.

    Raises:
        RunStopped: `cancelled` said so. What finished is kept, and not trained again.

    """
    session = _Session(candidate, source, windows, spec, library, sandbox, folder, seed, timeout_s, on_progress,
                       cancelled)  # fmt: skip
    try:
        return session.run(best_score)
    except TrainingFailed as failure:
        return Trial(
            candidate=candidate.id,
            status="timed_out" if failure.timed_out else "failed",
            reason=failure.reason,
            seconds=session.seconds,
        )


@dataclass
class _Session:
    """One trial while it runs."""

    candidate: Candidate
    source: bytes
    windows: WindowSet
    spec: Spec
    library: FrontEndLibrary
    sandbox: Sandbox
    folder: RunFolder
    seed: int
    timeout_s: float
    on_progress: OnProgress | None
    cancelled: Callable[[], bool] | None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        kept = self.windows.trainable()
        kept = kept[self.windows.labels[kept] >= 0]
        everything = len(kept) == len(self.windows)
        self.samples: NDArray[Any] = self.windows.windows if everything else self.windows.windows[kept]
        self.labels = np.asarray(self.windows.labels[kept], np.int32)
        self.groups, self.recordings = self.windows.groups[kept], self.windows.recordings[kept]
        self.scored = self.windows.scored()[kept]
        self.numbers = None if self.windows.numbers is None else np.asarray(self.windows.numbers[kept], np.float32)
        self.kept = kept
        self.core = find_board(self.spec.board).core
        self.work: Path = self.folder.work / "trainings"
        self.staged: Staged = stage_windows(self.samples, self.work)

    def run(self, best_score: float | None) -> Trial:
        job = self._job()
        try:
            folds = tuple(
                Fold(fold.training, fold.validation[self.scored[fold.validation]])
                for fold in make_folds(self.labels, self.groups, self.recordings, seed=self.seed)
            )
        except ValueError as error:
            raise TrainingFailed(str(error)) from error
        judged: list[_FoldScore] = []
        for number, fold in enumerate(folds, start=1):
            judged.append(self._fold(job, fold, f"fold {number} of {len(folds)}"))
            if number == 1 and len(folds) > 1 and best_score is not None and self._is_hopeless(judged[0], best_score):
                return self._given_up(job, judged[0], best_score)
        chosen = self._best_calibration(judged)
        everything = np.arange(len(self.labels))
        whole = Fold(everything, everything[:0])
        final_job = self._scaled(job, whole).model_copy(update={"calibrations": (chosen,)})
        final = self._train(final_job, whole, "final, all open groups")[0]
        return self._trial(final_job, judged, final, chosen, None)

    def _job(self) -> TrainingJob:
        sample_shape = tuple(int(size) for size in self.samples.shape[1:])
        front_end = self.candidate.front_end
        try:
            shape = feature_shape(front_end, sample_shape)
        except ValueError as error:
            raise TrainingFailed(f"the front-end does not fit the windows: {error}") from error
        return TrainingJob(
            purpose="train",
            front_end=front_end,
            sample_shape=sample_shape,
            feature_shape=shape,
            rate_hz=self.spec.window.rate_hz,
            classes=self.spec.outputs,
            training=self.candidate.training,
            triples=turning_columns(front_end, channel_triples(self.spec.channels), sample_shape[-1]),
            alarms=self.spec.alarms,
            calibrations=CALIBRATIONS if self.spec.alarms is None else ANOMALY_CALIBRATIONS,
            seed=self.seed,
        )

    def _train(self, job: TrainingJob, fold: Fold, part: str) -> tuple[Trained, tuple[CurvePoint, ...]]:
        curve: list[CurvePoint] = []

        def on_epoch(event: EpochEvent) -> None:
            curve.append(self._point(job, event, fold))
            if self.on_progress is not None:
                self.on_progress(part, curve[-1], job.training.all_epochs)

        inputs = Inputs(
            job, self.source, self.staged, fold.training, fold.validation, self._taught(fold),
            self.library.path,
            None if job.alarms is None else self._independent(fold.training),
        )  # fmt: skip
        trained = run_job(
            inputs, work=self.work, sandbox=self.sandbox, timeout_s=self.timeout_s, on_epoch=on_epoch,
            cancelled=self.cancelled,
        )  # fmt: skip
        self.seconds += trained.seconds
        return trained, tuple(curve)

    def _taught(self, fold: Fold) -> NDArray[np.int32] | NDArray[np.float32]:
        return self.labels[fold.training] if self.numbers is None else self.numbers[fold.training]

    def _scaled(self, job: TrainingJob, fold: Fold) -> TrainingJob:
        """The job with what its fold's training part standardizes a number by."""
        if self.numbers is None:
            return job
        known = self.numbers[fold.training].astype(np.float64)
        if np.ptp(known) == 0:
            raise TrainingFailed(
                "the number is the same in all windows of a fold's training part; add other recordings"
            )
        return job.model_copy(update={"scale": NumberScale(mean=float(known.mean()), std=float(known.std()))})

    def _decoded(self, job: TrainingJob, event: EpochEvent, fold: Fold) -> Answers | None:
        """What a harness answered for the validation part in floating point; None where it answered nothing usable."""
        if job.scale is None:
            return decode_predictions(event.validation, len(fold.validation), job.classes)
        found = decode_numbers(event.validation, len(fold.validation))
        return None if found is None else found * job.scale.std + job.scale.mean

    def _point(self, job: TrainingJob, event: EpochEvent, fold: Fold) -> CurvePoint:
        found = self._decoded(job, event, fold)
        if found is None:
            share = None
        elif self.numbers is None:
            share = float((found == self.labels[fold.validation]).mean())
        else:
            share = min(1.0, max(0.0, self._evaluate_part(fold, found)))
        return CurvePoint(epoch=event.epoch, loss=event.loss, train=event.train, validation=share)

    def _fold(self, job: TrainingJob, fold: Fold, part: str) -> _FoldScore:
        job = self._scaled(job, fold)
        trained, curve = self._train(job, fold, part)
        output = {name: self._output(job, trained, name, fold.validation) for name in trained.models}
        predictions = {name: self._answers(job, trained, name, found) for name, found in output.items()}
        float32 = self._decoded(job, trained.epochs[-1], fold) if trained.epochs else None
        if float32 is None:
            raise TrainingFailed("the predictions that it returned don't fit the validation windows")
        return _FoldScore(fold, trained, predictions, output, float32, curve)

    def _independent(self, training: NDArray[np.int64]) -> NDArray[np.int32]:
        """What sets an alarm's threshold is held out by group, [n]; by recording where there are under three groups."""
        groups = self.groups[training]
        normal = groups[self.labels[training] == 0]
        few = len(np.unique(normal)) < _FEWEST_GROUPS
        return np.asarray(self.recordings[training] if few else groups, np.int32)

    def _output(
        self, job: TrainingJob, trained: Trained, name: Calibration, chosen: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        compiled = compile_answer(trained.models[name], self.core)
        fitted = fit_front_end(job, trained.result, compiled)
        return output_bytes(fitted, compiled, self.samples[chosen], self.library, self.work / "host", self.sandbox)

    def _answers(self, job: TrainingJob, trained: Trained, name: Calibration, output: NDArray[np.int8]) -> Answers:
        if job.scale is None or self.spec.target is None:
            return np.asarray(output.argmax(axis=1), np.int64)
        return self._fixed(job.scale, compile_answer(trained.models[name], self.core)).numbers(output[:, 0])

    def _fixed(self, scale: NumberScale, compiled: CompiledModel) -> FixedNumber:
        assert self.spec.target is not None  # noqa: S101  for the type checker: a job with a scale is of a number
        try:
            return FixedNumber.of(self.spec.target, scale, compiled.output.scale, compiled.output.zero_point)
        except ValueError as error:
            raise TrainingFailed(str(error)) from error

    def _best_calibration(self, judged: Sequence[_FoldScore]) -> Calibration:
        """The highest mean over the folds; of equals the simplest, which comes first."""
        shared = [name for name in judged[0].int8 if all(name in fold.int8 for fold in judged)]
        if not shared:
            raise TrainingFailed("no calibration worked in every fold")
        means = {name: float(np.mean([self._score([fold], [fold.int8[name]]) for fold in judged])) for name in shared}
        return max(shared, key=lambda name: self.spec.merit(means[name]))

    def _score(self, folds: Sequence[_FoldScore], predictions: Sequence[Answers]) -> float:
        return self._evaluate(folds, predictions).metric(self.spec.metric).value

    def _evaluate_part(self, fold: Fold, estimates: Answers) -> float:
        """How much of the plain error is gone, by the mean absolute error of one fold."""
        assert self.numbers is not None  # noqa: S101  for the type checker
        truth = self.numbers[fold.validation]
        plain = float(np.abs(truth - self.numbers[fold.training].mean()).mean())
        return 1 - float(np.abs(estimates - truth).mean()) / max(plain, 1e-9)

    def _evaluate(self, folds: Sequence[_FoldScore], predictions: Sequence[Answers]) -> Evaluation:
        chosen = np.concatenate([fold.fold.validation for fold in folds])
        if self.numbers is not None and self.spec.target is not None:
            return evaluate_numbers(
                self.numbers[chosen], np.concatenate(predictions), self.groups[chosen], self.seed,
                unit=self.spec.target.unit, thresholds=self.spec.behavior.thresholds,
            )  # fmt: skip
        return evaluate(
            self.labels[chosen], np.concatenate(predictions), self.spec.classes, self.groups[chosen], self.seed,
            focus=self.spec.focus, alarms=self.spec.task == "anomaly",
        )  # fmt: skip

    def _is_hopeless(self, first: _FoldScore, best_score: float) -> bool:
        best = max(
            (self._evaluate([first], [answer]).metric(self.spec.metric) for answer in first.int8.values()),
            key=lambda metric: self.spec.merit(metric.value),
        )
        ends = [best.value] if best.interval is None else [best.interval.low, best.interval.high]
        return max(map(self.spec.merit, ends)) < self.spec.merit(best_score) - _HOPELESS

    def _given_up(self, job: TrainingJob, first: _FoldScore, best_score: float) -> Trial:
        chosen = self._best_calibration([first])
        score = self._score([first], [first.int8[chosen]])
        reason = f"given up after one fold: {self.spec.metric} {score:.3f} against {best_score:.3f} of the best so far"
        return self._trial(self._scaled(job, first.fold), [first], first.trained, chosen, reason)

    def _decided(self, judged: Sequence[_FoldScore], name: Calibration, *, has_shares: bool) -> Chosen | None:
        """The decision layer for these answers; None where recordings do not go on."""
        stream = self._stream(judged, name)
        if stream is None or not is_continuous(stream):
            return None
        library = DecisionLibrary.build(self.library.path.parent)
        return choose_decision(stream, self.spec, library, has_shares=has_shares, seed=self.seed)

    def _stream(self, judged: Sequence[_FoldScore], name: Calibration) -> Stream | None:
        """Out-of-fold answers in order of recording and time."""
        positions = self.kept[np.concatenate([fold.fold.validation for fold in judged])]
        return stream_of(self.windows, self.spec, np.concatenate([fold.output[name] for fold in judged]), positions)

    def _trial(
        self, job: TrainingJob, judged: Sequence[_FoldScore], model: Trained, chosen: Calibration, reason: str | None
    ) -> Trial:
        blob = model.models[chosen]
        compiled = compile_answer(blob, self.core)
        fitted = fit_front_end(job, model.result, compiled)
        if job.scale is not None:
            self._fixed(job.scale, compiled)  # it must fit
        name = self.candidate.id
        decided = self._decided(judged, chosen, has_shares=has_shares(compiled) or job.alarms is not None)
        return Trial(
            candidate=name,
            status="complete",
            reason=reason,
            int8=self._evaluate(judged, [fold.int8[chosen] for fold in judged]),
            float32=self._evaluate(judged, [fold.float32 for fold in judged]),
            train_accuracy=float(np.mean([fold.curve[-1].train for fold in judged])),
            scale=job.scale,
            resolution=None if job.scale is None else job.scale.std * compiled.output.scale,
            calibration=chosen,
            decision=None if decided is None else decided.decision,
            events=None if decided is None else decided.score,
            folds=len(judged),
            curves=tuple(fold.curve for fold in judged),
            model=self.folder.put(blob, f"{name}.tflite"),
            front_end=self.folder.put_record(fitted, f"{name}-front-end.json"),
            seconds=round(self.seconds, 1),
        )


def decode_predictions(coded: str | None, count: int, classes: int) -> NDArray[np.int64] | None:
    """Classes that a harness sent; None where it sent none, or not `count` classes that exist."""
    found = _decoded(coded, count, "<u2")
    return found.astype(np.int64) if found is not None and found.max() < classes else None


def decode_numbers(coded: str | None, count: int) -> NDArray[np.float64] | None:
    """Standardized numbers that a harness sent; None where it sent none, or not `count` finite ones."""
    found = _decoded(coded, count, "<f4")
    return found.astype(np.float64) if found is not None and np.isfinite(found).all() else None


def _decoded(coded: str | None, count: int, kind: str) -> NDArray[Any] | None:
    """`count` values, at least one, of a NumPy type; None for anything else."""
    if coded is None or not count:
        return None
    try:
        raw = base64.b64decode(coded, validate=True)
    except ValueError:
        return None
    return np.frombuffer(raw, kind) if len(raw) == count * np.dtype(kind).itemsize else None
