"""Files that go in and come out: each result is one file, made beforehand by us and bound into the sandbox alone."""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from nanosmith.tools.errors import ResultRefused


def read_plain_file(path: Path, limit_bytes: int) -> bytes:
    """A file that untrusted code may have written: a plain file, no link of any sort, within a size; never waits.

    Raises:
        ResultRefused: It is missing or something else.

    """
    try:
        stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:  # missing, a symbolic link, a folder, a socket
        raise ResultRefused(path.name, f"can't be read ({error.strerror})") from None
    with stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise ResultRefused(path.name, "is not a plain file of its own")
        if status.st_size > limit_bytes:
            raise ResultRefused(path.name, f"has {status.st_size:,} bytes; at most {limit_bytes:,} are taken")
        return stream.read(limit_bytes)


def lay_out_files(files: Mapping[str, bytes | Path], folder: Path) -> dict[str, Path]:
    """Where each file or folder lies on the host; contents are written into `folder`.

    A folder, and a file that not everybody may read, is copied: as root the job has a user id of its own.

    Raises:
        ValueError: A name leads out of the working folder, or into `out/`.

    """
    laid: dict[str, Path] = {}
    for number, (name, content) in enumerate(files.items()):
        parts = Path(name).parts
        if not parts or Path(name).is_absolute() or ".." in parts or parts[0] == "out":
            raise ValueError(f"{name!r} is no name for a file in the working folder")
        copy = folder / f"file-{number}"
        if isinstance(content, bytes):
            copy.write_bytes(content)
        elif content.is_dir():
            _copy_folder(content, copy)
        elif content.stat().st_mode & stat.S_IROTH:
            laid[name] = content.resolve()
            continue
        else:
            shutil.copyfile(content, copy)
        copy.chmod(0o755 if copy.is_dir() else 0o644)
        laid[name] = copy
    return laid


def _copy_folder(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)
    for folder, folders, names in os.walk(target):
        for name in (*folders, *names):
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)


def make_results(names: Mapping[str, int], folder: Path, owner: int | None) -> dict[str, Path]:
    """An empty file for each result, owned by the job's user id where that is another than ours."""
    made: dict[str, Path] = {}
    for number, name in enumerate(names):
        if Path(name).name != name:
            raise ValueError(f"{name!r} is no name for a result")
        path = folder / f"result-{number}"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if owner is not None:
            os.chown(path, owner, owner)
        made[name] = path
    return made


def take_results(made: Mapping[str, Path], limits: Mapping[str, int]) -> dict[str, bytes]:
    """What was written; empty files are left out. Raises ResultRefused."""
    taken: dict[str, bytes] = {}
    for name, path in made.items():
        try:
            content = read_plain_file(path, limits[name])
        except ResultRefused as refused:
            raise ResultRefused(name, refused.reason) from None
        if content:
            taken[name] = content
    return taken
