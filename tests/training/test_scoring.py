import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_recall_fscore_support

from nanosmith.tools.training.scoring import evaluate

NAMES = ("a", "b", "c")


def _noisy(count: int, wrong: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    return labels, np.where(random.random(count) < wrong, (labels + 1) % 3, labels)


def test_metrics_are_those_of_scikit_learn() -> None:
    labels, predictions = _noisy(400, 0.3)
    found = evaluate(labels, predictions, NAMES)
    assert found.metric("accuracy").value == pytest.approx(accuracy_score(labels, predictions))
    assert found.metric("macro_f1").value == pytest.approx(f1_score(labels, predictions, average="macro"))
    assert found.metric("balanced_accuracy").value == pytest.approx(balanced_accuracy_score(labels, predictions))
    precision, recall, f1, support = precision_recall_fscore_support(labels, predictions)
    for position, row in enumerate(found.classes):
        assert (row.precision, row.recall, row.f1) == pytest.approx(
            (precision[position], recall[position], f1[position])
        )
        assert row.support == support[position]


def test_a_class_that_never_occurs_costs_nothing() -> None:
    labels = np.array([0, 1, 0, 1])
    found = evaluate(labels, labels, NAMES)
    assert found.metric("macro_f1").value == 1.0
    assert found.metric("balanced_accuracy").value == 1.0
    assert found.classes[2].support == 0


def test_rows_of_the_confusion_are_true_classes() -> None:
    found = evaluate(np.array([0, 0, 2]), np.array([0, 1, 2]), NAMES)
    assert found.confusion == ((1, 1, 0), (0, 0, 0), (0, 0, 1))


def test_the_interval_widens_when_groups_differ() -> None:
    groups = np.repeat(np.arange(6), 100)
    labels = np.zeros(600, np.int64)
    predictions = (groups >= 3).astype(np.int64)  # three people are always right, three never
    by_group = evaluate(labels, predictions, NAMES, groups).metric("accuracy").interval
    by_window = evaluate(labels, predictions, NAMES).metric("accuracy").interval
    assert by_group is not None
    assert by_window is not None
    assert by_group.high - by_group.low > 5 * (by_window.high - by_window.low)
    assert by_group.low < 0.5 < by_group.high


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(100):
        labels, predictions = _noisy(200, 0.3, seed)
        interval = evaluate(labels, predictions, NAMES, seed=seed).metric("accuracy").interval
        assert interval is not None
        covered += interval.low <= 0.7 <= interval.high
    assert 88 <= covered <= 100


def test_the_same_seed_gives_the_same_interval() -> None:
    labels, predictions = _noisy(100, 0.2)
    assert evaluate(labels, predictions, NAMES, seed=4) == evaluate(labels, predictions, NAMES, seed=4)
    assert evaluate(labels, predictions, NAMES, seed=4) != evaluate(labels, predictions, NAMES, seed=5)


@pytest.mark.parametrize(("labels", "predictions"), [([], []), ([0, 1], [0])])
def test_what_can_not_be_compared_is_refused(labels: list[int], predictions: list[int]) -> None:
    with pytest.raises(ValueError, match="can't be compared"):
        evaluate(np.array(labels, int), np.array(predictions, int), NAMES)


def test_alarm_rates_are_shares_of_the_normal_and_of_all_other_windows() -> None:
    labels, predictions = _noisy(400, 0.3)
    found = evaluate(labels, predictions, NAMES, alarms=True)
    false, missed = found.metric("false_alarm_rate"), found.metric("missed_alarm_rate")
    assert false.value == pytest.approx((predictions[labels == 0] != 0).mean())
    assert missed.value == pytest.approx((predictions[labels != 0] == 0).mean())
    for rate in (false, missed):
        assert rate.direction == "minimize"
        assert rate.interval is not None
        assert rate.interval.low <= rate.value <= rate.interval.high
    normal = np.zeros(9, int)
    assert "missed_alarm_rate" not in {m.name for m in evaluate(normal, normal, NAMES, alarms=True).metrics}


def test_the_class_in_focus_has_its_own_f1_recall_and_false_alarms() -> None:
    labels, predictions = _noisy(400, 0.3)
    found = evaluate(labels, predictions, NAMES, focus=1, hours=2.0)
    assert found.metric("class_f1").value == pytest.approx(f1_score(labels == 1, predictions == 1))
    assert found.metric("class_recall").value == pytest.approx((predictions[labels == 1] == 1).mean())
    alarms = found.metric("false_alarms_per_hour")
    assert alarms.value == pytest.approx(((predictions == 1) & (labels != 1)).sum() / 2.0)
    assert alarms.direction == "minimize"
    assert alarms.interval is not None
    assert alarms.interval.low <= alarms.value <= alarms.interval.high
    assert {metric.name for metric in evaluate(labels, predictions, NAMES).metrics} == {
        "accuracy", "macro_f1", "balanced_accuracy",
    }  # fmt: skip
