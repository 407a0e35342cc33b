"""Thresholds of alarms: what they promise of recordings that are not there yet, by simulation."""

from collections.abc import Callable

import numpy as np
import pytest

from nanosmith.tools.specs.device_spec import fewest_to_promise
from nanosmith.tools.training.false_alarms import rate_threshold

WINDOWS = 60
Scores = Callable[[np.random.Generator, int, float], np.ndarray]


def largest_of_four(random: np.random.Generator, recordings: int, apart: float) -> np.ndarray:
    """As a detector scores: the largest of four deviations, which each recording shifts, [recordings * windows]."""
    shifts = apart * random.standard_normal((recordings, 1, 1))
    return np.abs(shifts + random.standard_normal((recordings, WINDOWS, 4))).max(axis=2).ravel()


def heavy(random: np.random.Generator, recordings: int, apart: float) -> np.ndarray:
    """The same with Student's t of 4 degrees of freedom."""
    shifts = apart * random.standard_normal((recordings, 1, 1))
    return np.abs(shifts + random.standard_t(4, (recordings, WINDOWS, 4))).max(axis=2).ravel()


def lognormal(random: np.random.Generator, recordings: int, apart: float) -> np.ndarray:
    """Levels of recordings differ by a factor."""
    shifts = apart * random.standard_normal((recordings, 1))
    return np.exp(0.5 * (shifts + random.standard_normal((recordings, WINDOWS)))).ravel()


DETECTORS = 150


def rates(scores: Scores, recordings: int, apart: float, share: float) -> tuple[np.ndarray, np.ndarray]:
    """False alarms on 60 new recordings of each detector: by the threshold, by the quantile of all scores."""
    ours, plain = np.empty(DETECTORS), np.empty(DETECTORS)
    units = np.repeat(np.arange(recordings), WINDOWS)
    for seed in range(DETECTORS):
        random = np.random.default_rng(seed)
        seen, unseen = scores(random, recordings, apart), scores(random, 60, apart)
        ours[seed] = (unseen > rate_threshold(seen, units, share)).mean()
        plain[seed] = (unseen > np.quantile(seen, 1 - share)).mean()
    return ours, plain


@pytest.mark.parametrize("scores", [largest_of_four, heavy, lognormal])
@pytest.mark.parametrize(("recordings", "share"), [(4, 0.05), (8, 0.05), (8, 0.1), (24, 0.05), (24, 0.1)])
@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_new_recordings_raise_no_more_alarms_than_asked(
    scores: Scores, recordings: int, share: float, apart: float
) -> None:
    ours, plain = rates(scores, recordings, apart, share)
    luck = 2 * ours.std() / np.sqrt(DETECTORS)
    assert ours.mean() <= share + luck
    assert luck < 0.25 * share
    assert ours.mean() >= 0.4 * share, "nor is it bought by never alarming"
    assert ours.mean() <= plain.mean() + 0.002


def test_the_plain_quantile_promises_too_much_of_few_recordings() -> None:
    ours, plain = rates(largest_of_four, 5, 2.0, 0.05)
    assert plain.mean() > 0.09
    assert ours.mean() <= 0.05


def test_recordings_that_differ_less_raise_the_threshold_less() -> None:
    random = np.random.default_rng(0)
    units = np.repeat(np.arange(30), WINDOWS)
    alike = largest_of_four(random, 30, 0.0)
    assert rate_threshold(alike, units, 0.1) == pytest.approx(np.quantile(alike, 0.9), rel=0.02)


def test_one_long_recording_does_not_outvote_the_others() -> None:
    random = np.random.default_rng(0)
    long, short = random.random(9_000), 1 + random.random((30, 10))
    units = np.concatenate([np.zeros(9_000, int), np.repeat(np.arange(1, 31), 10)])
    assert rate_threshold(np.concatenate([long, short.ravel()]), units, 0.1) > 1.5


def test_a_single_recording_has_its_quantile_and_scores_of_zero_do_no_harm() -> None:
    scores = np.linspace(0, 1, 101)
    assert rate_threshold(scores, np.zeros(101, int), 0.1) == pytest.approx(0.9)
    assert np.isfinite(rate_threshold(np.zeros(20), np.arange(20) // 5, 0.05))


@pytest.mark.parametrize(("share", "count"), [(0.05, 19), (0.1, 9), (0.3, 3), (0.5, 1)])
def test_the_fewest_recordings_of_a_promise(share: float, count: int) -> None:
    assert fewest_to_promise(share) == count
