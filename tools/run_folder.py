"""Layout of a run on disk: atomic writes and artifacts that are checked by their sha256.

<run>/run.json            where it stands (tools.specs.run)
events.jsonl        the trace
checkpoint.sqlite   LangGraph's state
lock                held by the process that drives the run
artifacts/ab/…      bulk, by sha256: sources, models, profiles, ELF files
data/open/          windows that training may see
data/sealed/        the test part; no agent and no sandbox is given this folder
work/               scratch; safe to delete when no process drives the run
firmware/           the PlatformIO project
report.html
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nanosmith.tools.errors import ArtifactDamaged, RunError
from nanosmith.tools.specs.base import Artifact

_RECORD_LIMIT_BYTES = 64 * 2**20
R = TypeVar("R", bound=BaseModel)


def write_atomic(path: Path, content: bytes) -> None:
    """Write all of `content` or nothing: a temporary name, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder outlive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run and its artifact store."""

    root: Path

    @property
    def open_data(self) -> Path:
        """Windows that training may see."""
        return self.root / "data" / "open"

    @property
    def sealed_data(self) -> Path:
        """The test part; only the verify node reads it."""
        return self.root / "data" / "sealed"

    @property
    def work(self) -> Path:
        """Scratch."""
        return self.root / "work"

    @property
    def firmware(self) -> Path:
        """The PlatformIO project."""
        return self.root / "firmware"

    def put(self, content: bytes, name: str) -> Artifact:
        """Store bytes under their sha256; the same bytes and name give the same artifact."""
        digest = hashlib.sha256(content).hexdigest()
        relative = f"artifacts/{digest[:2]}/{digest[2:16]}-{name}"
        artifact = Artifact(path=relative, sha256=digest, size_bytes=len(content))
        if not self.is_whole(artifact):
            write_atomic(self.root / relative, content)
        return artifact

    def is_whole(self, artifact: Artifact) -> bool:
        """Whether the file is there and its bytes are those that were stored."""
        return _matches(self.root / artifact.path, artifact)

    def remake(self, artifact: Artifact) -> bool:
        """Write a damaged or missing artifact again from any other file of the run that holds the same bytes.

        A trained model lies with its training, a linked image with its firmware project.
        """
        target = self.root / artifact.path
        for path in sorted(self.root.rglob("*")):
            if path != target and not path.is_symlink() and path.is_file() and _matches(path, artifact):
                write_atomic(target, path.read_bytes())
                return True
        return False

    def put_record(self, record: BaseModel, name: str) -> Artifact:
        """Store a record as indented JSON."""
        return self.put((record.model_dump_json(indent=1) + "\n").encode(), name)

    def get(self, artifact: Artifact) -> bytes:
        """The bytes of an artifact.

        Raises:
            ArtifactDamaged: They don't match their sha256.
            RunError: The file is gone.

        """
        path = self.root / artifact.path
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise RunError(f"{path} is missing from the run folder; start the run again") from None
        found = hashlib.sha256(content).hexdigest()
        if found != artifact.sha256:
            raise ArtifactDamaged(path, artifact.sha256, found)
        return content

    def get_record(self, artifact: Artifact, kind: type[R]) -> R:
        """An artifact read back as the record it was stored from."""
        return parse_record(self.get(artifact), kind)


def _matches(path: Path, artifact: Artifact) -> bool:
    try:
        if path.stat().st_size != artifact.size_bytes:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == artifact.sha256
    except OSError:
        return False


def parse_record(content: bytes, kind: type[R]) -> R:
    """Parse JSON from an untrusted side against a record's schema, within a size limit.

    Raises:
        RunError: Too large, or it does not fit the schema.

    """
    if len(content) > _RECORD_LIMIT_BYTES:
        raise RunError(f"{kind.__name__} of {len(content):,} bytes is over {_RECORD_LIMIT_BYTES:,}")
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise RunError(f"not a valid {kind.__name__}: {error.error_count()} faults: {error}") from error
