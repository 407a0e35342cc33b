"""Typed views of the state: nodes and routes read it through these."""

from dataclasses import dataclass
from pathlib import Path

from nanosmith.agents.briefs import TrialDigest
from nanosmith.agents.builtin.goal.number import may_ask_for_a_number
from nanosmith.graphs.digest import digest_trial
from nanosmith.graphs.recordings import SplitRecordings, read_recordings
from nanosmith.graphs.state import Json, RunState, ids
from nanosmith.tools.contract import check_contract, contract_is_met, overrun
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import Candidate, CandidateCheck
from nanosmith.tools.specs.device_spec import Limits, Spec
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import DeviceReport, Trial


@dataclass(frozen=True)
class BestTrial:
    """The candidate that would be deployed if the search ended now."""

    candidate: str
    score: float
    device: DeviceReport
    contract: tuple[ContractItem, ...]
    """On validation; the sealed test decides in the end."""


def read_spec(state: RunState) -> Spec:
    """The contract."""
    return Spec.model_validate(state["spec"])


def read_limits(state: RunState) -> Limits:
    """What the run may spend."""
    return Limits.model_validate(state["limits"])


def recordings_of(state: RunState) -> SplitRecordings:
    """The user's recordings, open and sealed, in the groups that the run goes by.

    Raises:
        DataError: They can't be read.

    """
    denied = state.get("are_groups_denied", False)
    return read_recordings(
        Path(state["data"]), seed=read_limits(state).seed, are_groups_denied=denied,
        number_wanted=may_ask_for_a_number(state.get("goal", "")),
    )  # fmt: skip


def read_board(state: RunState) -> Board:
    """The board of the contract."""
    return find_board(read_spec(state).board)


def read_candidate(state: RunState, candidate: str) -> Candidate:
    """A candidate by its id; KeyError where there is none."""
    return Candidate.model_validate(_entry(state["candidates"], candidate)["record"])


def read_check(state: RunState, candidate: str) -> CandidateCheck:
    """The static check of a candidate."""
    return CandidateCheck.model_validate(_entry(state["candidates"], candidate)["check"])


def read_trial(state: RunState, folder: RunFolder, candidate: str) -> Trial:
    """A trial from the run folder, its sha256 checked."""
    entry = _entry(state["trials"], candidate)
    return folder.get_record(Artifact.model_validate(entry["artifact"]), Trial)


def read_device(state: RunState, candidate: str) -> DeviceReport | None:
    """A candidate's device report; None where it was not measured or could not be."""
    for entry in state.get("measures", []):
        if entry["candidate"] == candidate and entry["report"] is not None:
            return DeviceReport.model_validate(entry["report"])
    return None


def pending_candidates(state: RunState) -> list[Json]:
    """Candidates without a trial."""
    tried = ids(state.get("trials", []))
    return [entry for entry in state.get("candidates", []) if entry["candidate"] not in tried]


def unmeasured(state: RunState) -> list[str]:
    """Complete trials without a device report."""
    measured = ids(state.get("measures", []))
    return [
        entry["candidate"]
        for entry in state.get("trials", [])
        if entry["status"] == "complete" and entry["candidate"] not in measured
    ]


def best_trial(state: RunState) -> BestTrial | None:
    """The best deployable candidate: contract met before not met, then the smaller overrun, then the better score.

    Deployable means measured on the emulated board, in parity, and within the board's own memory.
    """
    if not state.get("measures"):
        return None
    spec, board = read_spec(state), read_board(state)
    ranked = []
    for entry in state["trials"]:
        device = read_device(state, entry["candidate"])
        if device is None or entry["score"] is None or not _fits_board(device, board):
            continue
        items = check_contract(spec, board, score=entry["score"], device=device, rates=entry.get("rates", {}))
        key = (contract_is_met(items), -overrun(items), spec.merit(entry["score"]))
        ranked.append((key, BestTrial(entry["candidate"], entry["score"], device, items)))
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


def digests(state: RunState, folder: RunFolder) -> tuple[TrialDigest, ...]:
    """Every trial so far as coder and critic read it, in the order proposed."""
    spec, board = read_spec(state), read_board(state)
    return tuple(
        digest_trial(
            spec,
            board,
            read_candidate(state, entry["candidate"]),
            read_check(state, entry["candidate"]),
            read_trial(state, folder, entry["candidate"]),
            read_device(state, entry["candidate"]),
        )
        for entry in state.get("trials", [])
    )


def _fits_board(device: DeviceReport, board: Board) -> bool:
    return device.parity.holds and device.flash_bytes <= board.flash_bytes and device.ram_bytes <= board.ram_bytes


def _entry(entries: list[Json], candidate: str) -> Json:
    for entry in entries:
        if entry["candidate"] == candidate:
            return entry
    raise KeyError(candidate)
