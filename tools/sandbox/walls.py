"""The arguments of bubblewrap, and what the command is wrapped in; the same as root and as an ordinary user.

As an ordinary user a user namespace without any capability holds the job. As root it is a user id of its own, which
nobody has, so that a file of the host that root owns stays out of reach even through a hole in the mounts.
"""

import os
import re
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nanosmith.tools.errors import CommandFailed, CommandTimedOut, ToolMissing
from nanosmith.tools.process import run_command
from nanosmith.tools.sandbox.job import OUT, WORK, SandboxJob, SandboxLimits

REMEDY = (
    "sudo apt-get install bubblewrap util-linux libseccomp2. On Ubuntu 24.04 also: sudo apt-get install "
    "apparmor-profiles; sudo cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/; "
    "sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict. On macOS and Windows: a Linux container or WSL2 "
    "(SECURITY.md). `--unsafe-no-sandbox` is the only way past, and means what it says"
)
_MINIMUM = (0, 8)
"""`--size`, `--perms` and `--disable-userns` came with it."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives")
_SHARED_MEMORY_BYTES = 256 * 2**20
_NOBODY_IDS = (100_000, 4_000_000_000)
"""Where an id is drawn from as root; ordinary users and services are below."""

# A sandboxed process shall be the first that a machine short of memory ends, and the last that it runs.
_WRAPPER = 'echo 1000 > /proc/self/oom_score_adj || exit 125; exec "$@"'


@dataclass(frozen=True)
class Identity:
    """Who the job is."""

    uid: int
    is_root: bool
    """Whether it is root that starts it, and the id is fresh."""


def choose_identity() -> Identity:
    """Oneself in a user namespace; as root, an id that nobody has.

    Raises:
        ToolMissing: root, in a container that has no spare ids.

    """
    if os.geteuid() != 0:
        return Identity(os.getuid(), is_root=False)
    first, count = max(_mapped_ids(), key=lambda pair: pair[1])
    low, high = max(first, _NOBODY_IDS[0]), min(first + count, _NOBODY_IDS[1])
    if high - low < 1_000:  # a small map: its upper end is as good as unused
        low, high = max(first + 1_000, first + count - 10_000), first + count
    if high <= low:
        raise ToolMissing("a spare user id", needed_for="the sandbox as root", remedy="run as an ordinary user")
    return Identity(low + secrets.randbelow(high - low), is_root=True)


def find_bwrap() -> str:
    """Path of a bubblewrap that is new enough.

    Raises:
        ToolMissing: There is none.

    """
    program = shutil.which("bwrap")
    if sys.platform != "linux" or program is None:
        raise ToolMissing("bwrap (bubblewrap)", needed_for="running generated code", remedy=REMEDY)
    if (found := _version(program)) < _MINIMUM:
        text = ".".join(map(str, found))
        raise ToolMissing(f"bubblewrap 0.8 or newer (here: {text})", needed_for="the sandbox", remedy=REMEDY)
    return program


def bwrap_arguments(job: SandboxJob, who: Identity, mounts: Mapping[str, Path], results: Mapping[str, Path],
                    environment: Mapping[str, str], passwd: Path) -> list[str]:  # fmt: skip
    """What goes through `--args`: namespaces, mounts and environment.

    Args:
        job: Its limits and the paths that are readable.
        who: Decides between a user namespace and a fresh id.
        mounts: Host files and folders by their name in the working folder.
        results: Pre-created host files by their name in `out/`.
        environment: All of it.
        passwd: A file that names no user of the host.

    """
    arguments = [
        "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv", "--cap-drop", "ALL",
    ]  # fmt: skip
    if who.is_root:
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):  # until setpriv has done its work
            arguments += ["--cap-add", capability]
    else:
        arguments += ["--unshare-user", "--disable-userns"]
    made = _Tree(arguments)
    _add_system(made, arguments)
    made.bind("--ro-bind", passwd, Path("/etc/passwd"))
    arguments += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    for path, size in memory_folders(job.limits).items():
        arguments += ["--perms", "1777", "--size", str(size), "--tmpfs", path]
    arguments += ["--remount-ro", "/dev"]
    for readable in job.read_only:
        made.bind("--ro-bind", readable, readable)
    for name, source in mounts.items():
        made.bind("--ro-bind", source, WORK / name)
    for name, source in results.items():
        made.bind("--bind", source, WORK / OUT / name)
    for name, value in sorted(environment.items()):
        arguments += ["--setenv", name, value]
    return [*arguments, "--remount-ro", "/", "--chdir", str(WORK)]


def _add_system(made: "_Tree", arguments: list[str]) -> None:
    for path in map(Path, (*_SYSTEM, *_ETC)):
        if path.is_symlink() and str(path) in _SYSTEM:
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            made.bind("--ro-bind", path, path)


class _Tree:
    """Mounts, with the folders above them; bubblewrap alone would make those for root's eyes only."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._mounted: list[Path] = []

    def bind(self, how: str, source: Path, target: Path) -> None:
        for folder in reversed(target.parents):
            if len(folder.parts) > 1 and not any(folder.is_relative_to(mount) for mount in self._mounted):
                self._arguments += ["--perms", "0755", "--dir", str(folder)]
        self._arguments += [how, str(source), str(target)]
        self._mounted.append(target)


def memory_folders(limits: SandboxLimits) -> dict[str, int]:
    """Everything inside that can be written but results, each with its size in bytes."""
    return {"/dev/shm": _SHARED_MEMORY_BYTES, "/tmp": limits.folder_bytes, str(WORK): limits.folder_bytes}


def wrapped(argv: Sequence[str], limits: SandboxLimits, who: Identity) -> list[str]:
    """The command behind its limits and, as root, behind the change of user."""
    become: list[str] = []
    if who.is_root:
        number = str(who.uid)
        become = [
            "/usr/bin/setpriv", "--reuid", number, "--regid", number, "--clear-groups", "--inh-caps=-all",
            "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
        ]  # fmt: skip
    return [
        "/bin/sh", "-c", _WRAPPER, "sandbox", "/usr/bin/nice", "-n", "10",
        *limited(limits), f"--nproc={limits.processes}", "--", *become, *argv,
    ]  # fmt: skip


def limited(limits: SandboxLimits) -> list[str]:
    """`prlimit` with what holds for each process; RLIMIT_AS is useless under TensorFlow, RLIMIT_DATA is what bites."""
    return [
        "/usr/bin/prlimit", f"--data={limits.memory_bytes}", f"--fsize={limits.file_bytes}", "--core=0",
        f"--cpu={int(limits.time_s * 4) + 10}", "--nofile=1024", "--memlock=65536", "--msgqueue=0", "--sigpending=256",
    ]  # fmt: skip


def _mapped_ids() -> list[tuple[int, int]]:
    """First id and number of ids of each range that this user namespace has."""
    rows = (line.split() for line in Path("/proc/self/uid_map").read_text().splitlines())
    return [(int(first), int(count)) for first, _, count in rows]


@cache
def _version(program: str) -> tuple[int, ...]:
    try:
        said = run_command([program, "--version"], cwd=Path("/"), timeout_s=20, env={}).text
    except (CommandFailed, CommandTimedOut):
        return (0,)
    found = re.search(r"(\d+)\.(\d+)", said)
    return (0,) if found is None else (int(found[1]), int(found[2]))
