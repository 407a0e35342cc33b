"""Whole trials: real TensorFlow in the real sandbox, judged by the emitted C."""

from dataclasses import replace
from pathlib import Path

import candidate_sources
import numpy as np
import pytest

from nanosmith.tools.compiler import compile_model, read_model
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.errors import RunStopped
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.candidate import Augmentation, Candidate, FittedFrontEnd, RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.trial import CurvePoint
from nanosmith.tools.training.judge import has_shares
from nanosmith.tools.training.trial import decode_predictions, run_trial

SETTINGS = TrainingSettings(
    epochs=24, batch_size=16, learning_rate=0.02, augmentation=Augmentation(rotate_deg=10, jitter=0.02)
)


def _candidate(folder: RunFolder, source: str = candidate_sources.GOOD) -> Candidate:
    artifact = folder.put(source.encode(), "model.py")
    return Candidate(id="c01", round=1, idea="small", source=artifact, front_end=RawFrontEnd(), training=SETTINGS)


def _log(folder: RunFolder) -> list[str]:
    return (folder.work / "trainings" / "log.txt").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_a_trial_is_judged_out_of_fold_and_never_trained_twice(
    folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox
) -> None:
    told: list[tuple[str, CurvePoint, int]] = []
    arguments = (_candidate(folder), candidate_sources.GOOD.encode(), windows, spec)
    trial = run_trial(
        *arguments, library=library, sandbox=sandbox, folder=folder, timeout_s=300,
        on_progress=lambda *event: told.append(event),
    )  # fmt: skip

    assert trial.status == "complete", trial.reason
    assert trial.folds == 2  # two people, each left out once
    assert trial.int8 is not None
    assert trial.float32 is not None
    assert trial.int8.metric("macro_f1").n == len(windows)
    assert trial.int8.metric("macro_f1").value > 0.8  # chance is .33
    assert trial.calibration in ("plain", "clipped", "fake_quant")
    assert {part for part, _, _ in told} == {"fold 1 of 2", "fold 2 of 2", "final, all open groups"}
    assert [point.epoch for point in trial.curves[0]] == list(range(1, 25))
    last = trial.curves[1][-1].validation
    assert last is not None
    assert last > 0.6
    assert trial.model is not None
    assert trial.front_end is not None
    fitted = folder.get_record(trial.front_end, FittedFrontEnd)
    np.testing.assert_allclose(fitted.mean, windows.windows.mean(axis=(0, 1)), rtol=1e-3)
    assert len(_log(folder)) == 6  # three trainings began and ended

    again = run_trial(*arguments, library=library, sandbox=sandbox, folder=folder, timeout_s=300)
    assert again == trial
    assert len(_log(folder)) == 6

    hopeless = run_trial(
        *arguments, library=library, sandbox=sandbox, folder=folder, timeout_s=300, best_score=1.5
    )  # fmt: skip
    assert hopeless.status == "complete"
    assert hopeless.folds == 1
    assert hopeless.reason is not None
    assert "given up after one fold" in hopeless.reason
    assert hopeless.model is not None  # its fold's, so that it can still be measured
    assert len(_log(folder)) == 6

    damaged = next((folder.work / "trainings").glob("*/clipped.tflite"))
    damaged.write_bytes(b"damaged")
    assert run_trial(*arguments, library=library, sandbox=sandbox, folder=folder, timeout_s=300).model == trial.model
    assert len(_log(folder)) == 8  # only the damaged training was repeated, and gave the same bytes


