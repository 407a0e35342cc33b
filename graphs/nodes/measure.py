"""The device in the loop: every complete trial is compiled, built for the board and run on its emulated core."""

import numpy as np
from langgraph.runtime import Runtime

from nanosmith.graphs.events import DeviceMeasured, MeasureFailed
from nanosmith.graphs.reading import read_board, read_spec, read_trial, unmeasured
from nanosmith.graphs.report_data import trial_deployable
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import Json, RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.errors import (
    BuildFailed,
    CommandFailed,
    CommandTimedOut,
    FirmwareFailed,
    ImageUnreadable,
    MemoryExceeded,
    ModelRejected,
    OutputTooLarge,
    ResultRefused,
)
from nanosmith.tools.firmware.measure import measure_candidate
from nanosmith.tools.firmware.project import example_application
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.trial import DeviceReport

_WINDOWS = 24


def measure(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Measure what was trained since the last time; a candidate that can't be measured carries its reason."""
    services = enter(runtime, "measure")
    spec, board = read_spec(state), read_board(state)
    entries: list[Json] = []
    for name in unmeasured(state):
        services.check_stop()
        try:
            report = _measured(state, services, name, spec, board)
        except (
            ModelRejected,
            BuildFailed,
            FirmwareFailed,
            ImageUnreadable,
            CommandFailed,
            CommandTimedOut,
            OutputTooLarge,
            MemoryExceeded,
            ResultRefused,
        ) as error:
            tell(runtime, MeasureFailed(candidate=name, reason=str(error)))
            entries.append({"candidate": name, "report": None, "failure": str(error)})
            continue
        score = next(entry["score"] for entry in state["trials"] if entry["candidate"] == name)
        tell(runtime, DeviceMeasured(report=report, spec=spec, score=score))
        entries.append({"candidate": name, "report": report.model_dump(mode="json"), "failure": None})
    return {"measures": entries}


def _measured(state: RunState, services: Services, name: str, spec: Spec, board: Board) -> DeviceReport:
    deployable = trial_deployable(read_trial(state, services.folder, name), board, services)
    windows = WindowSet.load(services.folder.open_data).windows
    picked = np.asarray(windows[np.linspace(0, len(windows) - 1, min(_WINDOWS, len(windows))).astype(int)])
    host = deployable.on_host(services.folder.work / "host" / name, services.sandbox)
    _, expected = deployable.host_answers(picked, services.library, host)
    return measure_candidate(
        name,
        deployable.project(spec, board, example_application(spec)),
        spec=spec,
        board=board,
        windows=picked,
        expected=expected,
        arena_bytes=deployable.compiled.arena_bytes,
        platformio=services.platformio,
        emulator=services.emulator,
        sandbox=services.sandbox,
        work=services.folder.work / "measure" / name,
    )
