"""The part of the search that learns: Optuna's tree-structured Parzen estimator over the trials so far.

Bergstra et al. 2011, https://papers.nips.cc/paper/4443; seeded, so that the same trials give the same suggestions.
"""

from collections.abc import Iterator

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import TrialState, create_trial

from nanosmith.agents.builtin.design_space import Point, Space, read_point
from nanosmith.agents.coder import CoderBrief, TrialDigest

_RANDOM_FIRST = 6
"""Trials that are needed before the estimator is better than chance."""

_MISFIT = 0.5
"""What a network that misses a budget loses of its score."""


def suggestions(brief: CoderBrief, space: Space, count: int) -> Iterator[Point]:
    """`count` points that the trials so far make promising."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=brief.seed + len(brief.trials), n_startup_trials=_RANDOM_FIRST)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    axes: dict[str, BaseDistribution] = {axis: CategoricalDistribution(options) for axis, options in space.items()}
    for trial in brief.trials:
        point = read_point(trial.parameters, space)
        value = _value(trial, brief)
        if point is not None and value is not None:
            study.add_trial(create_trial(params=point, distributions=axes, value=value))
        elif point is not None:
            study.add_trial(create_trial(state=TrialState.FAIL, params=point, distributions=axes))
    for _ in range(count):
        yield dict(study.ask(axes).params)


def _value(trial: TrialDigest, brief: CoderBrief) -> float | None:
    if trial.status != "complete" or trial.score is None:
        return None
    merit = brief.spec.merit(trial.score)
    return merit if trial.fits_budget is not False else merit - _MISFIT
