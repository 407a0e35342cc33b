"""Runs every attack as whoever runs this program, and prints one JSON object: what each of them came to.

python driver.py <folder of one's own>
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import payloads
from world import KEY, SECRET, World, as_json

from nanosmith.tools.errors import NanosmithError
from nanosmith.tools.sandbox import Sandbox, SandboxFinished, SandboxJob, SandboxLimits, python_read_only

LIMITS = SandboxLimits(
    time_s=20, memory_bytes=300 * 2**20, folder_bytes=64 * 2**20, file_bytes=256 * 2**20, processes=64,
    output_bytes=2**20,
)  # fmt: skip
SCRIPT = f"attack-{os.getpid()}.py"
SHORT = 1.5
"""Seconds for what would never end."""


def attempt(world: World, code: str, *, enforced: bool, time_s: float = LIMITS.time_s) -> dict[str, object]:
    """Run a payload and look at the host afterwards."""
    files = {"world.json": as_json(world), SCRIPT: (payloads.PRELUDE + code).encode(), "given": Path("given")}
    world.look()
    job = SandboxJob(
        (sys.executable, "-I", "-S", SCRIPT), world.root / "scratch", files, python_read_only(),
        {"model": 1_000_000}, limits=SandboxLimits(**{**vars(LIMITS), "time_s": time_s}),
    )  # fmt: skip
    began = time.monotonic()
    try:
        ended: SandboxFinished | NanosmithError = Sandbox(enforced=enforced).run(job)
        said = ended.stdout + ended.stderr + b"".join(ended.results.values())
    except NanosmithError as error:
        ended, said = error, (getattr(error, "output", "") or str(error)).encode()
    text = said.decode(errors="replace")
    harm = [harm for harm in (SECRET * (SECRET in text), text * ("ESCAPED" in text), world.harm()) if harm]
    left = [*os.listdir("scratch"), *survivors()]
    return {
        "escaped": "; ".join(harm)[:500], "ended": type(ended).__name__, "said": text[-600:], "left": left,
        "seconds": round(time.monotonic() - began, 2),
    }  # fmt: skip


def survivors() -> list[str]:
    """Processes of this program's attacks that still live."""
    alive = []
    for name in os.listdir("/proc"):
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes() if name.isdigit() else b""
        except OSError:
            continue
        if SCRIPT.encode() in words:
            alive.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return alive


def main() -> None:
    """All of it."""
    os.environ[KEY] = SECRET
    if os.environ.get("ATTACKS_KEY") is None:  # only an environment from the start is in /proc/<pid>/environ
        os.environ["ATTACKS_KEY"] = SECRET
        os.execve(sys.executable, [sys.executable, *sys.argv], dict(os.environ))
    found: dict[str, object] = {"uid": os.getuid()}
    world = World(Path(sys.argv[1]).resolve())
    try:
        Sandbox().verify(world.root / "scratch")
        for group in ("READING", "WRITING", "RESULTS", "NETWORK", "KERNEL", "SIGNALS"):
            for name, code in getattr(payloads, group).items():
                case = f"{group.lower()}: {name.removeprefix('@')}"
                found[case] = attempt(world, code, enforced=True)
                if name.startswith("@"):
                    found[f"control of {case}"] = attempt(world, code, enforced=False)
        for name, (code, ending) in payloads.RESOURCES.items():
            time_s = SHORT if ending.startswith("CommandTimedOut") else LIMITS.time_s
            found[f"resources: {name}"] = attempt(world, code, enforced=True, time_s=time_s)
    finally:
        world.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
