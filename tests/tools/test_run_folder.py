"""Artifacts by sha256, atomic writes, records parsed with a schema and a limit."""

from pathlib import Path

import pytest

from nanosmith.tools.errors import ArtifactDamaged, RunError
from nanosmith.tools.run_folder import RunFolder, parse_record, write_atomic
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.trial import Parity


def test_an_artifact_comes_back_and_is_stored_once(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    first, second = folder.put(b"abc", "x.bin"), folder.put(b"abc", "x.bin")
    assert first == second
    assert folder.get(first) == b"abc"
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1


def test_a_damaged_artifact_is_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    artifact = folder.put(b"abc", "x.bin")
    (tmp_path / artifact.path).write_bytes(b"abd")
    with pytest.raises(ArtifactDamaged, match=r"x\.bin is damaged"):
        folder.get(artifact)
    (tmp_path / artifact.path).unlink()
    with pytest.raises(RunError, match="missing"):
        folder.get(artifact)


def test_a_damaged_artifact_is_written_again_and_found_elsewhere_in_the_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    artifact = folder.put(b"content", "model.tflite")
    path = tmp_path / artifact.path
    path.write_bytes(b"CONTENT")  # of the same length
    assert not folder.is_whole(artifact)
    assert not folder.remake(artifact), "nothing else holds it"
    assert folder.put(b"content", "model.tflite") == artifact
    assert folder.get(artifact) == b"content"
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "plain.tflite").write_bytes(b"content")
    (tmp_path / "work" / "link").symlink_to(tmp_path / "work" / "plain.tflite")
    path.unlink()
    assert folder.remake(artifact)
    assert folder.get(artifact) == b"content"


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_atomic(path, b"old")
    with pytest.raises(TypeError):
        write_atomic(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"compared": 1}', b'{"compared": 1, "equal": NaN}', b'{"compared": 1, "equal": 1, "x": 2}'],
)
def test_what_does_not_fit_the_schema_is_refused(content: bytes) -> None:
    with pytest.raises(RunError, match="not a valid Parity"):
        parse_record(content, Parity)


def test_a_record_round_trips(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    record = Parity(compared=3, equal=3)
    artifact = folder.put_record(record, "parity.json")
    assert Artifact.model_validate(artifact.model_dump(mode="json")) == artifact
    assert folder.get_record(artifact, Parity) == record
