"""The last node: how it ended, in one sentence, and the page."""

from langgraph.runtime import Runtime

from nanosmith.graphs.reading import best_trial
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.summary import final_contract, read_verification
from nanosmith.graphs.telling import enter
from nanosmith.tools.contract import contract_is_met, distance
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.trial import BuildReport


def report(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Decide the run's status from the measured contract alone; the driver writes `run.json` and the page."""
    services = enter(runtime, "report")
    verification = read_verification(state, services.folder)
    if verification is None:
        return {"status": Status.NOT_MET.value, "message": _nothing_delivered(state)}
    items = final_contract(state, verification)
    if contract_is_met(items):
        message = "contract met: the firmware in firmware/ was proven on the emulated board"
        return {"status": Status.MET.value, "message": message}
    message = f"contract not met; the firmware in firmware/ is the best found: {distance(items)}"
    return {"status": Status.NOT_MET.value, "message": message}


def _nothing_delivered(state: RunState) -> str:
    if "build" in state and not BuildReport.model_validate(state["build"]).ok:
        return "nothing met the contract: the firmware could not be built, not even with the stock application"
    best = best_trial(state)
    if best is not None:
        return f"contract not met: {distance(best.contract)}"
    reasons = [entry["failure"] for entry in state.get("measures", []) if entry["failure"]]
    why = f": {reasons[-1]}" if reasons else ""
    return f"nothing met the contract: no candidate could be deployed{why}"
