"""The application plays a recorded sequence on the emulated board; what it does otherwise than agreed is mended."""

import numpy as np
from langgraph.runtime import Runtime

from nanosmith.graphs.events import Rehearsed
from nanosmith.graphs.reading import read_board, read_spec
from nanosmith.graphs.report_data import chosen_deployable
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.errors import CommandTimedOut, FirmwareFailed, MemoryExceeded, OutputTooLarge, ResultRefused
from nanosmith.tools.firmware.project import StreamShape, report_step
from nanosmith.tools.firmware.rehearsal import (
    judge_number_rehearsal,
    judge_rehearsal,
    number_order,
    rehearsal_order,
)
from nanosmith.tools.firmware.threshold import fixed_thresholds
from nanosmith.tools.specs.run import Rehearsal
from nanosmith.tools.specs.trial import BuildReport
from nanosmith.tools.specs.verdict import Verdict

_WINDOWS = 600
"""Open windows among which those of the rehearsal are picked."""


def rehearse(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Check the application by a scenario derived from the contract, on open data only."""
    services = enter(runtime, "rehearse")
    found = _played(state, services)
    tell(runtime, Rehearsed(rehearsal=found))
    return {"rehearsal": found.model_dump(mode="json")}


def _played(state: RunState, services: Services) -> Rehearsal:
    spec, board = read_spec(state), read_board(state)
    chosen, elf = Verdict.model_validate(state["verdicts"][-1]).best, BuildReport.model_validate(state["build"]).elf
    if chosen is None or elf is None:
        raise ValueError("only built firmware is rehearsed")
    deployable = chosen_deployable(state, services, chosen)
    windows = WindowSet.load(services.folder.open_data).windows
    some = np.asarray(windows[np.linspace(0, len(windows) - 1, min(_WINDOWS, len(windows))).astype(int)])
    work = services.folder.work / "rehearse"
    _, outputs = deployable.host_answers(some, services.library, deployable.on_host(work / "host", services.sandbox))
    number, decision = deployable.number(spec), deployable.decides(spec)
    if number is None:
        order = rehearsal_order(outputs, decision)
    else:
        order = number_order(number.last_digits(outputs[:, 0]), report_step(spec))
    services.folder.get(elf)  # its sha256 is checked
    try:
        replay = services.emulator.replay_windows(
            services.folder.root / elf.path, board, some[order], shape=StreamShape.of(spec, some.shape[1:]),
            classes=spec.outputs, sandbox=services.sandbox, work=work, cancelled=services.stop.is_set,
        )  # fmt: skip
    except (FirmwareFailed, CommandTimedOut, OutputTooLarge, MemoryExceeded, ResultRefused) as error:
        return Rehearsal(answers=len(order), reports=0, faults=(f"on the emulated board: {error}",))
    if number is not None and spec.target is not None:
        thresholds = fixed_thresholds(spec.target, spec.behavior.thresholds)
        return judge_number_rehearsal(replay, number, spec.target.unit, report_step(spec), thresholds)
    in_force = services.decisions.in_force(decision, replay.outputs)
    return judge_rehearsal(replay, in_force.tolist(), spec.classes, spec.behavior)
