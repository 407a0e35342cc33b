"""The error of a number, and what a harness may send for one."""

import base64

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from nanosmith.tools.training.number_scoring import evaluate_numbers
from nanosmith.tools.training.trial import decode_numbers


def _estimates(count: int, error: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    truth = random.uniform(10, 20, count)
    return truth, truth + error * random.standard_normal(count), np.arange(count) % 7


def test_errors_are_those_of_scikit_learn() -> None:
    truth, estimates, groups = _estimates(300, 0.5)
    found = evaluate_numbers(truth, estimates, groups, unit="kg")
    assert found.metric("mae").value == pytest.approx(mean_absolute_error(truth, estimates))
    assert found.metric("rmse").value == pytest.approx(root_mean_squared_error(truth, estimates))
    assert found.metric("bias").value == pytest.approx((estimates - truth).mean())
    assert found.metric("r2").value == pytest.approx(r2_score(truth, estimates))
    better = {metric.name: metric.direction for metric in found.metrics}
    assert better == {"mae": "minimize", "rmse": "minimize", "bias": "minimize", "r2": "maximize"}
    assert found.classes == found.confusion == ()
    assert found.numbers is not None
    assert found.numbers.unit == "kg"
    assert sum(part.n for part in found.numbers.ranges) == 300
    assert len(found.numbers.pairs) == 300


def test_groups_widen_the_interval() -> None:
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(6), 50)
    truth = random.uniform(0, 1, 300)
    estimates = truth + np.repeat([0.0, 0.0, 0.0, 0.0, 0.0, 3.0], 50)
    by_group, alone = (evaluate_numbers(truth, estimates, g).metric("mae").interval for g in (groups, np.zeros(300)))
    assert by_group is not None
    assert alone is not None
    assert by_group.high - by_group.low > 2 * (alone.high - alone.low)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="can't be compared"):
        evaluate_numbers(np.ones(3), np.array([1, 2, np.nan]), np.zeros(3))
    with pytest.raises(ValueError, match="can't be compared"):
        evaluate_numbers(np.ones(0), np.ones(0), np.zeros(0))


@pytest.mark.parametrize(("sent", "count"), [([1.0, 2.0], 3), ([float("nan")], 1), ([float("inf"), 1.0], 2), ([], 0)])
def test_numbers_of_a_harness_are_checked(sent: list[float], count: int) -> None:
    coded = base64.b64encode(np.array(sent, "<f4").tobytes()).decode()
    assert decode_numbers(coded, count) is None


def test_numbers_of_a_harness_are_read() -> None:
    coded = base64.b64encode(np.array([1.5, -2.0], "<f4").tobytes()).decode()
    found = decode_numbers(coded, 2)
    assert found is not None
    assert found.tolist() == [1.5, -2.0]
    assert decode_numbers("no base64!", 2) is None


def test_a_truth_that_never_changes_has_no_variance_to_explain() -> None:
    found = evaluate_numbers(np.full(9, 4.0), np.full(9, 5.0), np.arange(9)).metric("r2")
    assert np.isfinite(found.value)
    assert found.value < 0
