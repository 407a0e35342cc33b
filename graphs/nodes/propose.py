"""The coder proposes networks; each is built and converted before a training is paid for."""

from langgraph.runtime import Runtime

from nanosmith.agents.briefs import CoderBrief
from nanosmith.agents.llm_errors import SpendingCapReached
from nanosmith.graphs.events import CandidateProposed, CandidateRefused, Note
from nanosmith.graphs.reading import digests, read_board, read_limits, read_spec
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import Json, RunState
from nanosmith.graphs.telling import enter, tell, tell_thinking
from nanosmith.tools.compiler import SUPPORTED_OPERATORS
from nanosmith.tools.compiler.operator_cost import operator_costs
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.candidate import Candidate, CandidateCheck, Proposal
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.verdict import Verdict
from nanosmith.tools.training.check import CHECK_LIMIT_S, check_candidate
from nanosmith.tools.training.repetition import Tried, repetition

_ATTEMPTS = 3
"""Times the coder is asked again within a round when its proposals fail their checks."""


def propose(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Add this round's candidates; fewer than wanted where the coder's proposals keep failing."""
    services = enter(runtime, "propose")
    limits = read_limits(state)
    accepted: list[Json] = []
    refused: list[tuple[Proposal, tuple[str, ...]]] = []
    for _ in range(_ATTEMPTS):
        wanted = limits.candidates_per_round - len(accepted)
        if wanted == 0:
            break
        brief = _brief(state, services, wanted, tuple(refused))
        tell_thinking(runtime, "coder", f"round {state['round'] + 1}: {wanted} candidate(s)", brief.notes)
        for proposal in _thought(runtime, brief)[:wanted]:
            services.check_stop()
            findings = _repeated(proposal, state, services, accepted)
            check = (
                CandidateCheck(ok=False, findings=findings)
                if findings
                else _check(proposal, brief, services, limits.training_s)
            )
            findings = check.findings
            if findings:
                refused.append((proposal, findings))
                tell(runtime, CandidateRefused(idea=proposal.idea, findings=findings))
                continue
            number = len(state.get("candidates", [])) + len(accepted) + 1
            candidate = _candidate(proposal, number, state["round"] + 1, services)
            accepted.append(_entry(candidate, check))
            tell(runtime, _proposed(candidate, check))
    return {"candidates": accepted, "round": state["round"] + 1}


def _brief(
    state: RunState, services: Services, wanted: int, refused: tuple[tuple[Proposal, tuple[str, ...]], ...]
) -> CoderBrief:
    verdicts = state.get("verdicts", [])
    return CoderBrief(
        spec=read_spec(state),
        profile=services.folder.get_record(Artifact.model_validate(state["profile"]), DataProfile),
        board=read_board(state),
        sample_shape=tuple(state["sample_shape"]),
        windows=len(WindowSet.load(services.folder.open_data).labels),
        trials=digests(state, services.folder),
        advice=Verdict.model_validate(verdicts[-1]).advice if verdicts else "",
        refused=refused,
        wanted=wanted,
        operators=SUPPORTED_OPERATORS,
        costs=operator_costs(read_board(state).core),
        notes=services.steering(),
        seed=read_limits(state).seed,
    )


def _check(proposal: Proposal, brief: CoderBrief, services: Services, limit_s: float) -> CandidateCheck:
    return check_candidate(
        proposal,
        spec=brief.spec,
        board=brief.board,
        sample_shape=brief.sample_shape,
        library=services.library,
        sandbox=services.sandbox,
        work=services.folder.work / "checks",
        timeout_s=min(CHECK_LIMIT_S, limit_s),
        cancelled=services.stop.is_set,
    )


def _thought(runtime: Runtime[Services], brief: CoderBrief) -> tuple[Proposal, ...]:
    """The coder's proposals; none where nothing is left to pay an answer with: the critic then ends the search."""
    try:
        return runtime.context.mind.think(brief).proposals
    except SpendingCapReached as spent:
        tell(runtime, Note(severity="warning", message=f"{spent}; no more proposals"))
        return ()


def _repeated(proposal: Proposal, state: RunState, services: Services, accepted: list[Json]) -> tuple[str, ...]:
    """Why it need not be tried: an earlier candidate was too like it."""
    outcomes = {entry["candidate"]: entry for entry in state.get("trials", [])}
    earlier = []
    for entry in [*state.get("candidates", []), *accepted]:
        candidate = Candidate.model_validate(entry["record"])
        source = services.folder.get(candidate.source).decode("utf-8", errors="replace")
        outcome = outcomes.get(candidate.id)
        status = "untried" if outcome is None else outcome["status"]
        earlier.append(Tried(candidate.id, source, candidate.front_end, candidate.training, status))
    return repetition(proposal, earlier)


def _candidate(proposal: Proposal, number: int, round_: int, services: Services) -> Candidate:
    identity = f"c{number:02d}"
    return Candidate(
        id=identity,
        round=round_,
        idea=proposal.idea,
        source=services.folder.put(proposal.source.encode(), f"{identity}-model.py"),
        front_end=proposal.front_end,
        training=proposal.training,
        parameters=proposal.parameters,
    )


def _entry(candidate: Candidate, check: CandidateCheck) -> Json:
    return {
        "candidate": candidate.id,
        "record": candidate.model_dump(mode="json"),
        "check": check.model_dump(mode="json"),
    }


def _proposed(candidate: Candidate, check: CandidateCheck) -> CandidateProposed:
    return CandidateProposed(
        candidate=candidate.id,
        idea=candidate.idea,
        front_end=candidate.front_end,
        epochs=candidate.training.epochs,
        weights=check.weights,
        macs=check.macs,
        arena_bytes=check.arena_bytes,
    )
