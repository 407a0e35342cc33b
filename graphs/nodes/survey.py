"""Read the folder, seal the test part, profile the rest and take the yardstick."""

from pathlib import Path

from langgraph.runtime import Runtime

from nanosmith.graphs.events import DataProfiled
from nanosmith.graphs.reading import read_limits
from nanosmith.graphs.recordings import read_recordings
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.data.baseline import baseline
from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.windows import cut, default_window


def survey(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Describe the data by statistics of its open part; raw rows go no further."""
    services = enter(runtime, "survey")
    seed = read_limits(state).seed
    recordings = read_recordings(Path(state["data"]), seed=seed)
    found = profile(recordings.open, recordings.sealed, recordings.split_source)
    windows = cut(recordings.open, default_window(found), recordings.open.channels, recordings.open.classes)
    yardstick = baseline(windows, "macro_f1", seed)
    tell(runtime, DataProfiled(profile=found, baseline=yardstick))
    return {
        "profile": services.folder.put_record(found, "profile.json").model_dump(mode="json"),
        "baseline": yardstick.model_dump(mode="json"),
    }
