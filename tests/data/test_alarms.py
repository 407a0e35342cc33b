"""Data of an anomaly task: classes brought down to two, recordings relative to their start."""

from typing import Any

import numpy as np
import pytest

from nanosmith.tools.data.alarms import for_task
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.reference import relative_to_start, without_reference
from nanosmith.tools.data.windows import cut
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.device_spec import AlarmLimits, Budget, Spec, WindowSpec

LENGTHS = {"a.csv": 30, "b.csv": 12, "b.csv[2]": 25, "c.csv": 8}


def _data(**changes: Any) -> DataSet:
    random = np.random.default_rng(1)
    recordings = tuple(
        Recording(
            name=name, samples=random.standard_normal((size, 2)).astype(np.float32),
            labels=(np.arange(size) % 4 - 1).astype(np.int32), label=-1, group=name,
        )
        for name, size in LENGTHS.items()
    )  # fmt: skip
    data = DataSet("series", recordings, ("inner", "normal", "outer"), ("x", "y"), 1.0, None, ())
    return DataSet(**{**data.__dict__, **changes})


def _spec(reference: int = 0) -> Spec:
    return Spec(
        title="t", goal="g", board="b", task="anomaly", classes=("normal", "abnormal"), channels=("x", "y"),
        window=WindowSpec(length=4, hop=2, rate_hz=1.0, reference=reference), metric="balanced_accuracy",
        metric_limit=0.8, metric_limit_source="goal", alarms=AlarmLimits(), budget=Budget(),
    )  # fmt: skip


def test_every_class_but_the_normal_one_becomes_one() -> None:
    data = for_task(_data(), _spec())
    assert data.classes == ("normal", "abnormal")
    labels = data.recordings[0].labels
    assert labels is not None
    assert labels[3:9].tolist() == [1, -1, 1, 1, 1, -1]  # outer, then unlabelled, inner, normal, outer, unlabelled


@pytest.mark.parametrize("at", [0, 1, 17, 28, 29])
def test_a_fault_shorter_than_half_a_window_is_in_some_window(at: int) -> None:
    labels = np.zeros(30, np.int32)
    labels[at] = 1
    recording = Recording("a", np.zeros((30, 2), np.float32), labels, -1, "a")
    data = for_task(_data(classes=("normal", "leak"), recordings=(recording,)), _spec())
    widened = data.recordings[0].labels
    assert widened is not None
    assert (widened[at], widened.sum()) == (1, 3), "one more than half of the window's four"
    found = cut(data, WindowSpec(length=4, hop=1, rate_hz=1.0), data.channels, data.classes)
    assert 1 <= found.labels.sum() <= 3


def test_normal_data_alone_has_the_other_class_too() -> None:
    data = _data(classes=("normal",), recordings=(Recording("a", np.zeros((9, 2), np.float32), None, 0, "a"),))
    assert for_task(data, _spec()).recordings[0].label == 0


def test_a_normal_class_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="normal class 'normal' is not among 'good', 'bad'"):
        for_task(_data(classes=("good", "bad")), _spec())


def test_parts_of_a_file_share_the_reference_that_the_first_ones_hold() -> None:
    data = _data()
    found = {r.name: r for r in without_reference(data, 15).recordings}
    assert list(found) == ["a.csv", "b.csv[2]"]  # 12 samples of b are all reference, c is too short
    whole = np.concatenate([r.samples for r in data.recordings if r.file == "b.csv"])
    np.testing.assert_array_equal(found["b.csv[2]"].samples, relative_to_start(whole, 15))
    labels = found["b.csv[2]"].labels
    assert labels is not None
    assert len(labels) == 25 - 3
    np.testing.assert_array_equal(labels, (np.arange(25) % 4 - 1)[3:])


def test_windows_are_cut_after_the_reference() -> None:
    spec = _spec(reference=15)
    windows = cut(for_task(_data(), spec), spec.window, spec.channels, spec.classes)
    expected = relative_to_start(_data().recordings[0].samples, 15)[:4]
    np.testing.assert_array_equal(windows.windows[0], expected)
    assert set(windows.recordings.tolist()) == {0, 1}


def test_a_reference_that_nothing_follows_is_refused() -> None:
    with pytest.raises(DataError, match="no recording goes on after the reference of 40 samples; the longest has 30"):
        without_reference(_data(), 40)
    with pytest.raises(DataError, match="cut already"):
        without_reference(_data(kind="windows"), 4)
