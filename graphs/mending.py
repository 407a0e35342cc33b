"""Before a run goes on: everything that it stands on is read and checked; what is damaged is made again or named."""

from collections.abc import Iterator
from typing import Any

from nanosmith.graphs.nodes.agree import lay_out
from nanosmith.graphs.reading import read_spec, recordings_of
from nanosmith.graphs.state import RunState
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.errors import ArtifactDamaged, DataError
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.trial import Trial


def mend_run(state: RunState, folder: RunFolder) -> tuple[str, ...]:
    """What was damaged and is whole again, for people.

    Raises:
        ArtifactDamaged: Something can't be made again; names the file.
        DataError: The windows are damaged, and the recordings can't be read any more.

    """
    return (*_mend_artifacts(state, folder), *_mend_windows(state, folder))


def _mend_artifacts(state: RunState, folder: RunFolder) -> Iterator[str]:
    artifacts = list(_artifacts(state))
    while artifacts:
        artifact = artifacts.pop()
        if not folder.is_whole(artifact):
            if not folder.remake(artifact):
                raise ArtifactDamaged(folder.root / artifact.path, artifact.sha256, "of nothing that it may be")
            yield f"{artifact.path} was damaged or missing and was made again"
        if artifact.path.endswith("trial.json"):
            artifacts += _artifacts(folder.get_record(artifact, Trial).model_dump(mode="json"))


def _artifacts(part: Any) -> Iterator[Artifact]:
    """Every artifact that is named anywhere in a state."""
    if isinstance(part, dict):
        if set(part) == set(Artifact.model_fields):
            yield Artifact.model_validate(part)
        else:
            for value in part.values():
                yield from _artifacts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _artifacts(value)


def _mend_windows(state: RunState, folder: RunFolder) -> Iterator[str]:
    if "spec" not in state:
        return
    for part in (folder.open_data, folder.sealed_data):
        try:
            WindowSet.load(part)
        except DataError as damage:
            lay_out(recordings_of(state), read_spec(state), folder)
            yield f"{damage}; the windows were cut again from the recordings"
            return