def test_networks_that_answer_together_become_one_model(
    folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox
) -> None:
    candidate = _candidate(folder)
    candidate = candidate.model_copy(update={"training": SETTINGS.model_copy(update={"epochs": 12, "members": 3})})
    told: list[tuple[CurvePoint, int]] = []
    trial = run_trial(
        candidate, candidate_sources.GOOD.encode(), windows, spec, library=library, sandbox=sandbox, folder=folder,
        timeout_s=300, on_progress=lambda part, point, epochs: told.append((point, epochs)),
    )  # fmt: skip
    assert trial.status == "complete", trial.reason
    assert [point.epoch for point in trial.curves[0]] == list(range(1, 37))
    assert {epochs for _, epochs in told} == {36}
    assert trial.int8 is not None
    assert trial.float32 is not None
    assert trial.int8.metric("macro_f1").value > 0.8
    assert abs(trial.int8.metric("accuracy").value - trial.float32.metric("accuracy").value) < 0.05
    assert trial.model is not None
    blob = folder.get(trial.model)
    constants = [tensor.values for tensor in read_model(blob).tensors if tensor.values is not None]
    filters = [values for values in constants if values.shape == (8, 5, 1, 3)]
    assert len({values.tobytes() for values in filters}) == len(filters) == 3  # of other seeds
    (mean,) = (values for values in constants if values.shape == (3, 9))
    np.testing.assert_array_equal(mean, np.tile(127 * np.eye(3, dtype=np.int8), (1, 3)))
    assert has_shares(compile_model(blob))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (candidate_sources.NAN, "the loss became nan in epoch 1"),
        (candidate_sources.WRONG_SHAPE, "output shape is (None, 4), needed is (None, 3)"),
        (candidate_sources.CRASHING, "it crashed (SIGSEGV) while building the network"),
        (candidate_sources.FORGING, "it ended early, without a result"),
        (candidate_sources.FLOODING, "it printed more than 16,777,216 bytes"),
        (candidate_sources.EATING, "it needed more than 3.0 GB of memory while building the network"),
    ],
)
def test_a_candidate_that_fails_is_a_failed_trial_with_its_reason(
    source: str, reason: str, folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary,
    sandbox: Sandbox,
) -> None:  # fmt: skip
    trial = run_trial(
        _candidate(folder, source), source.encode(), windows, spec, library=library, sandbox=sandbox, folder=folder,
        timeout_s=120,
    )  # fmt: skip
    assert trial.status == "failed"
    assert trial.reason is not None
    assert reason in trial.reason


def test_the_sandbox_holds_training_labels_only_and_a_failure_is_not_repeated(
    folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox
) -> None:
    arguments = (_candidate(folder, candidate_sources.SNOOPER), candidate_sources.SNOOPER.encode(), windows, spec)
    trials = [run_trial(*arguments, library=library, sandbox=sandbox, folder=folder) for _ in range(2)]
    reason = trials[0].reason
    assert reason is not None
    arrays = ["labels.npy", "training.npy", "validation.npy", "windows.npy"]
    assert f"{sorted(['front_end.so', 'job.json', 'model.py', 'out', *arrays])} 60 False" in reason
    assert "model.py:8, in build_model" in reason
    assert trials[1] == trials[0].model_copy(update={"seconds": trials[1].seconds})
    assert len(_log(folder)) == 2


def test_a_candidate_that_never_ends_times_out_and_may_be_tried_again(
    folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox
) -> None:
    source = candidate_sources.ENDLESS
    for expected in (1, 2):
        trial = run_trial(
            _candidate(folder, source), source.encode(), windows, spec, library=library, sandbox=sandbox,
            folder=folder, timeout_s=1.0,
        )  # fmt: skip
        assert trial.status == "timed_out"
        assert trial.reason is not None
        assert "after 1 s" in trial.reason
        assert sum(line.startswith("start") for line in _log(folder)) == expected


def test_a_stop_ends_a_training_at_once(
    folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox
) -> None:
    with pytest.raises(RunStopped):
        run_trial(
            _candidate(folder), candidate_sources.GOOD.encode(), windows, spec, library=library, sandbox=sandbox,
            folder=folder, cancelled=lambda: True,
        )  # fmt: skip
    assert not any(line.startswith("finish") for line in _log(folder))
    assert not list((folder.work / "trainings" / "running").iterdir())


def test_one_window_is_a_failed_trial(
    folder: RunFolder, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox
) -> None:
    one = replace(
        windows, windows=windows.windows[:1], labels=windows.labels[:1], groups=windows.groups[:1],
        recordings=windows.recordings[:1],
    )  # fmt: skip
    trial = run_trial(
        _candidate(folder), candidate_sources.GOOD.encode(), one, spec, library=library, sandbox=sandbox, folder=folder
    )
    assert trial.status == "failed"
    assert trial.reason == "1 labelled windows can't be split into training and validation"


@pytest.mark.parametrize("coded", [None, "", "AAA=", "!!!!", "AAAB", "AAABAAIA////", "AAAA"])
def test_predictions_that_do_not_fit_are_dropped(coded: str | None) -> None:
    assert decode_predictions(coded, 3, 3) is None
