"""The critic judges; code decides what its judgement may do and when the search ends."""

from typing import Literal

from langgraph.runtime import Runtime

from nanosmith.agents.briefs import CriticBrief
from nanosmith.agents.llm_errors import SpendingCapReached
from nanosmith.agents.progress import WORTH_A_ROUND, is_plateau
from nanosmith.graphs.caps import PAID_WORDS, paid_cap, time_is_up
from nanosmith.graphs.events import VerdictGiven
from nanosmith.graphs.reading import BestTrial, best_trial, digests, read_board, read_limits, read_spec
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell, tell_thinking
from nanosmith.tools.contract import check_contract, contract_is_met, distance
from nanosmith.tools.specs.device_spec import Limits
from nanosmith.tools.specs.verdict import Review, Verdict

Stop = Literal["rounds", "time", "calls", "tokens", "cost", "user"]


def critique(state: RunState, runtime: Runtime[Services]) -> RunState:
    """One verdict a round. A cap that is used up ends the search whatever the critic would say."""
    services = enter(runtime, "critique")
    best = best_trial(state)
    stop = _cap(state, read_limits(state), services)
    if stop not in (None, "rounds"):
        verdict = _stopped(best, stop)
    else:
        brief = _brief(state, services, best)
        tell_thinking(runtime, "trainer_critic", f"the trials of round {state['round']}", brief.notes)
        try:
            review = services.mind.think(brief)
        except SpendingCapReached:
            verdict = _stopped(best, paid_cap(read_limits(state), services.usage()) or "cost")
        else:
            verdict = rule(review, best, is_last_round=stop == "rounds", stands_still=is_plateau(brief.trials))
    tell(runtime, VerdictGiven(round=state["round"], verdict=verdict))
    return {"verdicts": [*state.get("verdicts", []), verdict.model_dump(mode="json")]}


def rule(review: Review, best: BestTrial | None, *, is_last_round: bool, stands_still: bool = False) -> Verdict:
    """What the critic's review may do.

    It can't accept what the contract rejects, nor go on past the last round, nor reject forever what meets the
    contract: once two rounds in a row gained nothing to speak of, a met contract is accepted for it.
    """
    chosen = None if best is None else best.candidate
    if review.action == "accept" and best is not None and contract_is_met(best.contract):
        return Verdict(action="accept", reason=review.reason, advice=review.advice, best=chosen, stop="accepted")
    if stands_still and review.action == "revise" and best is not None and contract_is_met(best.contract):
        reason = f"Two rounds in a row gained less than {WORTH_A_ROUND:g}. {_standing(best)}"
        return Verdict(action="accept", reason=reason, advice=review.advice, best=chosen, stop="plateau")
    if is_last_round:
        return Verdict(action="stop", reason=f"{review.reason} {_standing(best)}", best=chosen, stop="rounds")
    if review.action == "stop":
        return Verdict(action="stop", reason=review.reason, advice=review.advice, best=chosen, stop="critic")
    return Verdict(action="revise", reason=review.reason, advice=review.advice, best=chosen)


def _brief(state: RunState, services: Services, best: BestTrial | None) -> CriticBrief:
    spec, board = read_spec(state), read_board(state)
    return CriticBrief(
        spec=spec,
        board=board,
        trials=digests(state, services.folder),
        round=state["round"],
        rounds=read_limits(state).rounds,
        best=None if best is None else best.candidate,
        notes=services.steering(),
        contract=check_contract(spec, board, score=None, device=None) if best is None else best.contract,
    )


def _cap(state: RunState, limits: Limits, services: Services) -> Stop | None:
    usage = services.usage()
    if services.finish_asked():
        return "user"
    if time_is_up(limits, usage):
        return "time"
    return paid_cap(limits, usage) or ("rounds" if state["round"] >= limits.rounds else None)


def _stopped(best: BestTrial | None, stop: Stop) -> Verdict:
    words = {"time": "time", **PAID_WORDS}
    reason = f"The {words[stop]} for this run: used up." if stop in words else "The user asked to finish."
    best_id = None if best is None else best.candidate
    return Verdict(action="stop", reason=f"{reason} {_standing(best)}", best=best_id, stop=stop)


def _standing(best: BestTrial | None) -> str:
    if best is None:
        return "No candidate could be deployed."
    missed = distance(best.contract)
    return f"{best.candidate} is the best so far" + (f", but {missed}." if missed else ", and meets the contract.")
