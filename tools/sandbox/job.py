"""One program to run on files that are named; what it may use; what it left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nanosmith.tools.process import Completed

WORK = Path("/nanosmith")
"""The working folder inside, in memory: `job.files` lie in it, results go to `out/` in it."""

OUT = "out"


@dataclass(frozen=True)
class SandboxLimits:
    """What one job may use; passing any of them ends it."""

    time_s: float = 60.0
    memory_bytes: int = 4 * 2**30
    """Of all its processes together, what lies in its folders in memory included."""

    folder_bytes: int = 512 * 2**20
    """The working folder and /tmp, each; both are memory."""

    file_bytes: int = 128 * 2**20
    """Largest single file, results included."""

    processes: int = 256
    """Threads among them."""

    output_bytes: int = 16 * 2**20


@dataclass(frozen=True)
class SandboxJob:
    """One program; nothing of the host is visible to it but what is named here, and nothing can be written."""

    argv: tuple[str, ...]
    """Runs in the working folder: relative names mean `files` and `out/<result>`."""

    scratch: Path
    """Folder of the host for inputs and results while the job runs; made where it is missing, not visible inside."""

    files: Mapping[str, bytes | Path] = field(default_factory=dict)
    """By relative name in the working folder: contents, or a file or folder of the host; read-only inside."""

    read_only: tuple[Path, ...] = ()
    """Files and folders of the host that it may read under the same paths."""

    results: Mapping[str, int] = field(default_factory=dict)
    """Names in `out/` that it may write, each with the most bytes that are taken back."""

    env: Mapping[str, str] | None = None
    """Added to PATH, HOME, TMPDIR and LANG; nothing is inherited."""

    limits: SandboxLimits = SandboxLimits()


@dataclass(frozen=True)
class SandboxFinished(Completed):
    """A job that ended, and the results that it wrote; one that it left empty is missing."""

    work: Path = WORK
    """Its working folder as it saw it, for the paths in its words."""

    results: Mapping[str, bytes] = field(default_factory=dict)
