import numpy as np
import pytest

from nanosmith.tools.training.folds import Fold, make_folds


def _check(folds: tuple[Fold, ...], units: np.ndarray) -> None:
    """Each window is validated exactly once, and no unit is on both sides."""
    assert np.array_equal(np.sort(np.concatenate([fold.validation for fold in folds])), np.arange(len(units)))
    for fold in folds:
        assert not set(units[fold.training]) & set(units[fold.validation])
        assert len(fold.training) + len(fold.validation) == len(units)


def test_many_groups_make_three_folds_that_keep_them_whole() -> None:
    random = np.random.default_rng(0)
    groups = random.integers(0, 12, 900)
    labels = random.integers(0, 4, 900)
    folds = make_folds(labels, groups, np.arange(900), seed=1)
    assert len(folds) == 3
    _check(folds, groups)
    for fold in folds:
        assert set(labels[fold.validation]) == {0, 1, 2, 3}


def test_few_windows_make_more_folds() -> None:
    groups = np.repeat(np.arange(10), 20)
    folds = make_folds(np.arange(200) % 2, groups, np.arange(200), seed=1)
    assert len(folds) == 5
    _check(folds, groups)


@pytest.mark.parametrize("people", [2, 4, 5])
def test_of_few_groups_each_is_left_out_once(people: int) -> None:
    groups = np.repeat(np.arange(people), 400)
    folds = make_folds(np.arange(400 * people) % 3, groups, groups, seed=1)
    assert len(folds) == people
    _check(folds, groups)
    assert all(len(set(groups[fold.validation])) == 1 for fold in folds)


def test_one_group_is_split_by_recording() -> None:
    recordings = np.repeat(np.arange(30), 40)
    labels = recordings % 3
    folds = make_folds(labels, np.zeros(1200, int), recordings, seed=1)
    assert len(folds) == 3
    _check(folds, recordings)


def test_one_recording_a_class_is_split_into_stretches() -> None:
    labels = np.repeat([0, 1], 300)
    folds = make_folds(labels, np.zeros(600, int), labels, seed=1)
    assert len(folds) == 3
    for fold in folds:
        assert set(labels[fold.validation]) == {0, 1}
        for label in (0, 1):  # neighbors overlap, so a validation part is a stretch and not a sprinkle
            chosen = fold.validation[labels[fold.validation] == label]
            assert np.array_equal(chosen, np.arange(chosen[0], chosen[-1] + 1))


def test_a_class_rarer_than_the_folds_is_no_reason_to_stop() -> None:
    labels = np.array([0] * 400 + [1] * 400 + [2])
    folds = make_folds(labels, np.arange(801) % 9, np.arange(801), seed=1)
    _check(folds, np.arange(801) % 9)


def test_the_same_seed_gives_the_same_folds() -> None:
    groups = np.arange(900) % 12
    one, two = (make_folds(np.arange(900) % 4, groups, groups, seed=3) for _ in range(2))
    assert all(np.array_equal(a.validation, b.validation) for a, b in zip(one, two, strict=True))


def test_one_window_can_not_be_split() -> None:
    with pytest.raises(ValueError, match="can't be split"):
        make_folds(np.zeros(1, int), np.zeros(1, int), np.zeros(1, int), seed=1)
