"""The critic judges; code decides what its judgement may do and when the search ends."""

from typing import Literal

from langgraph.runtime import Runtime

from nanosmith.agents.briefs import CriticBrief
from nanosmith.graphs.events import VerdictGiven
from nanosmith.graphs.reading import BestTrial, best_trial, digests, read_board, read_limits, read_spec
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell, tell_thinking
from nanosmith.tools.contract import check_contract, contract_is_met, distance
from nanosmith.tools.specs.device_spec import Limits
from nanosmith.tools.specs.verdict import Review, Verdict

Stop = Literal["rounds", "time", "tokens", "cost", "user"]


def critique(state: RunState, runtime: Runtime[Services]) -> RunState:
    """One verdict a round. A cap that is used up ends the search whatever the critic would say."""
    services = enter(runtime, "critique")
    best = best_trial(state)
    stop = _cap(state, read_limits(state), services)
    if stop not in (None, "rounds"):
        verdict = _stopped(best, stop)
    else:
        tell_thinking(runtime, "trainer_critic", f"the trials of round {state['round']}")
        review = services.mind.think(_brief(state, services, best))
        verdict = rule(review, best, is_last_round=stop == "rounds")
    tell(runtime, VerdictGiven(round=state["round"], verdict=verdict))
    return {"verdicts": [*state.get("verdicts", []), verdict.model_dump(mode="json")]}


def rule(review: Review, best: BestTrial | None, *, is_last_round: bool) -> Verdict:
    """What the critic's review may do: it can't accept what the contract rejects, nor go on past the last round."""
    chosen = None if best is None else best.candidate
    if review.action == "accept" and best is not None and contract_is_met(best.contract):
        return Verdict(action="accept", reason=review.reason, advice=review.advice, best=chosen, stop="accepted")
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
        contract=check_contract(spec, board, score=None, device=None) if best is None else best.contract,
    )


def _cap(state: RunState, limits: Limits, services: Services) -> Stop | None:
    usage = services.usage()
    tokens = usage.input_tokens + usage.output_tokens
    if services.finish_asked():
        return "user"
    if limits.time_s is not None and usage.wall_s >= limits.time_s:
        return "time"
    if limits.tokens is not None and tokens >= limits.tokens:
        return "tokens"
    if limits.cost_usd is not None and (usage.cost_usd or 0.0) >= limits.cost_usd:
        return "cost"
    return "rounds" if state["round"] >= limits.rounds else None


def _stopped(best: BestTrial | None, stop: Stop) -> Verdict:
    why = {"time": "the time", "tokens": "the tokens", "cost": "the money"}.get(stop)
    reason = "the user asked to finish." if why is None else f"{why} for this run is used up."
    best_id = None if best is None else best.candidate
    return Verdict(action="stop", reason=f"{reason} {_standing(best)}", best=best_id, stop=stop)


def _standing(best: BestTrial | None) -> str:
    if best is None:
        return "No candidate could be deployed."
    missed = distance(best.contract)
    return f"{best.candidate} is the best so far" + (f", but {missed}." if missed else ", and meets the contract.")
