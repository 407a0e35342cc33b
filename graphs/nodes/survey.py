"""Read the folder, seal the test part, profile the rest and take the yardstick."""

from pathlib import Path

from langgraph.runtime import Runtime

from nanosmith.graphs.events import DataProfiled
from nanosmith.graphs.reading import read_limits
from nanosmith.graphs.recordings import read_recordings
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.data import survey as data_survey
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.data_profile import Baseline


def survey(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Describe the data by statistics of its open part; raw rows go no further."""
    services = enter(runtime, "survey")
    seed = read_limits(state).seed
    parts = read_recordings(Path(state["data"]), seed=seed)
    found = data_survey.survey(parts.open, parts.sealed, parts.split_source, seed=seed)
    baseline = found.baseline
    if baseline is None and sum(entry.samples > 0 for entry in found.profile.classes) == 1:
        baseline = Baseline(method="always the one class that there is", metric="accuracy", value=1.0, groups=1)
    if baseline is None:
        raise DataError(found.no_baseline)
    tell(runtime, DataProfiled(profile=found.profile, baseline=baseline))
    return {
        "profile": services.folder.put_record(found.profile, "profile.json").model_dump(mode="json"),
        "baseline": baseline.model_dump(mode="json"),
    }
