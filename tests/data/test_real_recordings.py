"""Recordings of real sensors: the bundled ones always, the shared ones where they are beside the checkout."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nanosmith.tools.data.baseline import baseline
from nanosmith.tools.data.leaks import find_leaks
from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.data.windows import cut, default_window
from nanosmith.tools.specs.data_profile import DataProfile

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "wrist_motion"


def surveyed(path: Path) -> tuple[DataSet, DataSet, DataProfile]:
    opened, sealed, source = split_off_test(read_folder(path), seed=1)
    found = profile(opened, sealed, source)
    notes = (*find_leaks(opened, sealed, seed=1), *found.notes)
    return opened, sealed, found.model_copy(update={"notes": notes})


def told(found: DataProfile) -> str:
    return "\n".join(note.message for note in found.notes)


def test_the_bundled_example() -> None:
    opened, sealed, found = surveyed(EXAMPLE)
    assert (found.kind, found.rate_hz, found.group_kind, found.split_source) == ("series", 100.0, "subject", "marked")
    assert [c.name for c in found.channels] == ["x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro"]
    assert [c.name for c in found.classes] == ["SEATED", "SITTING_DOWN", "STANDING_UP", "TURNING", "WALKING"]
    assert (found.recordings, len(found.groups), found.sealed_groups) == (182, 16, 7)
    assert not {r.group for r in opened.recordings} & {r.group for r in sealed.recordings}
    assert "resampled to a uniform 100 Hz" in told(found)
    assert "leak" not in told(found)
    window = default_window(found)
    assert 100 <= window.length <= 256
    windows = cut(opened, window, opened.channels, opened.classes)
    assert baseline(windows, "macro_f1", 1).value > 0.7


def test_the_bundled_example_is_small_and_names_its_licence() -> None:
    assert sum(path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()) < 5_000_000
    readme = (EXAMPLE / "README.md").read_text()
    assert "CC BY 4.0" in readme
    assert "Matey-Sanz" in readme


def test_wrist_motion_without_its_index(unpacked: Callable[[str], Path]) -> None:
    folder = unpacked("wrist_motion")
    files = sorted(folder.glob("s*/*.csv"))
    whole = read_folder(folder)
    assert (len(whole.recordings), whole.group_kind, whole.rate_hz) == (len(files), "subject", 100.0)
    hidden = folder / "index.csv"
    kept = hidden.read_bytes()
    hidden.unlink()
    try:
        bare = read_folder(folder)
    finally:
        hidden.write_bytes(kept)
    assert bare.group_kind == "subject"
    assert {r.group for r in bare.recordings} == {r.group for r in whole.recordings}
    assert any("tables that fit no recording were left out" in note.message for note in bare.notes)


def test_uci_har(shared: Path) -> None:
    path = shared / "data" / "uci_har.npz"
    if not path.is_file():
        pytest.skip("uci_har.npz is not in the development material")
    opened, sealed, found = surveyed(path)
    assert (len(opened.recordings), len(sealed.recordings), found.split_source) == (7352, 2947, "marked")
    assert (found.window_samples, found.group_kind, len(found.groups), found.sealed_groups) == (128, "subject", 21, 9)
    assert "leak" not in told(found)


def test_sign_digits(unpacked: Callable[[str], Path]) -> None:
    _, _, found = surveyed(unpacked("sign_digits"))
    assert (found.kind, found.image_shape, found.group_kind) == ("image", (100, 100, 3), "signer")
    assert [c.name for c in found.classes] == [str(digit) for digit in range(10)]
    assert "leak" not in told(found)


def test_spoken_digits_share_speakers(unpacked: Callable[[str], Path]) -> None:
    folder = unpacked("spoken_digits")
    _, _, found = surveyed(folder)
    assert (found.kind, found.rate_hz, found.group_kind, found.split_source) == ("audio", 8000.0, "speaker", "marked")
    assert "leak: 6 of 6 speaker groups" in told(found)
    window = default_window(found)
    assert 0.4 < window.length / 8000 < 1.0
    assert window.hop == window.length
    _, sealed, source = split_off_test(read_folder(folder), seed=1, honor_marks=False)
    assert source == "by group"
    assert 1 <= len({r.group for r in sealed.recordings}) <= 2


def test_forest_sounds_by_fold(unpacked: Callable[[str], Path]) -> None:
    opened, sealed, found = surveyed(unpacked("forest_sounds"))
    assert (len(opened.recordings), len(sealed.recordings), found.group_kind) == (320, 80, "fold")
    assert default_window(found).length == 80_000
    assert "more than half is silence" in told(found)
    assert "by the share of silence alone" in told(found)
    assert "leak: 1 of 80 sealed recordings" in told(found)  # two cries of one upload, in folds 3 and 5


def test_pipeline_leak_rows(unpacked: Callable[[str], Path]) -> None:
    opened, sealed, found = surveyed(unpacked("pipeline_leak"))
    assert (found.kind, found.window_samples, len(opened.recordings), len(sealed.recordings)) == (
        "windows",
        1460,
        480,
        204,
    )
    assert found.channels[0].clipped_fraction > 0.05
    assert "it is clipped, or idle" in told(found)
    for trait in ("the share of clipped samples", "the offset (mean)", "the gain (level)"):
        assert f"by {trait} alone" in told(found)


def test_ecg_beats(unpacked: Callable[[str], Path]) -> None:
    opened, sealed, found = surveyed(unpacked("ecg_pvc"))
    assert (found.kind, found.rate_hz, found.group_kind, found.split_source) == ("series", 360.0, "record", "marked")
    assert found.groups == ("102", "104", "106", "108", "114", "116", "119")
    assert {r.group for r in sealed.recordings} == {"100", "105", "121", "123", "200"}
    assert {c.name: c.samples for c in found.classes} == {"other": 13_345, "PVC": 1_139}
    assert "one sealed record holds 95% of class 'PVC'" in told(found)
    assert "leak" not in told(found)
    windows = cut(sealed, default_window(found), opened.channels, opened.classes)
    assert windows.windows.shape == (10_827, 896, 1)


def test_appliances(unpacked: Callable[[str], Path]) -> None:
    opened, _, found = surveyed(unpacked("appliances"))
    assert (found.kind, found.rate_hz, found.group_kind, len(found.classes)) == ("series", 1.0, "device", 7)
    assert [c.unit for c in found.channels] == ["W", "W"]
    for piece in ("read day first", "different rates", "gaps of more than 25 samples", "leak: 3 of 46 device groups"):
        assert piece in told(found)
    assert told(found).count("leak:") == 1
    assert all(np.isfinite(r.samples).all() for r in opened.recordings)


def test_pump_loop(unpacked: Callable[[str], Path]) -> None:
    opened, _, found = surveyed(unpacked("pump_loop"))
    assert [c.name for c in found.classes] == ["anomaly", "normal"]
    assert (len(found.channels), found.rate_hz, found.labels_per_sample) == (8, 1.0, True)
    assert "without a column 'anomaly' a recording counts as unlabelled" in told(found)
    assert "'changepoint' was left out" in told(found)
    assert "such as anomaly-free/anomaly-free.csv and other/5.csv" in told(found)  # the same 600 rows
    assert any(r.labels is None and r.label == -1 for r in opened.recordings)
