"""The planner turns goal and profile into the contract; then the windows are cut and the test part is put away."""

from pathlib import Path

import numpy as np
from langgraph.runtime import Runtime

from nanosmith.agents.briefs import PlannerBrief
from nanosmith.graphs.events import PlanMade
from nanosmith.graphs.reading import read_limits
from nanosmith.graphs.recordings import SplitRecordings, read_recordings
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell, tell_thinking
from nanosmith.tools.data.windows import continuous, cut_for_training, cut_windows
from nanosmith.tools.firmware.boards import load_boards
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.device_spec import Spec

_REPLAYED_RECORDINGS = 3


def plan(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Make the contract and lay out the data it speaks of."""
    services = enter(runtime, "plan")
    found = services.folder.get_record(Artifact.model_validate(state["profile"]), DataProfile)
    tell_thinking(runtime, "planner", "the goal, the data and the boards")
    spec = services.mind.think(
        PlannerBrief(
            goal=state["goal"],
            profile=found,
            baseline=Baseline.model_validate(state["baseline"]),
            boards=load_boards(),
            board=state["board"],
        )
    )
    tell(runtime, PlanMade(spec=spec))
    recordings = read_recordings(Path(state["data"]), seed=read_limits(state).seed)
    sample_shape = lay_out(recordings, spec, services.folder)
    return {"spec": spec.model_dump(mode="json"), "sample_shape": list(sample_shape), "round": 0}


def lay_out(recordings: SplitRecordings, spec: Spec, folder: RunFolder) -> tuple[int, ...]:
    """Cut both parts into windows and store them apart; returns the shape of one window.

    Raises:
        DataError: One part has no window of the length that the contract asks for.

    """
    cut_for_training(recordings.open, spec).save(folder.open_data)
    sealed = cut_windows(recordings.sealed, spec)
    sealed.save(folder.sealed_data)
    for number, (samples, labels) in enumerate(continuous(recordings.sealed, spec)[:_REPLAYED_RECORDINGS]):
        np.save(folder.sealed_data / f"recording-{number}.npy", samples, allow_pickle=False)
        np.save(folder.sealed_data / f"recording-{number}-labels.npy", labels, allow_pickle=False)
    return tuple(sealed.windows.shape[1:])
