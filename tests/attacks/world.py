"""A host worth attacking, and the eyes that see whether it was harmed: secrets, servers, a victim, files to change."""

import contextlib
import ctypes
import hashlib
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SECRET = "correct-horse-battery-staple"
KEY = "NANOSMITH_LLM_API_KEY"
_LIBC = ctypes.CDLL(None, use_errno=True)


class World:
    """Made in `root`, a folder of the attacked user's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shm = Path("/dev/shm") / f"nanosmith-{os.getpid()}"
        self.tmp = Path(tempfile.gettempdir()) / f"nanosmith-{os.getpid()}"
        os.chdir(root)
        self.plant()
        self.open_file = os.open(root / "home" / ".ssh" / "id_ed25519", os.O_RDONLY)
        os.set_inheritable(self.open_file, True)
        self.shm_key = 0x4E530000 | os.getpid() & 0xFFFF
        _LIBC.shmat.restype = ctypes.c_void_p
        self.segment = _LIBC.shmget(self.shm_key, 4096, 0o1666)
        ctypes.memmove(_LIBC.shmat(self.segment, None, 0), SECRET.encode(), len(SECRET))
        _LIBC.syscall(248, b"user", b"nanosmith-test", SECRET.encode(), len(SECRET), -3)  # add_key
        self.servers = {
            "tcp": _listening(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "udp": _listening(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "unix": _listening(socket.AF_UNIX, socket.SOCK_STREAM, str(root / "outside" / "socket")),
            "abstract": _listening(socket.AF_UNIX, socket.SOCK_STREAM, f"\0nanosmith-{os.getpid()}"),
        }
        self.victim = self._victim()

    def plant(self) -> None:
        """Files with the secret, as they were."""
        for name, text in {
            "home/.ssh/id_ed25519": SECRET, "home/.bashrc": "alias ls=ls\n", "other/artifacts/model.tflite": SECRET,
            "home/notes.h": f"#error {SECRET}\n",
            "run/data/sealed/labels.npy": SECRET, "given": "an input\n",
        }.items():  # fmt: skip
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o644)
        (self.root / "outside").mkdir(exist_ok=True)
        for path in (self.root / "outside").iterdir():
            if path.name != "socket":
                path.unlink()
        for path in (self.shm, self.tmp):
            path.write_text(SECRET)

    def known(self) -> dict[str, object]:
        """What the attacker is told."""
        root = str(self.root)
        return {
            "home": f"{root}/home", "other_run": f"{root}/other", "run": f"{root}/run", "outside": f"{root}/outside",
            "pid": os.getpid(), "victim": self.victim.pid, "open_file": self.open_file, "shm_key": self.shm_key,
            "shared_memory": str(self.shm), "tmp_file": str(self.tmp), "tcp": self.servers["tcp"].getsockname()[1],
            "udp": self.servers["udp"].getsockname()[1], "unix": f"{root}/outside/socket",
            "abstract": f"nanosmith-{os.getpid()}",
            "python": [sys.prefix, sys.base_prefix, sysconfig.get_paths()["purelib"]],
        }  # fmt: skip

    def harm(self) -> str:
        """What has changed since `look`; empty where nothing did."""
        now = self._state()
        changed = [name for name in {*self._before, *now} if self._before.get(name) != now.get(name)]
        return ", ".join(sorted(changed))

    def look(self) -> None:
        """Remember how everything is; what a control broke is mended."""
        self.plant()
        if self.victim.poll() is not None:
            self.victim = self._victim()
        for server in self.servers.values():
            _drained(server)
        self._before = self._state()

    def close(self) -> None:
        """Leave nothing."""
        self.victim.kill()
        self.victim.wait()
        for server in self.servers.values():
            server.close()
        _LIBC.shmctl(self.segment, 0, None)
        for path in (self.shm, self.tmp):
            path.unlink(missing_ok=True)

    def _state(self) -> dict[str, object]:
        state: dict[str, object] = {"victim": self.victim.poll()}
        for path in sorted([*self.root.rglob("*"), self.shm, self.tmp]):
            if path.is_relative_to(self.root / "scratch") or path.is_socket():
                continue
            with contextlib.suppress(FileNotFoundError):
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                state[str(path)] = (content, path.lstat().st_mode)
        state |= {f"{name} was reached": True for name, server in self.servers.items() if _drained(server)}
        return state

    def _victim(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(["/bin/sleep", "3600"], start_new_session=True)


def _listening(family: int, kind: int, address: object) -> socket.socket:
    server = socket.socket(family, kind)
    server.bind(address)
    if kind == socket.SOCK_STREAM:
        server.listen(16)
    server.setblocking(False)
    return server


def _drained(server: socket.socket) -> bool:
    was_reached = False
    with contextlib.suppress(BlockingIOError):
        while True:
            if server.type == socket.SOCK_STREAM:
                server.accept()[0].close()
            else:
                server.recv(100)
            was_reached = True
    return was_reached


def as_json(world: World) -> bytes:
    """`world.json` for the payload."""
    return json.dumps(world.known()).encode()
