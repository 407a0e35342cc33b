"""What a run stands on is checked before it goes on; what is damaged is made again or named."""

from pathlib import Path

import llm_briefs
import numpy as np
import pytest
from trials import make_trial

from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.planner import PlannerBrief
from nanosmith.graphs.mending import mend_run
from nanosmith.graphs.nodes.agree import lay_out
from nanosmith.graphs.recordings import read_recordings
from nanosmith.graphs.state import RunState
from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.errors import ArtifactDamaged, DataError
from nanosmith.tools.firmware.boards import load_boards
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.specs.device_spec import Limits


@pytest.fixture
def planned(motion_folder: Path, tmp_path: Path) -> tuple[RunState, RunFolder]:
    """A run whose plan is made and whose windows are cut."""
    recordings = read_recordings(motion_folder, seed=1)
    found = profile(recordings.open, recordings.sealed, recordings.split_source)
    spec = BuiltinMind().think(
        PlannerBrief(
            goal="Tell rest, swing and shake apart.", profile=found, baseline=llm_briefs.planner_brief().baseline,
            boards=load_boards(),
        )
    ).contract()  # fmt: skip
    folder = RunFolder(tmp_path / "run")
    lay_out(recordings, spec, folder)
    state: RunState = {
        "data": str(motion_folder), "limits": Limits(seed=1).model_dump(mode="json"),
        "spec": spec.model_dump(mode="json"),
        "profile": folder.put_record(found, "profile.json").model_dump(mode="json"),
    }  # fmt: skip
    return state, folder


def test_a_whole_run_is_left_alone(planned: tuple[RunState, RunFolder]) -> None:
    state, folder = planned
    before = {path: path.stat().st_mtime_ns for path in folder.root.rglob("*")}
    assert mend_run(state, folder) == ()
    assert mend_run({}, folder) == ()
    assert {path: path.stat().st_mtime_ns for path in folder.root.rglob("*")} == before


@pytest.mark.parametrize("name", ["open/windows.npy", "sealed/labels.npy", "open/windows.json"])
def test_damaged_windows_are_cut_again(planned: tuple[RunState, RunFolder], name: str) -> None:
    state, folder = planned
    before = {path: path.read_bytes() for path in (folder.root / "data").rglob("*.npy")}
    path = folder.root / "data" / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DataError):
        WindowSet.load(path.parent)
    (told,) = mend_run(state, folder)
    assert "cut again from the recordings" in told
    assert {path: path.read_bytes() for path in (folder.root / "data").rglob("*.npy")} == before
    assert mend_run(state, folder) == ()


def test_a_damaged_model_of_a_trial_is_taken_from_its_training(planned: tuple[RunState, RunFolder]) -> None:
    state, folder = planned
    model = folder.put(b"model" * 100, "c01-model.tflite")
    trial = make_trial(1, 0.9)
    record = {"candidate": "c01", "score": 0.9, "artifact": folder.put_record(trial, "x.json").model_dump(mode="json")}
    state["trials"] = [record, {"candidate": "c02", "artifact": model.model_dump(mode="json")}]
    kept = folder.work / "trainings" / "key" / "plain.tflite"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"model" * 100)
    (folder.root / model.path).write_bytes(b"MODEL" * 100)
    (told,) = mend_run(state, folder)
    assert model.path in told
    assert folder.get(model) == b"model" * 100
    kept.unlink()
    (folder.root / model.path).unlink()
    with pytest.raises(ArtifactDamaged, match=r"c02|model\.tflite"):
        mend_run(state, folder)


def test_a_run_folder_may_be_moved(planned: tuple[RunState, RunFolder], tmp_path: Path) -> None:
    state, folder = planned
    folder.root.rename(tmp_path / "elsewhere")
    moved = RunFolder(tmp_path / "elsewhere")
    assert mend_run(state, moved) == ()
    assert np.isfinite(np.asarray(WindowSet.load(moved.open_data).windows)).all()
