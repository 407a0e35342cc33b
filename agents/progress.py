"""How a search goes: what each round added to the best score so far. Facts for both minds and the code over them."""

from collections.abc import Sequence

from nanosmith.agents.coder import TrialDigest

WORTH_A_ROUND = 0.005
"""Gain of the metric below which a round was not worth its time; of a number, of the share of its plain error gone."""

_STILL_ROUNDS = 2
_INT8_LOSS = 0.01
_OVERFITS = 0.1
_UNDERFITS = 0.9
_UNDERFITS_NUMBER = 0.5


def gains(trials: Sequence[TrialDigest]) -> tuple[float, ...]:
    """What each round after the first added to the best score that fits the board; 0 where it added nothing."""
    rounds = sorted({trial.round for trial in trials if trial.round})
    best: float | None = None
    found: list[float] = []
    for number in rounds:
        scores = [t.merit for t in trials if t.round == number and t.merit is not None and t.fits_budget is not False]
        top = max(scores, default=None)
        if best is not None:
            found.append(max(0.0, (best if top is None else top) - best))
        best = top if best is None else max(best, best if top is None else top)
    return tuple(found)


def is_plateau(trials: Sequence[TrialDigest]) -> bool:
    """Whether the latest two rounds each gained next to nothing."""
    latest = gains(trials)[-_STILL_ROUNDS:]
    return len(latest) == _STILL_ROUNDS and all(gain < WORTH_A_ROUND for gain in latest)


def _underfits(trial: TrialDigest) -> float:
    """A number is never told to the last digit: half of the plain error is little, nine tenths are much."""
    return _UNDERFITS if trial.plain_error is None else _UNDERFITS_NUMBER


def lesson(trial: TrialDigest, trials: Sequence[TrialDigest]) -> str:
    """What a trial taught, by rule and in few words: gain on what was known before, and what held it back."""
    before = [t.merit for t in trials if t.candidate < trial.candidate and t.merit is not None]
    found = []
    if trial.merit is None:
        return trial.status
    if before:
        found.append(f"{trial.merit - max(before):+.3f} on the best before")
    if trial.float_merit is not None and trial.float_merit - trial.merit > _INT8_LOSS:
        found.append(f"int8 loses {trial.float_merit - trial.merit:.3f}")
    if trial.train_accuracy is not None and trial.train_accuracy - trial.merit > _OVERFITS:
        found.append("overfits")
    elif trial.train_accuracy is not None and trial.train_accuracy < _underfits(trial):
        found.append("underfits")
    if trial.fits_budget is False:
        found.append("over a budget")
    return ", ".join(found) or "first of its kind"
