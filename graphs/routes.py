"""Conditional edges: where the run goes next, read off the state alone."""

from typing import Literal

from langgraph.types import Send

from nanosmith.graphs.reading import best_trial, pending_candidates, read_limits
from nanosmith.graphs.state import RunState, TrainState
from nanosmith.tools.specs.run import Rehearsal
from nanosmith.tools.specs.trial import BuildReport
from nanosmith.tools.specs.verdict import Verdict


def train_each(state: RunState) -> list[Send] | Literal["critique"]:
    """One `train` branch for every candidate that has no trial yet; none: the critic says what follows."""
    best = best_trial(state)
    branches = [
        Send(
            "train",
            TrainState(
                spec=state["spec"],
                limits=state["limits"],
                candidate=entry["record"],
                check=entry["check"],
                has_best=best is not None,
                best_score=None if best is None else best.score,
            ),
        )
        for entry in pending_candidates(state)
    ]
    return branches or "critique"


def after_agree(state: RunState) -> Literal["plan", "propose"]:
    """Back to the planner with the user's answers, or on with the contract."""
    return "propose" if "spec" in state else "plan"


def after_critique(state: RunState) -> Literal["propose", "firmware", "report"]:
    """Search on, build the best so far, or report that nothing could be deployed."""
    verdict = Verdict.model_validate(state["verdicts"][-1])
    if verdict.action == "revise":
        return "propose"
    return "report" if verdict.best is None else "firmware"


def after_build(state: RunState) -> Literal["rehearse", "mend", "report"]:
    """A build that failed is mended; the last mend is the stock application."""
    if BuildReport.model_validate(state["build"]).ok:
        return "rehearse"
    return "mend" if state["mends"] <= read_limits(state).mends else "report"


def after_rehearse(state: RunState) -> Literal["verify", "mend"]:
    """An application that does something else is mended; the stock application, the last mend, goes on as it is."""
    if not Rehearsal.model_validate(state["rehearsal"]).faults:
        return "verify"
    return "mend" if state["mends"] <= read_limits(state).mends else "verify"
