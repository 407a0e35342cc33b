"""Gather what the page shows: from state, run folder and the open data; the sealed windows stay where they are."""

from importlib.metadata import version
from typing import TypeVar

from nanosmith.graphs.reading import read_board, read_candidate, read_check, read_device, read_trial
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.summary import read_verification
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.deploy import Deployable
from nanosmith.tools.firmware.project import DEVICE
from nanosmith.tools.report.arena import arena_layers
from nanosmith.tools.report.examples import pick_examples
from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.base import Artifact, Record
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import FittedFrontEnd
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.report import ExampleWindow, ReportCommand, ReportData, ReportTrial
from nanosmith.tools.specs.run import RunSummary
from nanosmith.tools.specs.trial import BuildReport, Trial
from nanosmith.tools.specs.verdict import Verdict

R = TypeVar("R", bound=Record)


def gather(summary: RunSummary, state: RunState, services: Services, *, sandboxed: bool) -> ReportData:
    """Everything there is; what the run did not come to stays empty."""
    verdicts = tuple(Verdict.model_validate(verdict) for verdict in state.get("verdicts", []))
    chosen = verdicts[-1].best if verdicts else None
    board = read_board(state) if "spec" in state else None
    verification = read_verification(state, services.folder)
    deployable = None if chosen is None else chosen_deployable(state, services, chosen)
    return ReportData(
        summary=summary,
        sandboxed=sandboxed,
        board=board,
        profile=_record(state, services, "profile", DataProfile),
        baseline=Baseline.model_validate(state["baseline"]) if "baseline" in state else None,
        trials=_trials(state, services),
        verdicts=verdicts,
        chosen=chosen,
        application=_record(state, services, "application", Application),
        build=BuildReport.model_validate(state["build"]) if "build" in state else None,
        constant_bytes=0 if deployable is None else deployable.compiled.constant_bytes,
        arena_bytes=0 if deployable is None else deployable.compiled.arena_bytes,
        layers=() if deployable is None else arena_layers(deployable.compiled),
        timeline=() if verification is None else verification.timeline,
        application_lines=() if verification is None else verification.application_lines,
        examples=_examples(services),
        commands=() if verification is None else _commands(board),
        provenance=_provenance(state),
    )


def chosen_deployable(state: RunState, services: Services, candidate: str) -> Deployable:
    """The C of a complete trial, compiled again from its artifacts; the same bytes every time."""
    return trial_deployable(read_trial(state, services.folder, candidate), read_board(state), services)


def trial_deployable(trial: Trial, board: Board, services: Services) -> Deployable:
    """The C of a complete trial, for a board's core."""
    if trial.model is None or trial.front_end is None:
        raise ValueError(f"{trial.candidate} has no model")
    fitted = services.folder.get_record(trial.front_end, FittedFrontEnd)
    blob = services.folder.get(trial.model)
    return Deployable.assemble(blob, fitted, board.core, trial.scale, trial.decision)


def _record(state: RunState, services: Services, key: str, kind: type[R]) -> R | None:
    found = state.get(key)
    return None if found is None else services.folder.get_record(Artifact.model_validate(found), kind)


def _trials(state: RunState, services: Services) -> tuple[ReportTrial, ...]:
    failures = {entry["candidate"]: entry["failure"] for entry in state.get("measures", [])}
    rows = []
    for entry in state.get("trials", []):
        name = entry["candidate"]
        candidate, check = read_candidate(state, name), read_check(state, name)
        rows.append(
            ReportTrial(
                candidate=candidate,
                source=services.folder.get(candidate.source).decode("utf-8", errors="replace"),
                trial=read_trial(state, services.folder, name),
                device=read_device(state, name),
                failure=failures.get(name),
                weights=check.weights,
                macs=check.macs,
            )
        )
    return tuple(rows)


def _examples(services: Services) -> tuple[ExampleWindow, ...]:
    if not (services.folder.open_data / "windows.json").is_file():
        return ()
    windows = WindowSet.load(services.folder.open_data)
    return pick_examples(windows.windows, windows.labels, windows.classes)


def _commands(board: Board | None) -> tuple[ReportCommand, ...]:
    build = ReportCommand(title="Build for the emulated board", command="nanosmith pio run -d firmware", note="offline")
    commands = [build]
    if board is not None and board.official is not None:
        note = "online, the first time: PlatformIO fetches the vendor's platform; not tried by this run"
        command = f"pio run -d firmware -e {DEVICE} -t upload"
        commands.append(ReportCommand(title="Flash the real board", command=command, note=note))
    return tuple(commands)


def _provenance(state: RunState) -> tuple[tuple[str, str], ...]:
    packages = ("nanosmith", "tensorflow-cpu", "tensorflow", "keras", "platformio", "numpy")
    found = []
    for package in packages:
        try:
            found.append((package, version(package)))
        except ModuleNotFoundError:
            continue
    return (*found, ("seed", str(state["limits"]["seed"])))
