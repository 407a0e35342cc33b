"""Detectors of anomalies: threshold and head by themselves, and whole trials on made-up machines."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from nanosmith.agents.builtin.anomaly_coder import propose_detectors
from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.candidate import Candidate, Proposal
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import AlarmLimits, Spec
from nanosmith.tools.specs.trial import Trial
from nanosmith.tools.training import anomaly_head
from nanosmith.tools.training.check import check_candidate
from nanosmith.tools.training.trial import run_trial

LENGTH = 32
LIMITS = AlarmLimits(false_alarms=0.1, missed_alarms=0.2)


@pytest.fixture(scope="module")
def machines() -> WindowSet:
    """Six machines hum at levels of their own; faulty, one channel shifts or another one shakes."""
    random = np.random.default_rng(11)
    count = 360
    labels = (np.arange(count) % 3 == 2).astype(np.int32)
    groups = (np.arange(count, dtype=np.int32) * 6 // count).astype(np.int32)
    samples = random.standard_normal((count, LENGTH, 3)) + 0.2 * random.standard_normal((count, 1, 3))
    shift = np.flatnonzero(labels)[::2]
    shake = np.flatnonzero(labels)[1::2]
    samples[shift, :, 0] += 2.5
    samples[shake, :, 2] *= 5
    return WindowSet(samples.astype(np.float32), labels, groups, np.arange(count, dtype=np.int32) // 10,
                     ("normal", "abnormal"), tuple("abcdef"))  # fmt: skip


@pytest.fixture(scope="module")
def guard(spec: Spec) -> Spec:
    return spec.model_copy(
        update={
            "task": "anomaly", "classes": ("normal", "abnormal"), "alarms": LIMITS, "metric": "balanced_accuracy",
            "metric_limit": 0.85,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def proposals(guard: Spec) -> tuple[Proposal, ...]:
    profile = DataProfile(
        kind="series", recordings=36, total_s=None, rate_hz=50.0, channels=(), classes=(), group_kind=None, groups=(),
        sealed_groups=0, split_source="by group",
    )  # fmt: skip
    brief = CoderBrief(
        spec=guard, profile=profile, board=find_board("mps2_an386"), sample_shape=(LENGTH, 3), windows=360, wanted=3
    )
    return propose_detectors(brief).proposals


def _trial(
    proposal: Proposal, windows: WindowSet, spec: Spec, library: FrontEndLibrary, sandbox: Sandbox, folder: RunFolder
) -> Trial:
    source = proposal.source.encode()
    training = proposal.training.model_copy(update={"epochs": min(8, proposal.training.epochs)})
    candidate = Candidate(id="c01", round=1, idea="a guard", source=folder.put(source, "model.py"),
                          front_end=proposal.front_end, training=training)  # fmt: skip
    return run_trial(candidate, source, windows, spec, library=library, sandbox=sandbox, folder=folder, timeout_s=300)


def _rate(trial: Trial, name: str) -> float:
    assert trial.status == "complete", trial.reason
    assert trial.int8 is not None
    return trial.int8.metric(name).value


@pytest.mark.parametrize("place", [0, 1])
def test_faults_are_told_from_normal_by_the_int8_model(
    place: int, proposals: tuple[Proposal, ...], machines: WindowSet, guard: Spec, library: FrontEndLibrary,
    sandbox: Sandbox, tmp_path,
) -> None:  # fmt: skip
    trial = _trial(proposals[place], machines, guard, library, sandbox, RunFolder(tmp_path))
    assert _rate(trial, "false_alarm_rate") < 0.2
    assert _rate(trial, "missed_alarm_rate") < 0.2
    assert trial.float32 is not None
    assert abs(trial.float32.metric("balanced_accuracy").value - _rate(trial, "balanced_accuracy")) < 0.05


def test_normal_windows_alone_are_enough(
    proposals: tuple[Proposal, ...], machines: WindowSet, guard: Spec, library: FrontEndLibrary, sandbox: Sandbox,
    tmp_path,
) -> None:  # fmt: skip
    kept = machines.labels == 0
    alone = replace(
        machines, windows=machines.windows[kept], labels=machines.labels[kept], groups=machines.groups[kept],
        recordings=machines.recordings[kept],
    )  # fmt: skip
    trial = _trial(proposals[0], alone, guard, library, sandbox, RunFolder(tmp_path))
    assert 0.02 < _rate(trial, "false_alarm_rate") < 0.2
    assert trial.int8 is not None
    assert "missed_alarm_rate" not in {metric.name for metric in trial.int8.metrics}


def test_an_untrained_detector_passes_its_check_and_a_classifier_of_too_much_does_not(
    proposals: tuple[Proposal, ...], guard: Spec, library: FrontEndLibrary, sandbox: Sandbox, tmp_path
) -> None:
    arguments = {"spec": guard, "board": find_board("mps2_an386"), "sample_shape": (LENGTH, 3), "library": library,
                 "sandbox": sandbox, "work": tmp_path}  # fmt: skip
    found = check_candidate(proposals[0], **arguments)
    assert found.ok, found.findings
    wide = "import keras\ndef build_model(shape, classes):\n    x = keras.Input(shape)\n"
    wide += "    return keras.Model(x, keras.layers.Flatten()(x))\n"
    refused = check_candidate(proposals[0].model_copy(update={"source": wide}), **arguments)
    assert any("needed are 1 to 64 deviations" in finding for finding in refused.findings)


def test_the_threshold_lets_the_allowed_share_of_held_out_windows_pass() -> None:
    random = np.random.default_rng(2)
    normal = random.standard_normal((2_000, 4)).astype(np.float32) * [1.0, 5.0, 0.1, 1.0] + [0.0, 9.0, 0.0, -3.0]
    units = np.arange(2_000) // 100
    head = anomaly_head.fit_head(normal, normal[:0], units, np.zeros(2_000, bool), LIMITS)
    np.testing.assert_allclose(head.center, [0, 9, 0, -3], atol=0.3)
    np.testing.assert_allclose(head.tolerance, 0.6745 * np.array([1, 5, 0.1, 1]), rtol=0.1)
    unseen = random.standard_normal((4_000, 4)) * [1.0, 5.0, 0.1, 1.0] + [0.0, 9.0, 0.0, -3.0]
    assert 0.07 < head.answers(unseen.astype(np.float32)).mean() < 0.13


def test_labelled_faults_move_the_threshold_to_where_both_rates_are_worst_alike() -> None:
    normal, faults, units = np.linspace(0, 1, 1_000), np.linspace(2, 4, 200), np.arange(1_000) % 20
    assert 1 < anomaly_head.choose_threshold(normal, faults, units, LIMITS) < 2  # a gap between them
    mixed = anomaly_head.choose_threshold(normal, np.linspace(0.5, 2.5, 200), units, LIMITS)
    assert mixed == pytest.approx(0.9, abs=0.02)  # a tenth of each: of the limits the whole and the half
    alone = anomaly_head.choose_threshold(normal, faults[:5], units, LIMITS)
    assert alone == pytest.approx(0.9, abs=0.01)  # five are too few


def test_each_recording_counts_alike_whatever_its_length() -> None:
    normal = np.concatenate([np.linspace(0, 1, 900), np.linspace(1, 2, 100)])
    units = np.repeat([0, 1], [900, 100])
    found = anomaly_head.choose_threshold(normal, np.linspace(1.7, 3, 200), units, LIMITS)
    by_window = anomaly_head.choose_threshold(normal, np.linspace(1.7, 3, 200), np.zeros(1_000, int), LIMITS)
    assert found > by_window + 0.05


def test_recordings_too_few_to_hold_out_are_held_out_in_stretches() -> None:
    assert len(np.unique(anomaly_head.held_out_units(np.zeros(80, int)))) == 8
    assert len(np.unique(anomaly_head.held_out_units(np.arange(80) // 20))) == 4, "few, but whole"
    assert anomaly_head.held_out_units(np.arange(80) // 10).tolist() == (np.arange(80) // 10).tolist()


def test_weights_leave_out_what_known_faults_do_not_move_and_an_unknown_fault_still_shows() -> None:
    random = np.random.default_rng(3)
    normal = random.standard_normal((1_000, 4)).astype(np.float32)
    faults = normal[:300].copy()
    faults[:, 0] += 3
    turns = np.arange(1_000) // 20
    head = anomaly_head.fit_head(normal, faults, turns, np.zeros(1_000, bool), LIMITS)
    assert head.weights is not None
    assert head.weights[0] > 0.9
    drift = np.float32([[0, 2.0, 2.0, 2.0], [0, 0, 0, 40.0]])
    assert head.answers(drift).tolist() == [0, 1]
    single = anomaly_head.fit_head(normal, faults[:5], turns, np.zeros(1_000, bool), LIMITS)
    assert single.weights is None
    unseen = random.standard_normal((2_000, 4)).astype(np.float32)
    shifted = unseen + np.float32([3, 0, 0, 0])
    assert (head.answers(shifted) == 0).mean() < (single.answers(shifted) == 0).mean() - 0.05
    assert head.answers(unseen).mean() < LIMITS.false_alarms


def test_the_head_as_layers_answers_as_it_says(random_deviations: np.ndarray) -> None:
    weights = np.float32([0.6, 0.4, 0.0])
    for head in (
        anomaly_head.Head(np.float32([0, 1, 2]), np.float32([1, 0.5, 2]), 2.0),
        anomaly_head.Head(np.float32([0, 1, 2]), np.float32([1, 0.5, 2]), 0.8, weights, 3.0),
    ):
        inputs = keras.Input((3,))
        model = head.layered(keras.Model(inputs, keras.layers.Activation("linear")(inputs)))
        outputs = np.asarray(model(random_deviations))
        answers = head.answers(random_deviations)
        assert outputs.argmax(axis=1).tolist() == answers.tolist()
        assert 0.1 < answers.mean() < 0.9


@pytest.fixture
def random_deviations() -> np.ndarray:
    return np.random.default_rng(4).normal([0, 1, 2], size=(400, 3)).astype(np.float32)
