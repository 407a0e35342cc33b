"""`run.json`, kept current: read off the state after every step."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from nanosmith.graphs.digest import trial_metric
from nanosmith.graphs.reading import (
    best_trial,
    read_board,
    read_candidate,
    read_device,
    read_spec,
    read_trial,
)
from nanosmith.graphs.request import RunRequest
from nanosmith.graphs.state import RunState
from nanosmith.tools.contract import check_contract
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.specs.base import Artifact, Status
from nanosmith.tools.specs.run import ContractItem, Rehearsal, RunDevice, RunParity, RunSummary, RunTrial, Usage
from nanosmith.tools.specs.verdict import Verdict
from nanosmith.tools.specs.verification import Verification

REPORT = "report.html"
_DELIVERED = (REPORT, "firmware/platformio.ini", "firmware/src/app.c", "firmware/src/model.c")


def summarize(
    request: RunRequest, state: RunState, folder: RunFolder, usage: Usage, *, status: Status, message: str
) -> RunSummary:
    """Where the run stands; fields of steps that were not reached are empty."""
    verdicts = state.get("verdicts", [])
    verification = read_verification(state, folder)
    return RunSummary(
        run=request.run,
        version=version("nanosmith"),
        status=status,
        stop=Verdict.model_validate(verdicts[-1]).stop if verdicts else None,
        message=message,
        goal=request.goal,
        mind=request.mind,
        spec=read_spec(state) if "spec" in state else None,
        contract=final_contract(state, verification) if "spec" in state else (),
        test=None if verification is None else verification.test,
        device=None if verification is None else _device(verification),
        parity=RunParity() if verification is None else verification.parity,
        rehearsal=Rehearsal.model_validate(state["rehearsal"]) if "rehearsal" in state else None,
        trials=_trials(state, folder),
        usage=usage,
        artifacts=_artifacts(folder.root),
    )


def read_verification(state: RunState, folder: RunFolder) -> Verification | None:
    """What the verify node found; None before it."""
    if "verification" not in state:
        return None
    return folder.get_record(Artifact.model_validate(state["verification"]), Verification)


def final_contract(state: RunState, verification: Verification | None) -> tuple[ContractItem, ...]:
    """Sealed score and final firmware once verified; before that the best candidate's, its score left open."""
    spec, board = read_spec(state), read_board(state)
    if verification is not None:
        score = verification.test.evaluation.metric(spec.metric).value
        events = () if verification.test.events is None else verification.test.events.metrics
        rates = {metric.name: metric.value for metric in (*verification.test.metrics, *events)}
        return check_contract(spec, board, score=score, device=verification.device, rates=rates)
    best = best_trial(state)
    return check_contract(spec, board, score=None, device=None if best is None else best.device)


def _device(verification: Verification) -> RunDevice:
    device = verification.device
    return RunDevice.model_validate({name: getattr(device, name) for name in RunDevice.model_fields})


def _trials(state: RunState, folder: RunFolder) -> tuple[RunTrial, ...]:
    rows = []
    for entry in state.get("trials", []):
        trial = read_trial(state, folder, entry["candidate"])
        float_metric = trial_metric(read_spec(state), trial.float32)
        rows.append(
            RunTrial(
                candidate=trial.candidate,
                idea=read_candidate(state, trial.candidate).idea,
                status=trial.status,
                reason=trial.reason,
                score=entry["score"],
                float_score=None if float_metric is None else float_metric.value,
                device=read_device(state, trial.candidate),
            )
        )
    return tuple(rows)


def _artifacts(root: Path) -> tuple[Artifact, ...]:
    found = sorted({root / name for name in _DELIVERED} | set((root / "firmware").glob("src/*")))
    return tuple(
        Artifact(
            path=path.relative_to(root).as_posix(),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size_bytes=path.stat().st_size,
        )
        for path in found
        if path.is_file()
    )
