"""The built-in trainer-critic: goes on while it pays, says what is wrong in words that the coder acts on.

Rule. Met contract: accepted when the goal's own limit lies below the score's 95 % interval, when the last round
gained less than half a point, when the score is near perfect, or when the rounds are used up. A limit taken from the
data is only a yardstick, so its interval does not end the search. Unmet contract: revise while rounds remain.
"""

from nanosmith.agents.builtin.diagnosis import Finding, diagnose
from nanosmith.agents.coder import TrialDigest
from nanosmith.agents.progress import WORTH_A_ROUND, gains
from nanosmith.agents.trainer_critic import CriticBrief
from nanosmith.tools.clean_text import clean_text
from nanosmith.tools.specs.verdict import Review

_NEAR_PERFECT = 0.995
_ADVICE_CHARACTERS = 2_000
_REASON_CHARACTERS = 1_000


def review(brief: CriticBrief) -> Review:
    """Accept, revise or stop, with the reason and, where it goes on, the advice."""
    best = next((trial for trial in brief.trials if trial.candidate == brief.best), None)
    is_met = best is not None and all(item.met is True for item in brief.contract)
    has_rounds = brief.round < brief.rounds
    if best is not None and is_met:
        ending = _why_accept(brief, best)
        if ending is not None:
            return _answer("accept", f"{_standing(brief, best)}; {ending}.")
        return _answer("revise", f"{_standing(brief, best)}, and a round may still gain.", _findings(brief, best))
    reason = "no candidate can be deployed yet" if best is None else f"{_standing(brief, best)}, short of the contract"
    if not has_rounds:
        return _answer("stop", f"{reason}: {_missed(brief)}; the rounds are used up.", _findings(brief, best))
    return _answer("revise", f"{reason}: {_missed(brief)}.", _findings(brief, best))


def _why_accept(brief: CriticBrief, best: TrialDigest) -> str | None:
    """Why a met contract is good enough; None where another round is worth it."""
    spec = brief.spec
    if (best.merit or 0.0) >= _NEAR_PERFECT:
        return "there is next to nothing left to gain"
    is_sure = best.sure_merit is not None and best.sure_merit >= spec.merit(spec.metric_limit)
    if spec.metric_limit_source == "goal" and is_sure:
        if spec.target is not None:
            return f"the high end of its interval, {best.score_high:.4g}, is below the goal's {spec.metric_limit:g}"
        return f"the low end of its interval, {best.score_low:.3f}, is above the goal's {spec.metric_limit:g}"
    if brief.round >= brief.rounds:
        return "the rounds are used up"
    gain = _last_gain(brief)
    if gain is not None and gain < WORTH_A_ROUND:
        return f"the last round gained {gain:.3f}, so another is not worth its time"
    return None


def _last_gain(brief: CriticBrief) -> float | None:
    """What the latest round added to the best score that fits the board; None in the first round."""
    return next(reversed(gains(brief.trials)), None)


def _latest_round(brief: CriticBrief) -> tuple[TrialDigest, ...]:
    last = max((trial.round for trial in brief.trials), default=0)
    return tuple(trial for trial in brief.trials if trial.round == last)


def _findings(brief: CriticBrief, best: TrialDigest | None) -> tuple[Finding, ...]:
    """Of the best trial, or of the latest round where none can be deployed; and what keeps failing."""
    subjects = (best,) if best is not None else _latest_round(brief)
    found = [finding for trial in subjects for finding in diagnose(brief.spec, brief.board, trial)]
    for trial in _latest_round(brief):
        if trial not in subjects:
            found.extend(f for f in diagnose(brief.spec, brief.board, trial) if f.kind == "failed")
    gain = _last_gain(brief)
    if gain is not None and gain < WORTH_A_ROUND:
        seen = f"the last round gained {gain:.3f}"
        found.append(Finding("plateau", seen, "another kind of network or front-end rather than the same one tuned"))
    unique = {finding.advice: finding for finding in found}
    return tuple(unique.values())


def _standing(brief: CriticBrief, best: TrialDigest) -> str:
    target = brief.spec.target
    score = "unscored" if best.score is None else f"{best.score:.3f}" if target is None else f"{best.score:.4g}"
    if target is not None:
        limit = f"{brief.spec.metric_limit:g} {target.unit or ''}".strip()
        return f"{best.candidate} reaches an error ({brief.spec.metric}) of {score} where {limit} is asked"
    return f"{best.candidate} reaches {brief.spec.metric} {score} where {brief.spec.metric_limit:g} is asked"


def _missed(brief: CriticBrief) -> str:
    """The limits that are not met, with what was measured."""
    if brief.best is None:
        return f"{len(brief.trials)} tried"
    parts = []
    for item in brief.contract:
        if item.met is not True:
            measured = "not measured" if item.measured is None else f"{item.measured:,.4g}"
            parts.append(f"{item.name} {measured} against {item.limit:,.4g} {item.unit}".strip())
    return ", ".join(parts)


def _answer(action: str, reason: str, findings: tuple[Finding, ...] = ()) -> Review:
    advice = "\n".join(finding.advice for finding in findings)
    return Review.model_validate(
        {
            "action": action,
            "reason": clean_text(reason, limit=_REASON_CHARACTERS),
            "advice": clean_text(advice, limit=_ADVICE_CHARACTERS),
        }
    )
