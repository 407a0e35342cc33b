"""Parameters of the decision layer, chosen on answers that no model of theirs was trained on."""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.window_set import WindowSet
from nanosmith.tools.decisions.events import Stream, score_events
from nanosmith.tools.decisions.library import DecisionLibrary
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.normal_class import is_normal
from nanosmith.tools.specs.trial import EventScore

_WEIGHTS = (256, 160, 96, 64, 32)
_SHORTEST = (1, 2, 3, 4, 6)
_ENTER_EVENT = (96, 128, 160, 192, 224)
"""Shares of belief from .375 to .875, where there is a class to come back to."""

_ENTER_ANY = (0, 128, 160, 192)
"""0: the strongest class takes over, however strong it is."""

_AS_GOOD = 0.01
"""A difference in event F1 that is luck; among parameters that are as good the fastest are taken."""

_FEWEST_ANSWERS = 40
_SHORTEST_RECORDING = 8
"""Answers of a recording (the median one) from which it is continuous; clips have fewer."""


@dataclass(frozen=True)
class Chosen:
    """Parameters, and what they reach on the answers that they were chosen on."""

    decision: Decision
    score: EventScore


def stream_of(
    windows: WindowSet, spec: Spec, scores: NDArray[np.int8], positions: NDArray[np.int64] | None = None
) -> Stream | None:  # fmt: skip
    """Answers [n, classes] to the windows at `positions` (all where None), in order of recording and time.

    None where windows are no pieces of recordings, or the data has no rate.
    """
    rate_hz = spec.window.rate_hz
    if windows.starts is None or windows.runs is None or rate_hz is None:
        return None
    chosen = np.arange(len(windows)) if positions is None else positions
    order = np.lexsort((windows.starts[chosen], windows.recordings[chosen]))
    chosen = chosen[order]
    recordings = windows.recordings[chosen]
    return Stream(
        scores=scores[order], recordings=recordings, starts=windows.starts[chosen], labels=windows.labels[chosen],
        runs=windows.runs[np.isin(windows.runs[:, 0], recordings)],
        groups=dict(zip(recordings.tolist(), windows.groups[chosen].tolist(), strict=True)),
        length=spec.window.length, hop=spec.window.hop, rate_hz=rate_hz,
    )  # fmt: skip


def is_continuous(stream: Stream) -> bool:
    """Whether the answers come from recordings that go on: most follow the one before after one hop."""
    if len(stream.starts) < _FEWEST_ANSWERS:
        return False
    sizes = np.unique(stream.recordings, return_counts=True)[1]
    return bool(np.median(sizes) >= _SHORTEST_RECORDING and (stream.breaks == 0).mean() > 0.5)


def resting_class(spec: Spec) -> int | None:
    """The class that is no event: normal operation, the one beside the rare one, or one called `none` and the like."""
    if spec.task == "anomaly":
        return 0
    if len(spec.classes) == 2 and spec.focus is not None:
        return 1 - spec.focus
    found = [position for position, name in enumerate(spec.classes) if is_normal(name)]
    return found[0] if len(found) == 1 else None


def choose_decision(
    stream: Stream, spec: Spec, library: DecisionLibrary, *, has_shares: bool, seed: int = 1
) -> Chosen:  # fmt: skip
    """The parameters with the highest event F1 among those within the contract's false alarms an hour.

    A small grid, the same order every time. Where none keeps the limit, the one with the fewest false alarms. Among
    those as good as the best, the fastest is taken, then the plainest.

    Args:
        stream: Out-of-fold answers of continuous open recordings.
        spec: What the goal asks for: duration, refractory time, false alarms an hour.
        library: The C that ships.
        has_shares: Levels are shares of belief, alike in all folds; without, only smoothing and duration are chosen.
        seed: Of the intervals.

    """
    scored = [
        Chosen(decision, score_decision(stream, decision, spec, library, repeats=0))
        for decision in _grid(spec, has_shares=has_shares)
    ]
    picked = _picked(scored, spec.false_alarms_per_hour)
    return Chosen(picked, score_decision(stream, picked, spec, library, seed=seed))


def score_decision(
    stream: Stream, decision: Decision, spec: Spec, library: DecisionLibrary, *, seed: int = 1, repeats: int = 1_000
) -> EventScore:  # fmt: skip
    """Events by one set of parameters, by the C that ships."""
    in_force = library.in_force(decision, stream.scores, stream.breaks)
    return score_events(stream, in_force, resting=resting_class(spec), seed=seed, repeats=repeats)


def _picked(scored: list[Chosen], limit: float | None) -> Decision:
    alarms = [chosen.score.value("false_alarms_per_hour") or 0.0 for chosen in scored]
    allowed = [chosen for chosen, rate in zip(scored, alarms, strict=True) if limit is None or rate <= limit]
    if not allowed:
        return scored[int(np.argmin(alarms))].decision
    best = max(_f1(chosen) for chosen in allowed)
    return min((chosen for chosen in allowed if _f1(chosen) >= best - _AS_GOOD), key=_delay).decision


def debounced(spec: Spec) -> Decision:
    """The plain rule, where nothing was chosen: with the goal's duration and refractory time."""
    return Decision(shortest=spec.behavior.debounce, refractory=_refractory(spec))


def _f1(chosen: Chosen) -> float:
    return chosen.score.value("event_f1") or 0.0


def _delay(chosen: Chosen) -> float:
    delay = chosen.score.value("detection_delay_s")
    return math.inf if delay is None else delay


def _grid(spec: Spec, *, has_shares: bool) -> list[Decision]:
    """Plainest first."""
    behavior, refractory = spec.behavior, _refractory(spec)
    if behavior.debounce_is == "exact":
        return [debounced(spec)]
    resting = resting_class(spec) if has_shares else None
    durations = (behavior.debounce,) if behavior.debounce_is == "least" else _SHORTEST
    levels = [
        (enter, leave) for enter in _enters(resting, has_shares) for leave in sorted({enter // 2, enter * 3 // 4})
    ]
    return [
        Decision(
            weight=weight, enter=enter, leave=leave, shortest=shortest, refractory=refractory, resting=resting
        )
        for shortest, weight, (enter, leave) in product(durations, _WEIGHTS, levels)
    ]  # fmt: skip


def _enters(resting: int | None, has_shares: bool) -> tuple[int, ...]:
    if not has_shares:
        return (0,)
    return _ENTER_ANY if resting is None else _ENTER_EVENT


def _refractory(spec: Spec) -> int:
    rate = spec.window.rate_hz
    return 0 if rate is None else math.ceil(spec.behavior.refractory_s * rate / spec.window.hop)
