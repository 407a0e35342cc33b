"""Files with bytes changed, cut or added end in a DataError or in clean data, never in anything else."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanosmith.tools.data.read import read_folder
from nanosmith.tools.errors import DataError

SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAMAGE = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "add", "swap"]), st.floats(0, 1), st.binary(min_size=1, max_size=6)),
    min_size=1, max_size=4,
)  # fmt: skip


def damaged(content: bytes, faults: list[tuple[str, float, bytes]]) -> bytes:
    raw = bytearray(content)
    for kind, where, data in faults:
        at = int(where * max(0, len(raw) - 1))
        match kind:
            case "flip" if raw:
                raw[at] ^= data[0] or 1
            case "cut":
                del raw[at : at + 1 + data[0]]
            case "add":
                raw[at:at] = data
            case "swap":
                raw[at : at + len(data)] = data
    return bytes(raw)


def survives(path: Path) -> None:
    """Reads it; clean data or a DataError are both fine."""
    try:
        data = read_folder(path)
    except DataError:
        return
    assert data.recordings
    assert len(data.classes) >= 2
    for recording in data.recordings:
        assert np.isfinite(recording.samples).all()
        assert recording.samples.shape[-1] == len(data.channels)
        assert recording.labels is None or len(recording.labels) == len(recording.samples)


@pytest.fixture
def rewrite(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / "recordings" / name
        path.write_bytes(content)
        return tmp_path / "recordings"

    return write


@SETTINGS
@given(faults=DAMAGE)
def test_tables(make: Any, rewrite: Any, faults: Any) -> None:
    whole = make.recording("a.csv", seconds=1.0)
    make.recording("b.csv", seconds=2.0, seed=1)
    survives(rewrite("a.csv", damaged(whole.read_bytes(), faults)))


@SETTINGS
@given(faults=DAMAGE)
def test_an_index(make: Any, rewrite: Any, faults: Any) -> None:
    for number in range(4):
        make.recording(f"{number}.csv", seconds=2.0, seed=number)
    index = "file,subject,split\n0.csv,a,train\n1.csv,b,train\n2.csv,c,test\n3.csv,d,test\n"
    survives(rewrite("index.csv", damaged(index.encode(), faults)))


@SETTINGS
@given(faults=DAMAGE)
def test_sounds(make: Any, rewrite: Any, faults: Any) -> None:
    whole = make.tone("low/a.wav", hz=300, seconds=0.05)
    make.tone("high/a.wav", hz=900, seconds=0.05)
    survives(rewrite("low/a.wav", damaged(whole.read_bytes(), [(k, w * 0.1, d) for k, w, d in faults])))


@SETTINGS
@given(faults=DAMAGE, extension=st.sampled_from(["png", "jpg", "bmp", "gif"]))
def test_pictures(make: Any, rewrite: Any, faults: Any, extension: str) -> None:
    shutil.rmtree(make.root)
    make.root.mkdir()
    whole = make.picture(f"dark/a.{extension}", level=40)
    make.picture("light/a.png", level=200)
    survives(rewrite(f"dark/a.{extension}", damaged(whole.read_bytes(), faults)))


@SETTINGS
@given(faults=DAMAGE)
def test_archives(tmp_path: Path, faults: Any) -> None:
    stream = io.BytesIO()
    np.savez(stream, X=np.random.default_rng(0).standard_normal((6, 4, 2)).astype("f4"), y=np.arange(6) % 2)
    (tmp_path / "a.npz").write_bytes(damaged(stream.getvalue(), faults))
    survives(tmp_path / "a.npz")


@SETTINGS
@given(text=st.text(st.sampled_from("0123456789.,;-+eE\t\"'\nabcnx\r# :/"), max_size=200))
def test_any_text_as_a_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    survives(tmp_path / "a.csv")


@SETTINGS
@given(text=st.text(st.sampled_from("0123456789.,;-+eE\t\"'\nabcnx\r# :/"), max_size=200))
def test_any_text_as_a_text_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    survives(tmp_path / "a.txt")


@SETTINGS
@given(faults=DAMAGE)
def test_windows_with_a_file_for_each_channel(make: Any, rewrite: Any, faults: Any) -> None:
    rows = [" ".join(f"{np.sin(i + k):.4f}" for k in range(20)) for i in range(8)]
    whole = make.table("acc_x_train.txt", rows)
    make.table("acc_y_train.txt", rows)
    make.table("y_train.txt", [str(i % 2) for i in range(8)])
    survives(rewrite("acc_x_train.txt", damaged(whole.read_bytes(), faults)))
